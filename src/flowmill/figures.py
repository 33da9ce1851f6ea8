"""Matplotlib and Plotly figures as files."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePath
from typing import Any

from flowmill.errors import Invalid


def drawn(figure: Any, name: str, options: Mapping[str, Any]) -> bytes:
    """The file of a figure in the format that the ending of ``name`` stands for; ``options`` go to who draws it."""
    ending = PurePath(name).suffix.lower()
    if not ending:
        raise Invalid(f"The file of a figure needs an ending that says its format, such as '.png': {name!r} has none.")
    if hasattr(figure, "savefig"):
        return _from_matplotlib(figure, name, ending, options)
    if not hasattr(figure, "write_html"):
        raise Invalid(f"Cannot store a {type(figure).__name__} as {name!r}: expected a Matplotlib or Plotly figure.")
    if ending == ".html":
        return str(figure.to_html(**options)).encode()
    try:
        return bytes(figure.to_image(**{"format": ending[1:], **options}))
    except (ValueError, RuntimeError, ImportError) as error:
        said = str(error).strip().partition("\n")[0]
        raise Invalid(f"Plotly cannot draw {name!r}: {said} Name a .html file, which needs nothing more.") from None


def _from_matplotlib(figure: Any, name: str, ending: str, options: Mapping[str, Any]) -> bytes:
    file = BytesIO()
    try:
        figure.savefig(file, **{"format": ending[1:], **options})
    except ValueError as error:
        raise Invalid(f"Matplotlib cannot draw {name!r}: {error}.") from None
    return file.getvalue()
