"""As ``flowmill.models.signature``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.signature import *
