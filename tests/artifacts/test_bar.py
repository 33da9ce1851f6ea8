"""The line of a long transfer: on a terminal, one at a time, gone at the end."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from flowmill.artifacts import bar as bars
from flowmill.artifacts.bar import Bar
from flowmill.artifacts.open import open_artifacts


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_how_far_it_is_and_nothing_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "_BETWEEN", 0.0)
    terminal = Terminal()
    with Bar("Storing files", 4, terminal, after=0.0) as bar:
        threads = [threading.Thread(target=bar.step) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert terminal.getvalue().endswith("3 of 4")
        with Bar("Storing parts of a", 2, terminal, after=0.0) as inner:
            inner.step()
        assert "parts" not in terminal.getvalue()
        bar.step()
    *_, last, blank, empty = terminal.getvalue().split("\r")
    assert last == f"Storing files {'█' * 30} 4 of 4"
    assert (blank.strip(), len(blank), empty) == ("", len(last), "")


@pytest.mark.parametrize("why", ["short", "no terminal", "turned off"])
def test_quiet(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO() if why == "no terminal" else Terminal()
    if why == "turned off":
        monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with Bar("Storing files", 2, stream, after=60.0 if why == "short" else 0.0) as bar:
        bar.step()
    assert stream.getvalue() == ""


def test_a_tree_of_files_shows_one(s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(bars, "_BETWEEN", 0.0)
    monkeypatch.setattr(Bar.__init__, "__defaults__", (None, 0.0))
    (tmp_path / "tree").mkdir()
    for number in range(3):
        (tmp_path / "tree" / f"{number}.txt").write_text("a")
    store = open_artifacts("s3://bucket/bars")
    store.put_tree(tmp_path / "tree")
    assert "Storing files" in terminal.getvalue() and "3 of 3" in terminal.getvalue()
    store.get_tree("", tmp_path / "back")
    assert "Fetching files" in terminal.getvalue()


def test_one_big_file_moves_as_it_is_sent(s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(bars, "_BETWEEN", 0.0)
    monkeypatch.setattr(Bar.__init__, "__defaults__", (None, 0.0))
    content = b"0123456789abcdef" * (3 << 20)
    (tmp_path / "weights.bin").write_bytes(content)
    store = open_artifacts("s3://bucket/bars")
    store.put("weights.bin", tmp_path / "weights.bin")
    shown = [line.strip() for line in terminal.getvalue().split("\r") if line.strip()]
    assert len(shown) > 4
    assert all(line.startswith("Storing weights.bin ") and line.endswith(" of 50.3 MB") for line in shown)
    assert shown[-1] == f"Storing weights.bin {'█' * 30} 50.3 of 50.3 MB"
    assert store.read("weights.bin") == content


def test_what_is_sent_again_is_not_counted_twice() -> None:
    terminal = Terminal()
    with Bar("Storing a", 100, terminal, after=0.0, of_bytes=True) as bar:
        watched = bars._Watched(io.BytesIO(b"x" * 100), bar)  # pyright: ignore[reportPrivateUsage]
        assert len(watched.read(60)) == 60 and watched.tell() == 60
        assert watched.seek(0) == 0
        assert len(watched.read()) == 100
        assert bar._done == 100  # pyright: ignore[reportPrivateUsage]
