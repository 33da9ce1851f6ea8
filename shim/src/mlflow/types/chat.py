"""As ``flowmill.types.chat``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.types.chat import *
