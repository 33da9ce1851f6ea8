"""As ``flowmill.tracking.context.abstract_context``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.context.abstract_context import *
