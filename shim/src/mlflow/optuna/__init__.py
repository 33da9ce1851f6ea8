"""As ``flowmill.optuna``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import storage as storage
from flowmill.optuna import *
