"""As ``flowmill.store.tracking.abstract_store``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.providers import TrackingStore as _AbstractStore
AbstractStore = _AbstractStore
