"""As ``flowmill.models.model``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.model import *
