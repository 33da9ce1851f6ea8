"""What an import or a copy did: counted, for people as lines and for programs as JSON."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, TextIO

_MOST_PROBLEMS = 20
_BETWEEN_LINES = 0.2


@dataclass
class Report:
    """Counts by kind and outcome (``new``, ``updated``, ``unchanged``, ``kept``, ``joined``, ``failed``).

    ``problems`` are sentences about what was not taken as it should; ``notes`` about what to know.
    """

    source: str
    target: str
    dry_run: bool = False
    things: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    params: int = 0
    tags: int = 0
    points: int = 0
    files: int = 0
    bytes: int = 0
    verified_runs: int = 0
    verified_points: int = 0
    verified_files: int = 0
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything that can be taken was taken, and was found to be the same."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "dry_run": self.dry_run,
            "complete": self.complete,
            "things": {
                kind: {str(outcome): count for outcome, count in counts.items() if count}
                for kind, counts in self.things.items()
            },
            "params": self.params,
            "tags": self.tags,
            "points": self.points,
            "files": self.files,
            "bytes": self.bytes,
            "verified": {"runs": self.verified_runs, "points": self.verified_points, "files": self.verified_files},
            "left_out": self.left_out,
            "problems": self.problems,
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
        }

    def lines(self) -> list[str]:
        """The report as a person reads it."""
        found = [f"{'Would bring' if self.dry_run else 'From'} {self.source} to {self.target}"]
        for kind, counts in self.things.items():
            parts = [f"{count:,} {outcome}" for outcome, count in sorted(counts.items()) if count]
            if parts:
                found.append(f"  {kind:<18} {', '.join(parts)}")
        found.append(
            f"  {'contents':<18} {self.params:,} params, {self.tags:,} tags, {self.points:,} points, "
            f"{self.files:,} files ({size_of(self.bytes)})"
        )
        if not self.dry_run:
            found.append(
                f"  {'verified':<18} {self.verified_runs:,} runs with {self.verified_points:,} points, "
                f"{self.verified_files:,} files"
            )
        if self.left_out:
            found.append(
                f"  {'not taken':<18} {', '.join(f'{count:,} {what}' for what, count in self.left_out.items())}"
            )
        found += [f"Note: {note}" for note in self.notes]
        found += [f"Problem: {problem}" for problem in self.problems[:_MOST_PROBLEMS]]
        if len(self.problems) > _MOST_PROBLEMS:
            found.append(f"… and {len(self.problems) - _MOST_PROBLEMS:,} problems more; --json lists all of them.")
        found.append(f"{'Complete' if self.complete else 'Not complete'} after {self.seconds:.1f} s.")
        return found


class Progress:
    """A line that says how far it is, on a terminal; silence elsewhere."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty() and not quiet
        self._last = 0.0
        self._width = 0

    def tell(self, text: str) -> None:
        """Replace the line, not more often than five times a second."""
        now = time.monotonic()
        if self._shown and now - self._last >= _BETWEEN_LINES:
            self._last = now
            self._stream.write(f"\r{text[:110]:<{self._width}}")
            self._stream.flush()
            self._width = min(len(text), 110)

    def end(self) -> None:
        """Take the line away."""
        if self._shown and self._width:
            self._stream.write(f"\r{'':<{self._width}}\r")
            self._stream.flush()


def size_of(count: int) -> str:
    """A number of bytes for people."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
