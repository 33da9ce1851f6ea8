"""As ``flowmill.system_metrics``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.system_metrics import *
