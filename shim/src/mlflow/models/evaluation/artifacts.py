"""As ``flowmill.models.evaluation.artifacts``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.evaluation.artifacts import *
