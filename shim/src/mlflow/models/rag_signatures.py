"""As ``flowmill.models.rag_signatures``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.rag_signatures import *
