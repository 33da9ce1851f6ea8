"""As ``flowmill.entities.experiment``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.entities.experiment import *
