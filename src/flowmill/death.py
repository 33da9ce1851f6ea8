"""How a run ended, told from what ended its process or block."""

from __future__ import annotations

import signal

from flowmill.entities.run import EXIT_CODE_TAG, HOW_TAG, SIGNAL_TAG, TRACEBACK_TAG

_LONGEST_TRACEBACK = 20_000
"""Characters; the end of a traceback says most."""
_LONGEST_LINE = 1_000
_FIRST_SIGNAL_CODE = 128


def status_after(error: BaseException | None) -> str:
    """The status of a run that this exception left: an interrupt or SIGTERM kills it, ``sys.exit(0)`` is no failure."""
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return "FINISHED"
    return "KILLED" if _signal_of(error) else "FAILED"


def tags_of_death(error: BaseException | None) -> dict[str, str]:
    """What to say of a run that did not finish: one line, and traceback, exit code or signal."""
    if error is None or status_after(error) == "FINISHED":
        return {}
    if (number := _signal_of(error)) is not None:
        return {HOW_TAG: f"Stopped by {number.name}.", SIGNAL_TAG: number.name}
    if isinstance(error, SystemExit):
        # A text as code is printed by Python, which then exits with 1.
        code = error.code if isinstance(error.code, int) else 1
        said = f": {error.code}" if not isinstance(error.code, int) else "."
        return {HOW_TAG: _line(f"The script left with exit code {code}{said}"), EXIT_CODE_TAG: str(code)}
    import traceback

    text = _storable("".join(traceback.format_exception(error)))
    last = traceback.format_exception_only(error)[-1].strip()
    return {HOW_TAG: _line(last), TRACEBACK_TAG: text[-_LONGEST_TRACEBACK:], EXIT_CODE_TAG: "1"}


def _line(text: str) -> str:
    return _storable(text)[:_LONGEST_LINE]


def _storable(text: str) -> str:
    """Without what no database holds: whatever an exception says, its run ends."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _signal_of(error: BaseException) -> signal.Signals | None:
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, SystemExit) and error.code == _FIRST_SIGNAL_CODE + signal.SIGTERM:
        return signal.SIGTERM
    return None
