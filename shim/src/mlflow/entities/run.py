"""As ``flowmill.entities.run``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.entities.run import *
