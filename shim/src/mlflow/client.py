"""As ``flowmill.client``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.client import *
