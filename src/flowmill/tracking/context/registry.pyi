# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.context import resolve_tags as resolve_tags
