"""As ``flowmill.store.artifact``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifact_repo as artifact_repo
from . import artifact_repository_registry as artifact_repository_registry
