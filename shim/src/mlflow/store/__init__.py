"""As ``flowmill.store``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifact as artifact
from . import entities as entities
from . import model_registry as model_registry
from . import tracking as tracking
