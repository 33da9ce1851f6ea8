"""Databases as older releases left them, kept as SQL in ``older/`` with what they answered."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import psycopg

from flowmill.store.sql.places import Places

FOLDER = Path(__file__).with_name("older")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
PLACES = Places("mlflow-artifacts:/", accept=lambda location: location)


def restore_sqlite(name: str, file: Path) -> None:
    """Make the SQLite database of an older release."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript((FOLDER / f"{name}.sqlite.sql").read_text(encoding="utf-8"))
    connection.close()


def restore_postgres(name: str, uri: str) -> None:
    """Make the PostgreSQL database of an older release in an empty database."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute((FOLDER / f"{name}.postgres.sql").read_text(encoding="utf-8"))


def records_of(name: str) -> list[dict[str, Any]]:
    """What the release answered about its database."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
