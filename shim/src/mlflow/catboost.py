"""As ``flowmill.catboost``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.catboost import *
