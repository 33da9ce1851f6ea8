# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.artifacts.open import open_artifacts as open_artifacts
from flowmill.artifacts.path import SafePath as SafePath
from flowmill.artifacts.store import ArtifactStore as ArtifactStore
from flowmill.artifacts.store import ArtifactStream as ArtifactStream
from flowmill.downloads import download_artifacts as download_artifacts
from flowmill.downloads import list_artifacts as list_artifacts
from flowmill.downloads import load_dict as load_dict
from flowmill.downloads import load_image as load_image
from flowmill.downloads import load_text as load_text
from flowmill.entities.artifact import FileInfo as FileInfo
