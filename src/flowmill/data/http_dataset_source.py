"""Data at a web address."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flowmill.artifacts.open import scheme_of
from flowmill.data.dataset_source import DatasetSource, needed
from flowmill.errors import Invalid, NotFound, Unavailable

_PIECE = 1 << 20
_UNNAMED = "dataset_source"


class HTTPDatasetSource(DatasetSource):
    """A file that an http or https address gives."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        """The address."""
        return self._url

    @staticmethod
    def _get_source_type() -> str:
        return "http"

    def load(self, dst_path: str | Path | None = None) -> str:
        """The local path of the file, fetched into the folder ``dst_path`` or a temporary one.

        It is called as the server says, else as the address ends; never more than a name is taken from either.
        NotFound or Unavailable if the address does not give it.
        """
        import urllib3

        if not urlsplit(self._url).netloc:
            raise Invalid(f"{self._url!r} is no web address: expected https://host/path.")
        folder = Path(dst_path) if dst_path is not None else Path(tempfile.mkdtemp(prefix="flowmill-"))
        folder.mkdir(parents=True, exist_ok=True)
        with urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=60), retries=urllib3.Retry(3)) as http:
            try:
                answer = http.request("GET", self._url, preload_content=False)
                if answer.status >= 400:
                    kind = Unavailable if answer.status >= 500 else NotFound
                    raise kind(f"{self._url!r} was answered with HTTP {answer.status}, not with the dataset.")
                file = folder / _name_of(answer.headers, self._url)
                with file.open("wb") as out:
                    for piece in answer.stream(_PIECE):
                        out.write(piece)
            except urllib3.exceptions.HTTPError as error:
                raise Unavailable(f"The dataset at {self._url!r} could not be fetched: {error}.") from None
        return str(file)

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, str) and scheme_of(raw_source) in ("http", "https")

    @classmethod
    def _resolve(cls, raw_source: Any) -> HTTPDatasetSource:
        return cls(raw_source)

    def to_dict(self) -> dict[str, Any]:
        """The address."""
        return {"url": self._url}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> HTTPDatasetSource:
        """The source at this address."""
        return cls(needed(cls, source_dict, "url"))

    def __repr__(self) -> str:
        return f"HTTPDatasetSource({self._url!r})"


def _name_of(headers: Mapping[str, str], url: str) -> str:
    """A plain file name. What a server says may be a path that leads elsewhere: only its last part counts."""
    message = Message()
    message["content-disposition"] = headers.get("content-disposition", "")
    for candidate in (message.get_filename() or "", unquote(urlsplit(url).path)):
        name = re.split(r"[/\\]", candidate.strip())[-1]
        if name not in ("", ".", "..") and name.isprintable():
            return name[-200:]
    return _UNNAMED
