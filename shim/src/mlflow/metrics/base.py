"""As ``flowmill.metrics.base``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.metrics.base import *
