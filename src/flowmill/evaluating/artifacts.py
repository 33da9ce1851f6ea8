"""Files that an evaluation makes: each knows where it is stored, and reads what is in it when it is asked.

A pickle is never read: a file of an evaluation comes from wherever its run does.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from flowmill.downloads import download_artifacts
from flowmill.errors import Invalid
from flowmill.figures import drawn


class EvaluationArtifact(ABC):
    """A file of an evaluation: its address, and what is in it."""

    ending: ClassVar[str] = ""

    def __init__(self, uri: str, content: Any = None) -> None:
        self._uri = uri
        self._content = content
        self._data: bytes | None = None

    @property
    def uri(self) -> str:
        """Where it is stored."""
        return self._uri

    @property
    def content(self) -> Any:
        """What is in it; read (and fetched, if need be) when it is first asked for."""
        if self._content is None:
            self._content = self.read(self.data)
        return self._content

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        if self._data is None:
            self._data = (
                Path(download_artifacts(self._uri)).read_bytes()
                if self._content is None
                else self.written(self._content)
            )
        return self._data

    @classmethod
    def of_data(cls, uri: str, data: bytes) -> EvaluationArtifact:
        """The artifact of a file whose bytes are known."""
        made = cls(uri)
        made._data = data
        return made

    @abstractmethod
    def read(self, data: bytes) -> Any:
        """What is in a file with these bytes."""

    def written(self, content: Any) -> bytes:
        """The bytes of a file that holds this."""
        raise Invalid(f"A {type(self).__name__} of {type(content).__name__} cannot be written.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(uri={self._uri!r})"


class ImageEvaluationArtifact(EvaluationArtifact):
    """A picture, a ``PIL.Image.Image``; one is made from a Matplotlib figure, too."""

    ending = ".png"

    def read(self, data: bytes) -> Any:
        try:
            from PIL import Image
        except ImportError:
            raise Invalid("Pictures are read with Pillow: `pip install pillow`.") from None
        image = Image.open(BytesIO(data))
        image.load()
        return image

    def written(self, content: Any) -> bytes:
        if hasattr(content, "savefig"):
            return drawn(content, "figure.png", {})
        file = BytesIO()
        content.save(file, format="PNG")
        return file.getvalue()


class CsvEvaluationArtifact(EvaluationArtifact):
    """A table, a pandas DataFrame."""

    ending = ".csv"

    def read(self, data: bytes) -> Any:
        import pandas

        return pandas.read_csv(BytesIO(data))

    def written(self, content: Any) -> bytes:
        return content.to_csv(index=False).encode()


class ParquetEvaluationArtifact(EvaluationArtifact):
    """A table, a pandas DataFrame."""

    ending = ".parquet"

    def read(self, data: bytes) -> Any:
        import pandas

        return pandas.read_parquet(BytesIO(data))

    def written(self, content: Any) -> bytes:
        return content.to_parquet()


class NumpyEvaluationArtifact(EvaluationArtifact):
    """An array, without objects in it."""

    ending = ".npy"

    def read(self, data: bytes) -> Any:
        import numpy

        return numpy.load(BytesIO(data), allow_pickle=False)

    def written(self, content: Any) -> bytes:
        import numpy

        file = BytesIO()
        numpy.save(file, content, allow_pickle=False)
        return file.getvalue()


class JsonEvaluationArtifact(EvaluationArtifact):
    """What JSON can hold."""

    ending = ".json"

    def read(self, data: bytes) -> Any:
        return json.loads(data)

    def written(self, content: Any) -> bytes:
        return json.dumps(content).encode()


class TextEvaluationArtifact(EvaluationArtifact):
    """A text in UTF-8."""

    ending = ".txt"

    def read(self, data: bytes) -> Any:
        return data.decode()

    def written(self, content: Any) -> bytes:
        return content.encode()


class PickleEvaluationArtifact(EvaluationArtifact):
    """A pickle that MLflow made: it is kept and copied, and not read."""

    ending = ".pickle"

    def read(self, data: bytes) -> Any:
        raise Invalid(
            f"{self._uri} is a pickle, which can run code when it is read: download it, and read it yourself if you "
            "trust who wrote it."
        )


class FileEvaluationArtifact(EvaluationArtifact):
    """A file of any other kind: its bytes."""

    def read(self, data: bytes) -> Any:
        return data


KINDS: tuple[type[EvaluationArtifact], ...] = (
    ImageEvaluationArtifact,
    CsvEvaluationArtifact,
    ParquetEvaluationArtifact,
    NumpyEvaluationArtifact,
    JsonEvaluationArtifact,
    TextEvaluationArtifact,
    PickleEvaluationArtifact,
)
_BY_ENDING: dict[str, type[EvaluationArtifact]] = {
    **{kind.ending: kind for kind in KINDS},
    ".jpg": ImageEvaluationArtifact,
    ".jpeg": ImageEvaluationArtifact,
    ".pkl": PickleEvaluationArtifact,
}


def kind_of_file(name: str) -> type[EvaluationArtifact]:
    """The kind of artifact that a file is by its ending."""
    return _BY_ENDING.get(PurePosixPath(name).suffix.lower(), FileEvaluationArtifact)


def file_of(content: Any) -> tuple[str, bytes, type[EvaluationArtifact]]:
    """The ending, bytes and kind of the file that holds what a user made; Invalid if there is none for it.

    A table becomes CSV, an array NPY, a figure PNG, the path of a file that file, and what JSON can hold JSON; a text
    that is no path is JSON itself.
    """
    if isinstance(content, Path | str):
        return _file_of_text(content)
    kind: type[EvaluationArtifact] = JsonEvaluationArtifact
    if hasattr(content, "savefig") or hasattr(content, "getbbox"):
        kind = ImageEvaluationArtifact
    elif hasattr(content, "to_csv"):
        kind = CsvEvaluationArtifact
    elif hasattr(content, "dtype") and hasattr(content, "tobytes"):
        kind = NumpyEvaluationArtifact
    try:
        return kind.ending, kind("").written(content), kind
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"its type, {type(content).__name__}, fits no file ({error}): return a DataFrame, an array, a figure, "
            "what JSON can hold, or the path of a file below artifacts_dir"
        ) from None


def _file_of_text(content: Path | str) -> tuple[str, bytes, type[EvaluationArtifact]]:
    try:
        file = Path(content)
        if file.is_file():
            return file.suffix, file.read_bytes(), kind_of_file(file.name)
        json.loads(str(content))
        return ".json", str(content).encode(), JsonEvaluationArtifact
    except (OSError, ValueError):
        raise Invalid(f"{str(content)[:80]!r} is neither the path of a file nor JSON") from None
