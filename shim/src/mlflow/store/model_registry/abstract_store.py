"""As ``flowmill.store.model_registry.abstract_store``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.providers import RegistryStore as _AbstractStore
AbstractStore = _AbstractStore
