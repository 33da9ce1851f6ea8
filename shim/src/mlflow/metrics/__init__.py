"""As ``flowmill.metrics``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import base as base
from flowmill.metrics import *
