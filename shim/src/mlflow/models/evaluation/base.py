"""As ``flowmill.models.evaluation.base``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.evaluation.base import *
