"""Where artifacts live: one protocol, a file for each kind of place."""

from flowmill.artifacts.open import open_artifacts
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import ArtifactStore, ArtifactStream
from flowmill.entities.artifact import FileInfo

__all__ = ["ArtifactStore", "ArtifactStream", "FileInfo", "SafePath", "open_artifacts"]
