"""As ``flowmill.pyspark.ml``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.pyspark.ml import *
