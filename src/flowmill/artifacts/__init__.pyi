# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.artifacts.open import open_artifacts as open_artifacts
from flowmill.artifacts.path import SafePath as SafePath
from flowmill.artifacts.store import ArtifactStore as ArtifactStore
from flowmill.artifacts.store import ArtifactStream as ArtifactStream
from flowmill.entities.artifact import FileInfo as FileInfo
