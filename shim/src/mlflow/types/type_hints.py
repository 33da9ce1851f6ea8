"""As ``flowmill.types.type_hints``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.types.type_hints import *
