"""As ``flowmill.tensorflow``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tensorflow import *
