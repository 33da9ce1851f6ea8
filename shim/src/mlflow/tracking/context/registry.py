"""As ``flowmill.tracking.context.registry``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.context.registry import *
