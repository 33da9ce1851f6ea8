"""As ``flowmill.tracking.artifact_utils``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.artifact_utils import *
