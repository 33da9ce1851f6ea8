"""As ``flowmill.store.artifact.artifact_repository_registry``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.artifacts.open import repository_at as _get_artifact_repository
get_artifact_repository = _get_artifact_repository
