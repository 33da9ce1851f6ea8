"""As ``flowmill.models.flavor_backend``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.flavor_backend import *
