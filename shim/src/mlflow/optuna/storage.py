"""As ``flowmill.optuna.storage``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.optuna.storage import *
