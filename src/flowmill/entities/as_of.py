"""Times that a person names: what was so on 3 March?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flowmill.errors import Invalid

_LARGEST = 253_402_300_799_999
"""The last ms of the year 9999."""


def moment(when: str | int | date) -> int:
    """A time as ms since the epoch, UTC.

    ``when``: ms; a datetime or its ISO text (``2026-03-03T09:30``), UTC unless it says another zone; a date or
    its text (``2026-03-03``), which is the end of that day, UTC, so that all that happened on it counts.
    """
    if isinstance(when, bool):
        raise _unclear(when)
    if isinstance(when, str):
        when = _parsed(when.strip())
    if isinstance(when, int):
        if not 0 <= when <= _LARGEST:
            raise Invalid(f"Invalid time {when}: expected milliseconds since 1970.")
        return when
    if isinstance(when, datetime):
        return _ms(when if when.tzinfo else when.replace(tzinfo=UTC))
    if isinstance(when, date):  # pyright: ignore[reportUnnecessaryIsInstance]  # users pass anything
        return _ms(datetime.combine(when, time.max, UTC))
    raise _unclear(when)


def _parsed(text: str) -> int | date:
    if text.isascii() and text.isdigit() and len(text) > 8:
        return int(text)
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            return parse(text)
        except ValueError:
            continue
    raise _unclear(text)


def _ms(when: datetime) -> int:
    number = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if number < 0:
        raise Invalid(f"Invalid time {when.isoformat()}: it is before 1970.")
    return number


def _unclear(when: object) -> Invalid:
    return Invalid(f"{str(when)[:60]!r} is no time: expected a date such as 2026-03-03, or 2026-03-03T09:30.")
