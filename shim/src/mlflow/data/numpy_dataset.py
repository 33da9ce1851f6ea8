"""As ``flowmill.data.numpy_dataset``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.numpy_dataset import *
