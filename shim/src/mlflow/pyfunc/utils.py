"""As ``flowmill.pyfunc.utils``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.pyfunc.utils import *
