"""As ``flowmill.transformers``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.transformers import *
