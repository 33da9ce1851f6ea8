"""Keep a database as this release writes it: ``python -m tests.databases.make_older NAME``.

Done once a release that changed the schema, and never again for the same name: the dumps in ``older/`` are what
users have on their disks, and every later release must read them whole.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.memory import counting_clock, counting_ids
from tests.databases.older_ones import FOLDER, PLACES
from tests.databases.postgres import new_database, oldest_server, system_programs
from tests.databases.sample import recorded, write_sample


def sqlite_dump(file: Path) -> str:
    """A SQLite file as SQL."""
    connection = sqlite3.connect(file)
    text = "\n".join(connection.iterdump())
    connection.close()
    return re.sub(r"(?<=[,(])(-?)Inf(?=[,)])", r"\g<1>9e999", text)  # SQLite does not read the Inf that it writes


def main() -> int:
    """Write ``NAME.sqlite.sql``, ``NAME.postgres.sql`` and ``NAME.json``."""
    (name,) = sys.argv[1:]
    target = FOLDER / f"{name}.json"
    if target.exists():
        print(f"{target} is there already: a release is recorded once.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, oldest_server() as server:
        file = Path(folder) / "flowmill.db"
        sqlite = SqlStore(SqliteDatabase(file), PLACES, clock=counting_clock(), new_id=counting_ids())
        records = recorded(sqlite, write_sample(sqlite))
        sqlite.close()
        uri = new_database(server.uri)
        postgres = SqlStore(PostgresDatabase(uri), PLACES, clock=counting_clock(), new_id=counting_ids())
        if recorded(postgres, write_sample(postgres)) != records:
            print("SQLite and PostgreSQL answer differently.", file=sys.stderr)
            return 1
        postgres.close()
        (FOLDER / f"{name}.sqlite.sql").write_text(sqlite_dump(file), encoding="utf-8")
        command = [str(system_programs() / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", uri]
        dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        (FOLDER / f"{name}.postgres.sql").write_text(_statements(dumped), encoding="utf-8")
    target.write_text(json.dumps(records, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _statements(dumped: str) -> str:
    """A dump without what is psql's or the session's, so that every release of PostgreSQL takes it."""
    lines = [
        line
        for line in dumped.splitlines()
        if not line.startswith(("\\", "--", "SET ", "SELECT pg_catalog.set_config")) and line.strip()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
