"""Fetching artifacts by their addresses, as ``flowmill.artifacts`` offers it to users.

This layer knows places, not runs and models: whoever calls passes ``resolve``, which turns ``runs:/id/path``
and ``models:/name@alias/path`` into the address where that file or folder lies.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flowmill.artifacts.local import LocalArtifacts
from flowmill.artifacts.open import local_path, open_artifacts, scheme_of
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import ArtifactStore
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid, NotFound

Resolve = Callable[[str], str]
"""From ``runs:/…`` or ``models:/…`` to the address of what it names."""

OpenStore = Callable[[str], ArtifactStore]
"""Opens the store at an address that is no ``runs:/…`` or ``models:/…``."""


@dataclass(frozen=True)
class Downloads:
    """Artifacts by address. ``open_store`` knows the tracking server and the credentials."""

    resolve: Resolve
    open_store: OpenStore = open_artifacts

    def download_artifacts(
        self,
        artifact_uri: str | None = None,
        run_id: str | None = None,
        artifact_path: str | None = None,
        dst_path: str | Path | None = None,
    ) -> str:
        """The local path of a file or folder, fetched into ``dst_path`` under its own name, the content of a
        whole run or of an address that ends with ``/`` straight into it.

        Without ``dst_path`` it goes into a new temporary folder, and what lies on this machine stays there.
        """
        address = self._address(artifact_uri, run_id, artifact_path)
        here = local_path(address)
        if here is not None and not here.exists():
            raise NotFound(f"There is no artifact at {_asked(artifact_uri, run_id, artifact_path)!r}.")
        if here is not None and dst_path is None:
            return str(here.absolute())
        target = Path(tempfile.mkdtemp(prefix="flowmill-")) if dst_path is None else Path(dst_path)
        target.mkdir(parents=True, exist_ok=True)
        if here is not None:
            return str(_copy(here.absolute(), "" if address.endswith("/") else here.name, target))
        store, name = self._parent(address)
        return str(store.get_tree(name, target).absolute())

    def list_artifacts(
        self, artifact_uri: str | None = None, run_id: str | None = None, artifact_path: str | None = None
    ) -> list[FileInfo]:
        """The direct children of a folder. Their paths begin with ``artifact_path``, or with the last name of
        ``artifact_uri``; they are empty for a file and where nothing is."""
        address = self._address(artifact_uri, run_id, artifact_path)
        here = local_path(address)
        if artifact_uri is not None:
            name = "" if address.endswith("/") else here.name if here is not None else self._parent(address)[1]
        else:
            name = artifact_path or ""
        prefix = SafePath.parse(name)
        children = self.open_store(address).list()
        return [
            FileInfo(path=str(prefix / SafePath.parse(child.path)), is_dir=child.is_dir, file_size=child.file_size)
            for child in children
        ]

    def load_text(self, artifact_uri: str) -> str:
        """The text of a UTF-8 file."""
        try:
            return self._content(artifact_uri).decode()
        except UnicodeDecodeError:
            raise Invalid(f"The artifact {artifact_uri!r} is no UTF-8 text; download it instead.") from None

    def load_dict(self, artifact_uri: str) -> dict[str, Any]:
        """The object that a JSON file holds."""
        try:
            return json.loads(self._content(artifact_uri))
        except ValueError as error:
            raise Invalid(f"The artifact {artifact_uri!r} is no JSON file: {error}.") from None

    def load_image(self, artifact_uri: str) -> Any:
        """The ``PIL.Image.Image`` of an image file."""
        from PIL import Image, UnidentifiedImageError

        content = self._content(artifact_uri)
        try:
            image = Image.open(BytesIO(content))
            image.load()
        except Image.DecompressionBombError as error:
            raise Invalid(f"The artifact {artifact_uri!r} is too large an image: {error}") from None
        except (UnidentifiedImageError, OSError):
            raise Invalid(f"The artifact {artifact_uri!r} is no image that Pillow can read.") from None
        return image

    def _content(self, artifact_uri: str) -> bytes:
        address = self._address(artifact_uri, None, None)
        here = local_path(address)
        if here is not None:
            if not here.is_file():
                raise NotFound(f"There is no file at {artifact_uri!r}.")
            return here.read_bytes()
        store, name = self._parent(address)
        return store.read(name)

    def _address(self, artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> str:
        if (artifact_uri is None) == (run_id is None):
            raise Invalid("Give either artifact_uri or run_id, and not both.")
        if artifact_uri is not None and artifact_path is not None:
            raise Invalid("artifact_path goes with run_id; append it to artifact_uri instead.")
        if run_id is not None:
            return self.resolve(f"runs:/{run_id}/{SafePath.parse(artifact_path or '')}")
        assert artifact_uri is not None
        if not artifact_uri:
            raise Invalid("artifact_uri is empty; give the address of a file or folder.")
        return self.resolve(artifact_uri) if scheme_of(artifact_uri) in ("runs", "models") else artifact_uri

    def _parent(self, address: str) -> tuple[ArtifactStore, str]:
        """The store of the folder that an address lies in, and its name there; the name is empty when the
        address ends with a slash."""
        folder, _, name = address.rpartition("/")
        if folder.endswith((":", "/")) or not folder:
            return self.open_store(address), ""  # nothing is above a root
        return self.open_store(folder), unquote(name) if scheme_of(address) in ("http", "https") else name


def _copy(source: Path, name: str, target: Path) -> Path:
    """The copy of a local file or folder, under ``name`` in ``target``. The source itself may be a link, as
    the user named it; below it none is followed."""
    if source.is_file():
        LocalArtifacts(source.resolve().parent).get(source.resolve().name, target / source.name)
        return target / source.name
    place = target / name
    if place.resolve().is_relative_to(source.resolve()):
        raise Invalid(f"{str(target)!r} lies inside the folder to be copied; choose another dst_path.")
    return LocalArtifacts(source).get_tree("", place)


def _asked(artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> str:
    return artifact_uri if artifact_uri is not None else f"runs:/{run_id}/{artifact_path or ''}"
