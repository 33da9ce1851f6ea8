"""As ``flowmill.store.entities``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.client.base import PagedList as PagedList
