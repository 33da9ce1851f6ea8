"""Sources at the addresses that artifact stores know, one class a scheme."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flowmill.artifacts.download import Downloads
from flowmill.artifacts.open import scheme_of
from flowmill.data.dataset_source import needed
from flowmill.data.dataset_source_registry import register_dataset_source
from flowmill.data.filesystem_dataset_source import FileSystemDatasetSource


class _ArtifactSource(FileSystemDatasetSource):
    _type = ""
    _schemes: tuple[str, ...] = ()

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @property
    def uri(self) -> str:
        """The address of the file or folder."""
        return self._uri

    @classmethod
    def _get_source_type(cls) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]  # called alike
        return cls._type

    def load(self, dst_path: str | Path | None = None) -> str:
        """The local path of the file or folder; fetched to ``dst_path`` or a temporary folder if it lies elsewhere."""
        return Downloads(resolve=str).download_artifacts(self._uri, dst_path=dst_path)

    @classmethod
    def _can_resolve(cls, raw_source: Any) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]
        return isinstance(raw_source, str | os.PathLike) and scheme_of(str(raw_source)) in cls._schemes

    @classmethod
    def _resolve(cls, raw_source: Any) -> _ArtifactSource:
        return cls(str(raw_source))

    def to_dict(self) -> dict[str, Any]:
        """The address."""
        return {"uri": self._uri}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> _ArtifactSource:
        """The source at this address."""
        return cls(needed(cls, source_dict, "uri"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._uri!r})"


class LocalArtifactDatasetSource(_ArtifactSource):
    """A file or folder of this machine."""

    _type, _schemes = "local", ("", "file")


class S3ArtifactDatasetSource(_ArtifactSource):
    """Data in S3."""

    _type, _schemes = "s3", ("s3",)


class R2ArtifactDatasetSource(_ArtifactSource):
    """Data in Cloudflare R2."""

    _type, _schemes = "r2", ("r2",)


class B2ArtifactDatasetSource(_ArtifactSource):
    """Data in Backblaze B2."""

    _type, _schemes = "b2", ("b2",)


class GCSArtifactDatasetSource(_ArtifactSource):
    """Data in Google Cloud Storage."""

    _type, _schemes = "gs", ("gs",)


class AzureBlobArtifactDatasetSource(_ArtifactSource):
    """Data in Azure's blob storage."""

    _type, _schemes = "wasbs", ("wasbs",)


class AzureDataLakeArtifactDatasetSource(_ArtifactSource):
    """Data in an Azure data lake."""

    _type, _schemes = "abfss", ("abfss",)


class FTPArtifactDatasetSource(_ArtifactSource):
    """Data on an FTP server."""

    _type, _schemes = "ftp", ("ftp",)


class SFTPArtifactDatasetSource(_ArtifactSource):
    """Data on an SFTP server."""

    _type, _schemes = "sftp", ("sftp",)


class HdfsArtifactDatasetSource(_ArtifactSource):
    """Data in HDFS."""

    _type, _schemes = "hdfs", ("hdfs",)


class ViewfsArtifactDatasetSource(HdfsArtifactDatasetSource):
    """Data in HDFS by way of viewfs, whose sources say so."""

    _type, _schemes = "viewfs", ("viewfs",)


_SOURCES = (
    LocalArtifactDatasetSource,
    S3ArtifactDatasetSource,
    R2ArtifactDatasetSource,
    B2ArtifactDatasetSource,
    GCSArtifactDatasetSource,
    AzureBlobArtifactDatasetSource,
    FTPArtifactDatasetSource,
    SFTPArtifactDatasetSource,
    HdfsArtifactDatasetSource,
    ViewfsArtifactDatasetSource,
    AzureDataLakeArtifactDatasetSource,
)


def register_artifact_dataset_sources() -> None:
    """Let these sources be found."""
    for source in _SOURCES:
        register_dataset_source(source)
