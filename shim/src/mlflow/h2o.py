"""As ``flowmill.h2o``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.h2o import *
