"""As ``flowmill.tracking.context``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import abstract_context as abstract_context
from . import registry as registry
from flowmill.tracking.context import *
