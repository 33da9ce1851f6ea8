"""Which names are legal, the same for every store and both sides of the wire."""

from __future__ import annotations

import re
import unicodedata

from flowmill.errors import Invalid

LONGEST_KEY = 250
LONGEST_NAME = 500
LONGEST_VALUE = 1_000_000
"""Characters; MLflow stops at 6,000 for a parameter and 8,000 for a tag."""

_KEY = re.compile(r"[\w.\-/ :]+")
_ALIAS = re.compile(r"[\w\-.]+")


def check_key(kind: str, key: str) -> None:
    """Refuse a metric's, parameter's or tag's key that could not be a path or is too long."""
    if not _KEY.fullmatch(key):
        raise Invalid(
            f"Invalid {kind} name {key[:100]!r}: use letters, digits, and any of _ - . / : and space, at least one."
        )
    if len(key) > LONGEST_KEY:
        raise Invalid(f"The {kind} name {key[:40]!r}… has {len(key)} characters; at most {LONGEST_KEY} are allowed.")
    if key[0] == "/" or any(part in ("", ".", "..") for part in key.split("/")):
        raise Invalid(f"Invalid {kind} name {key!r}: it must not start with / or have an empty, . or .. part.")


def check_value(kind: str, key: str, value: str) -> None:
    """Refuse a value that is longer than a database row should hold."""
    if len(value) > LONGEST_VALUE:
        raise Invalid(
            f"The value of {kind} {key!r} has {len(value)} characters; at most {LONGEST_VALUE:,} are allowed. "
            "Log it as an artifact instead."
        )
    if not value.isascii() or "\x00" in value:
        check_text(f"value of {kind} {key!r}", value)


def check_text(what: str, text: str) -> None:
    """Refuse what no database and no JSON can hold: NUL characters and halves of surrogate pairs."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(f"The {what} holds a NUL character or half of a surrogate pair; remove it.")


def check_experiment_name(name: str) -> None:
    """Refuse an experiment name that is empty, too long or holds control characters."""
    _check_name("experiment", name)


def check_model_name(name: str) -> None:
    """Refuse a registered model's name that a ``models:/name/version`` URI could not carry."""
    _check_name("registered model", name)
    if any(character in name for character in "/:%@"):
        raise Invalid(f"Invalid registered model name {name!r}: it must not contain / : % or @.")
    if unicodedata.normalize("NFC", name) != name:
        raise Invalid(f"Invalid registered model name {name!r}: write its accents as composed characters (NFC).")


def check_alias(alias: str) -> None:
    """Refuse an alias that is no single word, or that reads like a version."""
    if not _ALIAS.fullmatch(alias) or len(alias) > 255:
        raise Invalid(f"Invalid alias {alias[:100]!r}: use letters, digits, _ - and ., at most 255.")
    if alias.lower() == "latest" or re.fullmatch(r"[vV]?\d+", alias):
        raise Invalid(f"Invalid alias {alias!r}: 'latest' and version numbers are reserved.")


def _check_name(kind: str, name: str) -> None:
    if not name.strip():
        raise Invalid(f"Invalid {kind} name {name!r}: it must not be empty.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"The {kind} name {name[:40]!r}… has {len(name)} characters; at most {LONGEST_NAME} are allowed.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise Invalid(f"Invalid {kind} name {name!r}: it must not contain control characters.")
