"""As ``flowmill.store.tracking``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import abstract_store as abstract_store
