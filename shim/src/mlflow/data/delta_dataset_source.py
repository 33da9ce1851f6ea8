"""As ``flowmill.data.delta_dataset_source``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.delta_dataset_source import *
