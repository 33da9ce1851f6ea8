"""As ``flowmill.data.pyfunc_dataset_mixin``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.pyfunc_dataset_mixin import *
