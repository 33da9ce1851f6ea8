"""Every operation, asked rightly and wrongly, over SQLite and PostgreSQL.

``FLOWMILL_FUZZ=250`` asks each operation so often, with other requests each time; ``make fuzz`` does that.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from flowmill.artifacts.local import LocalArtifacts
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.server import running
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.operation import Operation
from tests.databases.postgres import PostgresServer, new_database, oldest_server
from tests.databases.sample import write_sample
from tests.fuzz.requests import Call, Things, right_calls, wrong_calls
from tests.fuzz.whole import check_whole
from tests.fuzz.wire import Answer, Wire, check

MANY = int(os.environ.get("FLOWMILL_FUZZ", "0"))
EXAMPLES = MANY or 12
REWIND = "/api/flowmill/1/runs/rewind"
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not MANY,
    database=None,
    # What was asked before matters, so that a failure cannot be made smaller by asking again.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def postgres_to_fuzz() -> Iterator[PostgresServer]:
    """A PostgreSQL for this file."""
    with oldest_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """A store with a bit of everything in it."""
    places = Places("mlflow-artifacts:/", accept_location)
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_to_fuzz")
        opened = SqlStore(PostgresDatabase(new_database(server.uri)), places)
    else:
        opened = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), places)
    write_sample(opened)
    yield opened
    opened.close()


def fuzz(operation: Operation, wire: Wire, things: Things, folder: Path) -> Counter[int]:
    """Ask one operation rightly and wrongly; how often each status was the answer."""
    statuses: Counter[int] = Counter()

    @SETTINGS
    @given(call=right_calls(operation, things) | wrong_calls(operation, things) | wrong_calls(operation, things))
    def ask(call: Call) -> None:
        answer = wire.ask(call)
        statuses[answer.status] += 1
        things.learn(check(call, answer, folder))

    ask()
    return statuses


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_any_request_is_answered_and_nothing_breaks(
    store: SqlStore, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    things = Things()
    with running(App(store, LocalArtifacts(tmp_path / "artifacts"))) as address:
        wire = Wire(address)
        request.addfinalizer(wire.close)
        for kind in ("experiments/search", "registered-models/search", "model-versions/search"):
            call = Call("GET", f"/api/2.0/mlflow/{kind}?max_results=50", b"", None)
            things.learn(check(call, wire.ask(call), tmp_path))
        search = Call("POST", "/api/2.0/mlflow/runs/search", b'{"experiment_ids": ["0", "1", "2"]}', "application/json")
        things.learn(check(search, wire.ask(search), tmp_path))
        for run in things.names["run_id"]:
            rewind = Call("POST", REWIND, msgspec.json.encode({"run_id": run, "step": 0}), "application/json")
            things.learn(check(rewind, wire.ask(rewind), tmp_path))
        assert things.names["branch_id"]
        failures: list[str] = []
        answers: dict[str, Counter[int]] = {}
        deleting = {operation for operation in OPERATIONS.values() if operation.name.startswith("Delete")}
        # What deletes comes last, so that there is something to ask about until then.
        for some in (set(OPERATIONS.values()) - deleting, deleting):
            for operation in [each for each in OPERATIONS.values() if each in some]:
                try:
                    answers[operation.name] = fuzz(operation, wire, things, tmp_path)
                except Exception as error:
                    failures.append(f"{operation.name}: {error}")
            assert failures == [], "\n\n".join(failures)
            found = check_whole(store)
            assert some is deleting or (found["runs"] > 7 and found["versions"] > 3), found
        # Requests that are always refused would prove nothing: nearly every operation has also succeeded.
        never = [name for name, statuses in answers.items() if not statuses[200]]
        assert len(never) < len(OPERATIONS) / 3, never
        health: Answer = wire.ask(Call("GET", "/health", b"", None))
        assert health.body == b"OK"
