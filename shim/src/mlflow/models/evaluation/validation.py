"""As ``flowmill.models.evaluation.validation``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.evaluation.validation import *
