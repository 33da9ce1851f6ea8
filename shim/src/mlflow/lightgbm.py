"""As ``flowmill.lightgbm``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.lightgbm import *
