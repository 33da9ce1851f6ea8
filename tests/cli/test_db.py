"""``db upgrade`` and ``db check``: on SQLite and PostgreSQL, on databases that are well and on broken ones."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flowmill.client import Client
from flowmill.store.open import describe
from flowmill.store.sql.migrations import STEPS
from tests.cli.conftest import Shell

NEWEST = len(STEPS)


@pytest.fixture(params=["folder", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A database that is not there yet."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_uri")
    return "./store" if request.param == "folder" else "sqlite:///runs.db"


def test_upgrade_says_from_and_to(url: str, shell: Shell) -> None:
    assert shell.text("db", "upgrade", url).endswith(f"went from schema step 0 to {NEWEST}.\n")
    assert shell.text("db", "upgrade", url).endswith(f"is at schema step {NEWEST}, the newest.\n")
    assert shell.json("db", "upgrade", url, "--json") == {"url": describe(url), "from": NEWEST, "to": NEWEST}
    report = shell.json("db", "check", url, "--json")
    assert (report["steps"], report["known_steps"], report["problems"]) == (NEWEST, NEWEST, [])
    assert report["counts"]["experiments"] == 1 and report["size"] > 10_000
    assert "All is well." in shell.text("db", "check", url)


def test_many_upgrades_at_once(url: str, shell: Shell) -> None:
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda _: shell.text("db", "upgrade", url), range(6)))
    assert sum(f"from schema step 0 to {NEWEST}" in each for each in said) == 1


IMPATIENT = """
import sys
from flowmill.store.sql import sqlite
sqlite._BUSY_SECONDS = 0.0
from flowmill.store.open import open_store
for _ in range(25):
    open_store(sys.argv[1]).close()
"""


def test_a_new_file_is_queued_for(tmp_path: Path) -> None:
    """However long others take to open, flush and close it, nobody ever meets SQLite's own locks."""
    processes = [subprocess.Popen([sys.executable, "-c", IMPATIENT, str(tmp_path / "runs")]) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6


def test_a_missing_index_is_found_and_made(shell: Shell) -> None:
    shell.text("db", "upgrade", "sqlite:///runs.db")
    with sqlite3.connect(shell.folder / "runs.db") as connection:
        connection.execute("DROP INDEX runs_in_use")
        connection.execute("INSERT INTO params (run, key, value) VALUES (99, 'k', 'v')")
    connection.close()
    done = shell.run("db", "check", "sqlite:///runs.db")
    assert done.returncode == 1
    assert "Wrong: The index runs_in_use is missing" in done.stdout
    assert "Wrong: 1 rows of params belong to nothing in runs." in done.stdout
    repaired = shell.run("db", "check", "sqlite:///runs.db", "--repair")
    assert "Made 1 missing index." in repaired.stdout and "runs_in_use" not in repaired.stdout


def test_a_missing_index_of_postgres(postgres_uri: str, shell: Shell) -> None:
    import psycopg

    shell.text("db", "upgrade", postgres_uri)
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("DROP INDEX model_versions_by_run")
    done = shell.run("db", "check", postgres_uri)
    assert done.returncode == 1
    assert "The index model_versions_by_run is missing" in done.stdout
    assert "Made 1 missing index." in shell.run("db", "check", postgres_uri, "--repair").stdout
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("ALTER TABLE model_versions DROP COLUMN run_id")
    assert "The column model_versions.run_id is missing" in shell.run("db", "check", postgres_uri).stdout
    assert "lacks model_versions.run_id, which --repair cannot make" in shell.refusal(
        "db", "check", postgres_uri, "--repair"
    )


def test_rows_that_belong_to_nothing(shell: Shell) -> None:
    client = Client(str(shell.folder / "mlruns"))
    run_id = client.create_run("0").info.run_id
    for step in range(3):
        client.log_metric(run_id, "loss", 1.0, step=step)
    assert client.get_run(run_id).data.metrics == {"loss": 1.0}
    assert "All is well." in shell.text("db", "check", "mlruns")
    with sqlite3.connect(shell.folder / "mlruns" / "flowmill.db") as connection:
        connection.execute("UPDATE latest_metrics SET chunked = 7")
        connection.execute("INSERT INTO points (series, step, timestamp, bits) VALUES (99, 0, 0, 0)")
        connection.execute("INSERT INTO webhook_events (entity, action, webhook) VALUES ('a', 'b', 99)")
    connection.close()
    said = shell.run("db", "check", "mlruns").stdout
    assert "Wrong: 1 rows of points belong to nothing in latest_metrics." in said
    assert "Wrong: 1 rows of webhook_events belong to nothing in webhooks." in said
    assert "Wrong: 1 metrics have other numbers of points in their chunks than they say." in said


def test_a_newer_database(shell: Shell) -> None:
    Client(str(shell.folder / "mlruns")).search_experiments()
    with sqlite3.connect(shell.folder / "mlruns" / "flowmill.db") as connection:
        connection.execute("INSERT INTO schema_steps VALUES (?, 'from_the_future', 1)", (NEWEST,))
    connection.close()
    assert "newer Flowmill" in shell.refusal("db", "upgrade", "mlruns")
    assert "newer Flowmill" in shell.run("db", "check", "mlruns").stdout
    assert "newer Flowmill" in shell.refusal("runs", "list", "--experiment-id", "0")


def test_what_is_no_database_of_ours(shell: Shell, tmp_path: Path) -> None:
    assert "There is no database at" in shell.refusal("db", "check", "nothing-here")
    assert not (tmp_path / "nothing-here").exists()
    (tmp_path / "text.db").write_text("no database at all")
    assert "is not a SQLite database" in shell.refusal("db", "check", "sqlite:///text.db")
    assert "is a server" in shell.refusal("db", "upgrade", "http://127.0.0.1:5000")
    secret = shell.refusal("db", "upgrade", "mysql://user:secret@h/d")
    assert "expected" in secret and "secret" not in secret
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()
    assert "a database of MLflow" in shell.refusal("db", "upgrade", "sqlite:///mlflow.db")
    assert "no workspaces" in shell.refusal("db", "move-resources", "sqlite:///x.db", "--from", "a", code=2)
