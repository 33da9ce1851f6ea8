"""As ``flowmill.data.pandas_dataset``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.pandas_dataset import *
