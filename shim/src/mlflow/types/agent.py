"""As ``flowmill.types.agent``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.types.agent import *
