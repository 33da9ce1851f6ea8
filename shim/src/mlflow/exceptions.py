"""As ``flowmill.exceptions``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.exceptions import *
