"""As ``flowmill.data.digest_utils``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.digest_utils import *
