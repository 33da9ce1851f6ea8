"""As ``flowmill.data.sources``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.sources import *
