"""Where Flowmill's answer differs from MLflow's on purpose, and why.

Each entry names a golden file (a trailing ``*`` stands for the rest), what Flowmill answers instead, and the
reason. Everything that is not here must match.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Difference:
    """A deliberate difference: `status` and `code` are ours; None means that the whole answer may differ."""

    golden: str
    why: str
    status: int | None = None
    code: str | None = None


DIFFERENCES: tuple[Difference, ...] = ()


def difference_of(name: str) -> Difference | None:
    """The deliberate difference that covers a golden file, or None."""
    return next((each for each in DIFFERENCES if fnmatchcase(name, each.golden)), None)
