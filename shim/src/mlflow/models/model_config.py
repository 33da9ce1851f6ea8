"""As ``flowmill.models.model_config``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.model_config import *
