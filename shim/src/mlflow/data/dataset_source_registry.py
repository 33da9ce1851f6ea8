"""As ``flowmill.data.dataset_source_registry``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.dataset_source_registry import *
