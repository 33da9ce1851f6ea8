"""As ``flowmill.tracking.fluent``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.fluent import *
