"""As ``flowmill.store.model_registry``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import abstract_store as abstract_store
