"""As ``flowmill.data.spark_dataset``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.spark_dataset import *
