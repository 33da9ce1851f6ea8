"""The page: built files from memory, compressed once, under a strict policy."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path

from flowmill.server.http import Incoming, Outgoing

PAGE = Path(__file__).with_name("page")

_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "frame-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_FRAME = "/frame.html"
"""The page in which scripts of an HTML file run when somebody asks for it. It is empty until the page hands it one."""
_FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' https: data: blob:; "
    "style-src 'unsafe-inline' https: data:; img-src https: data: blob:; font-src https: data:; media-src data: blob:; "
    "worker-src blob:; connect-src data: blob:; base-uri 'none'; form-action 'none'"
)
"""An origin of its own, which no answer of the server can be read from; only libraries and pictures may come from
elsewhere, as charts with scripts of a CDN need."""
FRAMES = {"DENY": "; frame-ancestors 'none'", "SAMEORIGIN": "; frame-ancestors 'self'", "NONE": ""}
"""Who may show the page in a frame, by MLflow's names: nobody, pages of the same origin, everybody."""
_GONE = b"This file belongs to a version of the page that is no longer installed: start the server again.\n"
_MISSING = b"""<!doctype html><meta charset="utf-8"><title>Flowmill</title>
<p>The page is not part of this installation. Build it with <code>npm ci &amp;&amp; npm run build</code> in
<code>ui/</code>, or install a released wheel. The API works all the same.</p>"""


class Page:
    """The files of the built page, each read and compressed when first asked for. ``frames``: a key of `FRAMES`."""

    def __init__(self, folder: Path = PAGE, frames: str = "DENY") -> None:
        self._folder = folder
        self._policy = {"Content-Security-Policy": _POLICY + FRAMES[frames]}
        self._frame_policy = {"Content-Security-Policy": _FRAME_POLICY}
        if frames != "NONE":
            self._policy["X-Frame-Options"] = frames
            self._frame_policy["Content-Security-Policy"] += FRAMES["SAMEORIGIN"]
        self._names = {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
        self._kept: dict[str, tuple[bytes, bytes, str]] = {}

    def serves(self, path: str) -> bool:
        """Whether there is a file at this path; the root is the page itself."""
        return path == "/" or path in self._names

    def answer(self, request: Incoming) -> Outgoing:
        """The file; files under ``/assets`` carry their hash in their name and never change."""
        name = "/index.html" if request.path == "/" else request.path
        if name not in self._names:
            return Outgoing(_MISSING, "text/html; charset=utf-8", headers=dict(self._policy))
        if name not in self._kept:
            try:
                content = self._names[name].read_bytes()
            except OSError:  # another version of Flowmill was installed over this one
                return Outgoing(_GONE, "text/plain; charset=utf-8", 404, dict(self._policy))
            tag = hashlib.blake2b(content, digest_size=12).hexdigest()
            self._kept[name] = (content, gzip.compress(content, 9), f'"{tag}"')
        content, compressed, tag = self._kept[name]
        lasting = name.startswith("/assets/")
        headers = {
            "ETag": tag,
            "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
            **(self._frame_policy if name == _FRAME else self._policy),
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Encoding",
        }
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        if request.header(b"if-none-match") == tag:
            return Outgoing(b"", kind, 304, headers)
        if "gzip" in request.header(b"accept-encoding") and len(compressed) < len(content):
            return Outgoing(compressed, kind, 200, {**headers, "Content-Encoding": "gzip"})
        return Outgoing(content, kind, 200, headers)
