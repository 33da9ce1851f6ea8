"""As ``flowmill.tracking.fluent``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.fluent import *
from flowmill.tracking.fluent import _get_experiment_id as _get_experiment_id
