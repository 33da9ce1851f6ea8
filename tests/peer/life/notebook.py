"""Where a life writes down what a client reads back, in words that are the same on every server.

A step is a function that returns something; `Notebook.live` runs the steps of a chapter in their order and keeps
each value as plain JSON. Ids, times, addresses and invented names get words of their own. A step that fails keeps
the error's code and the life goes on, because two servers must refuse alike.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

HEX_ID = re.compile(r"\b(m-)?[0-9a-f]{32}\b")
INVENTED_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,4}")
LONG = 200
DAY = 86_400_000

Step = Callable[[], Any]


class Missing(Exception):
    """This client has no such function."""


class Notebook:
    """What was seen, by step; ``address`` is the server's."""

    def __init__(self, address: str) -> None:
        self.seen: dict[str, Any] = {}
        here = os.path.dirname(os.path.abspath(__file__))
        self.known: dict[str, str] = {address: "<server>", os.getcwd(): "<folder>", here: "<life>"}
        self.experiments: dict[str, str] = {"0": "Default"}
        self.now = time.time_ns() // 1_000_000

    def name(self, text: str, word: str) -> str:
        """From now on `text`, an id that the server gave out, is written as `word`."""
        self.known[text] = f"<{word}>"
        return text

    def name_experiment(self, experiment_id: str, word: str) -> str:
        """From now on this experiment's id is written as `word`."""
        self.experiments[experiment_id] = word
        return experiment_id

    def live(self, chapter: str, steps: Iterable[Step]) -> None:
        """Run steps and keep what they return, or the code of the error that they end with."""
        for step in steps:
            word = f"{chapter}: {step.__name__.replace('_', ' ').strip()}"
            try:
                value = step()
            except Missing as missing:
                self.seen[word] = {"missing": str(missing)}
                continue
            except Exception as error:
                value = error_of(error)
                if os.environ.get("LIFE_SHOWS_ERRORS"):
                    import traceback

                    traceback.print_exc()
            self.seen[word] = self.plain(value)

    def plain(self, value: Any, key: str = "") -> Any:
        """Any value, an entity of the client too, as JSON in words that are the same on every server."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, int):
            return "<time>" if abs(value - self.now) < DAY else int(value)
        if isinstance(value, float):
            return float(value) if value == value and abs(value) != float("inf") else str(value)
        if isinstance(value, Mapping):
            named = key == "tags"
            return {
                self._text(str(name), ""): self.plain(
                    item, "experiment_id" if name == "experiment_id" and not named else str(name)
                )
                for name, item in sorted(value.items(), key=lambda pair: str(pair[0]))
            }
        if isinstance(value, (set, frozenset)):
            return sorted((self.plain(item, key) for item in value), key=str)
        if isinstance(value, Iterable) and not _is_entity(value):
            return [self.plain(item, key) for item in value]
        if not _is_entity(value):
            return self._text(str(value), key)
        return {name: self.plain(getattr(value, name), name) for name in _public_values(value)}

    def _text(self, text: str, key: str) -> str:
        if key in ("experiment_id", "experiment_ids") and text in self.experiments:
            return f"<{self.experiments[text]}>"
        for known in sorted(self.known, key=len, reverse=True):
            text = text.replace(known, self.known[known])
        text = HEX_ID.sub("<id>", text)
        text = re.sub(r"mlflow-artifacts:/(\d+)\b", self._experiment_in_place, text)
        if key in ("run_name", "mlflow.runName", "name") and INVENTED_NAME.fullmatch(text):
            return "<invented name>"
        return text if len(text) <= LONG else f"{text[:40]}… {len(text)} characters"

    def _experiment_in_place(self, match: re.Match[str]) -> str:
        return f"mlflow-artifacts:/<{self.experiments.get(match[1], 'experiment')}>"


def error_of(error: BaseException) -> dict[str, str]:
    """The code of a refusal; the class of any other error."""
    code = getattr(error, "error_code", None)
    return {"error": str(code) if code else type(error).__name__}


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """How a call is refused; what it returned when it was not."""
    try:
        answer = call(*arguments, **named)
    except Exception as error:
        return error_of(error)
    return {"accepted": answer}


def _is_entity(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("mlflow", "flowmill") and not isinstance(value, (list, str))


def _public_values(entity: Any) -> list[str]:
    return sorted(
        name
        for name in dir(entity)
        if not name.startswith("_") and not callable(getattr(entity, name, None)) and hasattr(entity, name)
    )
