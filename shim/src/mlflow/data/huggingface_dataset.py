"""As ``flowmill.data.huggingface_dataset``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.huggingface_dataset import *
