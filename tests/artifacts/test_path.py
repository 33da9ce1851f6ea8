"""`SafePath`: a path stays inside its root, or is refused, whoever decodes it how often."""

from __future__ import annotations

import os
import time
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, unquote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowmill.artifacts.path import MAX_NAME_BYTES, MAX_PATH_BYTES, ROOT, SafePath
from flowmill.attacks.payloads import payloads
from flowmill.errors import Invalid

PAYLOADS = list(dict.fromkeys(path for paths in payloads().values() for path in paths))
ORDINARY = [
    "model",
    "model/MLmodel",
    "a b/c d.txt",
    ".gitignore",
    "..a/b..",
    "a..b/c...txt",
    "100%.txt",
    "50% off.csv",
    "a%20b.txt",
    "Größe/模型/модель.bin",
    "emoji 👩‍🔬.png",
    "what?.txt",
    "issue #12.md",
    "a;b;c",
    "a+b.txt",
    "+",
    "a=b&c=d",
    "key='x' \"y\"",
    "model:v1.txt",
    "~user",
    "-rf",
    "$HOME",
    "`id`",
    "ﬁne.txt",
    "①.txt",
    "x²…",
    "a,b|c<d>e*f",
    "frames%step%17%timestamp%1795519169459%o7c3eefd-2369-4fd9-b25b-dc1c9da827f5%compressed.webp",
]


@pytest.mark.parametrize("text", PAYLOADS, ids=ascii)
def test_payloads_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not allowed") as refusal:
        SafePath.parse(text)
    assert refusal.value.message.isprintable()


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_names_are_legal(text: str) -> None:
    assert SafePath.parse(text) == text
    assert SafePath.parse(f"folder/{text}") == f"folder/{text}"


def test_parts_and_joining() -> None:
    path = SafePath.parse("a/b/c.txt")
    assert path.parts == ("a", "b", "c.txt")
    assert (path.name, path.parent, path.parent.parent.parent) == ("c.txt", "a/b", ROOT)
    assert SafePath.parse("a/") == "a"
    assert (ROOT.parts, ROOT.name, ROOT.parent) == ((), "", ROOT)
    assert SafePath.parse("a") / SafePath.parse("b c") == "a/b c"
    assert ROOT / path == path
    assert path / ROOT == path


def test_limits() -> None:
    assert SafePath.parse("é" * (MAX_NAME_BYTES // 2))
    for text in ("é" * MAX_NAME_BYTES, "a/" * (MAX_PATH_BYTES // 2) + "abc", "x" * 10_000_000):
        with pytest.raises(Invalid, match="255 bytes") as refusal:
            SafePath.parse(text)
        assert len(refusal.value.message) < 300
    half = SafePath.parse("/".join(["a" * 200] * 15))
    with pytest.raises(Invalid, match="4096"):
        _ = half / half


def test_the_look_is_short_however_deep_the_encoding() -> None:
    nested = "%" + "25" * 2000 + "2e"
    start = time.perf_counter()
    for text in (nested, "%2e" * 1300, "．" * 1300, "a;" * 2000):
        with pytest.raises(Invalid):
            SafePath.parse(text)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("other", [None, 3, b"a", Path("a")])
def test_only_text_is_a_path(other: object) -> None:
    with pytest.raises(Invalid, match="must be text"):
        SafePath.parse(other)  # pyright: ignore[reportArgumentType]


PIECES = st.sampled_from(
    ["..", ".", "/", "\\", "%2e", "%2f", "%5c", "%25", "%", "25", ";", "?", "#", "+", " ", "．", "／", "＼", "C:",
     "\0", "a", "b.txt", "~", "%c0%ae", "‥", "%u002e", "é", "=", "&", "//"]
)  # fmt: skip


def mixed() -> st.SearchStrategy[str]:
    """Texts of any kind, texts of dangerous pieces, and known ones put together and encoded anew."""
    known = st.lists(st.sampled_from(PAYLOADS) | PIECES, min_size=1, max_size=4).map("".join)
    return st.text() | st.lists(PIECES, max_size=12).map("".join) | known | known.map(lambda text: _encoded(text))


def _encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" if byte in b"./\\%;" else chr(byte) for byte in text.encode("utf-8", "replace"))


# ``FLOWMILL_FUZZ_PATHS=100000`` looks at so many.
@settings(deadline=None, max_examples=int(os.environ.get("FLOWMILL_FUZZ_PATHS", "500")))
@given(mixed())
@example("a/%2e%2e/b")
def test_inside_the_root_or_refused(text: str) -> None:
    try:
        path = SafePath.parse(text)
    except Invalid:
        return
    assert path == text.removesuffix("/")
    assert SafePath.parse(str(path)) == path
    for reading in _readings(path):
        assert "\\" not in reading
        assert "\0" not in reading
        # Folded by POSIX or by Windows, it does not leave the root.
        assert not reading.startswith("/")
        for pure in (PurePosixPath(reading), PureWindowsPath(reading)):
            assert not pure.is_absolute()
            assert not pure.drive
            assert not pure.root
            assert not any(part.split(";")[0].strip(" ") in ("..", ".") for part in pure.parts)


def _readings(path: str) -> set[str]:
    """Whatever some careless parser may make of a path."""
    found: set[str] = set()
    waiting = {path}
    while waiting:
        reading = waiting.pop()
        found.add(reading)
        for read in (unquote(reading), unquote_plus(reading), unicodedata.normalize("NFKC", reading)):
            if read not in found:
                waiting.add(read)
    return found
