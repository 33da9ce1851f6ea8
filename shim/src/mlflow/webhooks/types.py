"""As ``flowmill.webhooks.types``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.webhooks.types import *
