"""As ``flowmill.data.dataset_source``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.dataset_source import *
