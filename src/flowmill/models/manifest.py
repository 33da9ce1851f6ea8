"""Whether a model's files are those that were logged.

``flowmill_files.json`` beside them lists the SHA-256 of each, and a tag of the logged model holds the SHA-256 of that
list: who can change the files alone, in a bucket or on a disk, cannot change what they are compared with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.artifacts.store import ArtifactStore
from flowmill.client.client import Client
from flowmill.entities.model import LoggedModel
from flowmill.errors import Denied
from flowmill.models.folder import inside

MANIFEST_FILENAME = "flowmill_files.json"
MANIFEST_TAG = "flowmill.files"


def write_manifest(folder: Path) -> str:
    """List the files of a folder beside them; the value of the tag."""
    files = {file.relative_to(folder).as_posix(): _digest(file) for file in sorted(folder.rglob("*")) if file.is_file()}
    content = _json_of(files)
    (folder / MANIFEST_FILENAME).write_bytes(content)
    return _tag_of(content)


def check_files(folder: Path, logged: LoggedModel) -> None:
    """Denied, with every file that is not as it was logged; files that came later are not looked at.

    A model that MLflow logged, or an older release, has no list and is not checked.
    """
    expected = logged.tags.get(MANIFEST_TAG)
    if expected is None:
        return
    manifest = folder / MANIFEST_FILENAME
    content = manifest.read_bytes() if manifest.is_file() else b""
    if _tag_of(content) != expected:
        raise _changed(logged, [MANIFEST_FILENAME])
    files: dict[str, str] = json.loads(content)
    changed = [name for name, digest in files.items() if not _is(inside(folder, name, "listed file"), digest)]
    if changed:
        raise _changed(logged, changed)


def replace_files(
    client: Client, store: ArtifactStore, logged: LoggedModel, changes: Mapping[str, bytes | None]
) -> None:
    """Write other contents of files of a logged model, by path, or remove them (None), and list them as logged."""
    for name, content in changes.items():
        if content is None:
            store.delete(name)
        else:
            store.put(name, content)
    if MANIFEST_TAG not in logged.tags:
        return
    listed: dict[str, str] = json.loads(store.read(MANIFEST_FILENAME))
    kept = {name: digest for name, digest in listed.items() if name not in changes}
    new = {name: hashlib.sha256(content).hexdigest() for name, content in changes.items() if content is not None}
    manifest = _json_of(kept | new)
    store.put(MANIFEST_FILENAME, manifest)
    client.set_logged_model_tags(logged.model_id, {MANIFEST_TAG: _tag_of(manifest)})


def _changed(logged: LoggedModel, names: list[str]) -> Denied:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return Denied(
        f"Files of the logged model {logged.model_id} are not those that were logged: {shown}. Somebody changed them "
        f"where they lie ({logged.artifact_location}), or they were damaged: log the model again. If you changed them "
        "yourself, load the folder by its path."
    )


def _json_of(files: dict[str, str]) -> bytes:
    return json.dumps(files, indent=1, sort_keys=True).encode() + b"\n"


def _tag_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is(file: Path, digest: Any) -> bool:
    return file.is_file() and _digest(file) == digest
