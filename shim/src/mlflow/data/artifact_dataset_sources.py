"""As ``flowmill.data.artifact_dataset_sources``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.artifact_dataset_sources import *
