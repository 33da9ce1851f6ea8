"""How commands show what they found: tables for people, one JSON document for scripts."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text for people.")


def print_json(value: Any, indent: int = 2) -> None:
    """A value, structs included, as one JSON document; numbers that are not finite become words."""
    click.echo(json.dumps(_plain(msgspec.to_builtins(value)), indent=indent, ensure_ascii=False))


def print_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Aligned columns under their names and a rule.

    In a terminal the widest columns are cut so that a row stays a line. In a pipe nothing is, and columns are
    as wide as those that MLflow's commands print: two characters wider than their name at least.
    """
    texts = [[_cell(value) for value in row] for row in rows]
    titles = names if is_terminal() else [f"{name}  " for name in names]
    widths = [max(map(len, column)) for column in zip(titles, *texts, strict=True)]
    if is_terminal():
        widths = fit(widths, shutil.get_terminal_size().columns - 2 * (len(widths) - 1))
    head = [name.ljust(width) for name, width in zip(names, widths, strict=True)]
    click.echo("  ".join(click.style(name, bold=True) if is_terminal() else name for name in head))
    click.echo("  ".join("-" * width for width in widths))
    for row in texts:
        click.echo("  ".join(_cut(text, width).ljust(width) for text, width in zip(row, widths, strict=True)))


def print_facts(facts: Sequence[tuple[str, Any]]) -> None:
    """Names and values, a pair a line."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        click.echo(f"{name.ljust(width)} : {_cell(value)}")


def is_terminal() -> bool:
    """Whether a person reads along."""
    return sys.stdout.isatty()


def fit(widths: Sequence[int], room: int) -> list[int]:
    """The widths, with the widest cut until all fit into ``room`` characters; none below 12."""
    fitted = list(widths)
    while sum(fitted) > room:
        widest = max(range(len(fitted)), key=lambda at: fitted[at])
        if fitted[widest] <= 12:
            break
        fitted[widest] -= 1
    return fitted


def utc_time(milliseconds: int | None) -> str:
    """``2026-01-31 12:00:00 UTC``, as MLflow's commands write it; empty without a time."""
    return _written(milliseconds, lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S UTC"))


def shown_time(milliseconds: int | None) -> str:
    """In a terminal the time where the person is, else UTC."""
    if milliseconds is None or not is_terminal():
        return utc_time(milliseconds)
    return _written(milliseconds, lambda moment: moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z"))


def _written(milliseconds: int | None, write: Callable[[datetime], str]) -> str:
    """The number itself where no calendar has it: clients may have counted nanoseconds."""
    if milliseconds is None:
        return ""
    try:
        return write(datetime.fromtimestamp(milliseconds / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)


def duration(milliseconds: int) -> str:
    """``350 ms``, ``12.3 s``, ``4 min 05 s``, ``3 h 20 min``."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def size(count: int) -> str:
    """Bytes as ``512 B``, ``1.5 KiB``, ``2.0 GiB``."""
    number = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{count} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def all_pages(page_of: Callable[[str | None], Any], most: int | None = None) -> list[Any]:
    """Everything that a paged search finds, page after page; at most so many."""
    found: list[Any] = []
    token: str | None = None
    while True:
        page = page_of(token)
        found += page
        token = page.token
        if not token or (most is not None and len(found) >= most):
            return found[:most]


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    # Names come from other people: nothing in them may move the cursor or end the line.
    return "".join(each if each.isprintable() else "�" for each in text)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
