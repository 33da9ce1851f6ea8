"""As ``flowmill.entities.model_registry``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.entities.model_registry import *
