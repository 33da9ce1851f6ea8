"""As ``flowmill.webhooks``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import types as types
from flowmill.webhooks import *
