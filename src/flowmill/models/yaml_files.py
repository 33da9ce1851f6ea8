"""YAML of model folders: plain data only, no tags, bounded in size, the text that MLflow writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flowmill.errors import Invalid

MAX_BYTES = 16 * 1024 * 1024
MAX_ALIASES = 100


def read_yaml(file: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises Invalid for anything else: bad syntax, a tag that would make an object (``!!python/object``), more
    than 16 MiB, or so many aliases that walking the value could take for ever.
    """
    import yaml

    if file.stat().st_size > MAX_BYTES:
        raise Invalid(f"{file} has {file.stat().st_size} bytes: expected at most {MAX_BYTES}.")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not UTF-8 text ({error}): restore the file or log the model again.") from None
    if text.count("*") > MAX_ALIASES:
        aliases = sum(isinstance(event, yaml.AliasEvent) for event in _events(text, file))
        if aliases > MAX_ALIASES:
            raise Invalid(f"{file} uses {aliases} YAML aliases: expected at most {MAX_ALIASES}.")
    try:
        value = yaml.load(text, Loader=_loader())  # noqa: S506 - a SafeLoader, written in C where there is one
    except yaml.constructor.ConstructorError as error:
        raise Invalid(
            f"{file} holds more than plain data ({_reason(error)}): do not use this model unless you know who made it."
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise Invalid(
            f"{file} is no readable YAML ({_reason(error)}): restore the file or log the model again."
        ) from None
    if not isinstance(value, dict):
        raise Invalid(f"{file} holds {type(value).__name__} instead of a mapping of keys: restore the file.")
    return value


def write_yaml(value: dict[str, Any]) -> str:
    """The text of a YAML file: keys sorted, a line each, characters as they are."""
    import yaml

    return yaml.dump(
        value,
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=True,
    )


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _events(text: str, file: Path) -> Any:
    import yaml

    try:
        yield from yaml.parse(text, Loader=_loader())
    except yaml.YAMLError as error:
        raise Invalid(f"{file} is no readable YAML ({_reason(error)}): restore the file.") from None


def _reason(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    return f"{problem}, line {mark.line + 1}" if mark is not None else str(problem)
