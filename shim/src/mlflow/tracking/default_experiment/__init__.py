"""As ``flowmill.tracking.default_experiment``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import abstract_context as abstract_context
from flowmill.tracking.default_experiment import *
