"""As ``flowmill.data.uc_volume_dataset_source``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.uc_volume_dataset_source import *
