"""What is said to the user once, however often it happens: a training of a million steps has one line of it."""

from __future__ import annotations

_said: set[str] = set()


def say_once(text: str) -> None:
    """Warn of this, unless this process has said the same before."""
    if text not in _said:
        _said.add(text)
        import logging  # costs milliseconds, and most runs never need it

        logging.getLogger("flowmill").warning("%s", text)
