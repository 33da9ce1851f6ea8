"""As ``flowmill.pyspark.optuna.study``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.pyspark.optuna.study import *
