"""As ``flowmill.models.auth_policy``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.auth_policy import *
