"""As ``flowmill.types.schema``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.types.schema import *
