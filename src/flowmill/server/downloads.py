"""Bytes going out: whole files and ranges of them.

What is downloaded is inert in a browser: it comes as an attachment, with a sandbox policy and without
guessing of its type.
"""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from flowmill.artifacts import SafePath
from flowmill.artifacts.store import CHUNK_BYTES, ArtifactStream, ServedStore, no_artifact
from flowmill.server.http import Incoming, Outgoing
from flowmill.server.ranges import parse_range

_TEXT_NAMES = ("MLmodel", "MLproject")
_TEXT_ENDINGS = ("md", "yaml", "yml", "log", "ini", "cfg", "toml", "jsonl", "ipynb", "py", "r", "sh", "sql")


def send_file(store: ServedStore, path: SafePath, request: Incoming) -> Outgoing:
    """The answer with a file, or with the range of it that the request asks for. Blocks."""
    asked = parse_range(request.header(b"range"))
    headers = {**inert(path.name), "Accept-Ranges": "bytes"}
    kind = type_of(path.name)
    status = 200
    if asked is None:
        stream = store.open_stream(path)
    else:
        start, length = asked
        if start is None:
            info = store.stat(path)
            if info is None:
                raise no_artifact(path)
            size = info.file_size or 0
            start, length = max(0, size - (length or 0)), length
        stream = store.open_stream(path, start, length)
        condition = request.header(b"if-range")
        if condition and condition != stream.tag:
            stream.close()
            stream = store.open_stream(path)
        elif stream.total is not None:
            found = asked.within(stream.total)
            if found is None:
                stream.close()
                return Outgoing(b"", kind, 416, {**headers, "Content-Range": f"bytes */{stream.total}"}, exact=True)
            status = 206
            headers["Content-Range"] = f"bytes {found[0]}-{sum(found) - 1}/{stream.total}"
    if stream.tag:
        headers["ETag"] = stream.tag
    return _answer(stream, kind, status, headers, whole=request.method == "HEAD")


def _answer(stream: ArtifactStream, kind: str, status: int, headers: dict[str, str], whole: bool) -> Outgoing:
    if not whole and stream.size is not None and stream.size <= CHUNK_BYTES:
        # Small files are most files: one piece costs one turn of the loop.
        with stream:
            return Outgoing(b"".join(stream), kind, status, headers, exact=True)
    if stream.size is not None:
        headers["Content-Length"] = str(stream.size)
    return Outgoing(content_type=kind, status=status, headers=headers, chunks=stream, exact=True)


def inert(name: str) -> dict[str, str]:
    """The headers by which a browser saves a file under its name and never runs it."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }


def type_of(name: str) -> str:
    """The Content-Type that a file's name stands for."""
    ending = name.rpartition(".")[2].lower()
    if name in _TEXT_NAMES or ending in _TEXT_ENDINGS:
        return "text/plain; charset=utf-8"
    guessed, encoding = mimetypes.guess_type(name)
    if guessed is None or encoding:
        return "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
