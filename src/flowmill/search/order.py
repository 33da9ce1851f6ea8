"""From ``metrics.`val loss` DESC`` to what is sorted by and in which direction."""

from __future__ import annotations

from dataclasses import dataclass

from flowmill.errors import Invalid
from flowmill.search.parse import field_of
from flowmill.search.subjects import Subject
from flowmill.search.token import tokens_of
from flowmill.search.tree import Field

MAX_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class SortBy:
    """One sort key; what lacks it comes last in either direction."""

    field: Field
    ascending: bool = True


def parse_order(text: str, subject: Subject) -> SortBy:
    """One entry of an ``order_by``: a field, then ASC (meant when absent) or DESC. Raises `Invalid`."""
    shown = repr(text) if len(text) <= 80 else f"{text[:80]!r}…"
    if len(text) > MAX_LENGTH:
        raise Invalid(f"The order_by entry {shown} is too long; name one field.")
    tokens = tokens_of(text)
    names = [token.text for token in tokens[:-1]]
    direction = names[1].upper() if len(names) == 2 else "ASC"
    if not names or tokens[0].kind != "name" or len(names) > 2 or direction not in ("ASC", "DESC"):
        raise Invalid(
            f"Invalid order_by entry {shown}: write one field with ASC or DESC after it, a key with spaces in "
            "backticks, and a list of entries for several fields."
        )
    field, _ = field_of(tokens[0], text, subject, sorting=True)
    if field.kind == "dataset":
        raise Invalid(f"Invalid order_by entry {shown}: {subject.one} cannot be sorted by its datasets.")
    return SortBy(field, direction == "ASC")
