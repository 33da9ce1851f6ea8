"""As ``flowmill.models.evaluation``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifacts as artifacts
from . import base as base
from . import validation as validation
from flowmill.models.evaluation import *
