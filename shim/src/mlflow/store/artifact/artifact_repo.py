"""As ``flowmill.store.artifact.artifact_repo``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.providers import ArtifactRepository as ArtifactRepository
