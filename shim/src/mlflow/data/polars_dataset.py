"""As ``flowmill.data.polars_dataset``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.polars_dataset import *
