"""What an artifact store knows about one file or folder."""

from __future__ import annotations

from flowmill.entities.base import Entity


class FileInfo(Entity, frozen=True):
    """One file or folder of an artifact store.

    ``path``: relative to the store's root, POSIX. ``file_size``: bytes; None for a folder, and for a file
    whose store does not say.
    """

    path: str
    is_dir: bool
    file_size: int | None = None
