"""As ``flowmill.data.meta_dataset``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.meta_dataset import *
