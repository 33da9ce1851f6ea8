"""As ``flowmill.utils``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import mlflow_tags as mlflow_tags
from . import validation as validation
