"""As ``flowmill.models.utils``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.utils import *
