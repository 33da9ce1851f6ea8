"""As ``flowmill.tracking.default_experiment.abstract_context``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.default_experiment.abstract_context import *
