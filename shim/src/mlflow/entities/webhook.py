"""As ``flowmill.entities.webhook``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.entities.webhook import *
