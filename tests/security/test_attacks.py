"""Every known attack, by its row, on a server as it is started without an option, at the root and below a path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmill.attacks import ATTACKS, Breach, Target
from flowmill.entities.run import ViewType
from flowmill.errors import Unavailable
from flowmill.server.run import ServerSettings, make_app
from flowmill.testing.server import running
from flowmill.wire.experiments import SearchExperiments
from flowmill.wire.registry import SearchRegisteredModels
from flowmill.wire.trash import ListTrash
from flowmill.wire.webhooks import ListWebhooks
from tests.security.old_server import OldServer

SECRET = "the canary outside of the artifacts"


@pytest.fixture(scope="module", params=["", "/base"], ids=["at the root", "below a path"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server over a fresh folder, with a file outside of its artifacts that nobody may read."""
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "secret.txt").write_text(SECRET)
    app = make_app(ServerSettings(store=str(folder / "store"), prefix=request.param))
    before = _outside(folder)
    with running(app) as address:
        hidden = (SECRET.encode(), str(folder).encode())
        with Target(f"{address}{request.param}", hidden=hidden).open() as opened:
            yield opened
    assert _outside(folder) == before
    assert (folder / "secret.txt").read_text() == SECRET


def _outside(folder: Path) -> set[Path]:
    """What lies outside of the artifacts, the database aside."""
    artifacts = folder / "store" / "artifacts"
    found = {path for path in folder.rglob("*") if artifacts not in path.parents and path != artifacts}
    return {path for path in found if not path.name.startswith("flowmill.db")}


@pytest.mark.parametrize("row", ATTACKS)
def test_row(row: str, target: Target) -> None:
    target.prove()
    ATTACKS[row].run(target)
    target.prove()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("PT-01", "gave away"), ("PT-02", "instead of 400"), ("PT-03", "gave away"), ("WB-01", "shape"),
        ("WB-04", "sandbox"), ("WB-11", "instead of 400"), ("WB-12", "evil.example"), ("WB-15", "frame"),
        ("SS-05", "webhook"), ("DO-09", "gave status 500"), ("AU-22", "X-Forwarded-Host"),
    ],
)  # fmt: skip
def test_a_server_that_gives_way_is_told(row: str, says: str, tmp_path: Path) -> None:
    with OldServer() as address, Target(address).open() as target, pytest.raises(Breach, match=says):
        ATTACKS[row].run(target)


def test_where_nothing_answers_nothing_is_claimed() -> None:
    with pytest.raises(Unavailable, match="does not answer"), Target("http://127.0.0.1:9").open():
        pass


def test_nothing_stays_behind(tmp_path: Path) -> None:
    app = make_app(ServerSettings(store=str(tmp_path / "store")))
    with running(app) as address:
        with Target(address).open() as target:
            assert list((tmp_path / "store" / "artifacts").rglob("file.txt"))
            for attack in ATTACKS.values():
                attack.run(target)
        send = app.store.send
        found = send(SearchExperiments(max_results=100, view_type=ViewType.ALL)).experiments
        assert [each.name for each in found] == ["Default"]
        assert send(ListTrash()).items == []
        assert send(SearchRegisteredModels()).registered_models == []
        assert send(ListWebhooks()).webhooks == []
    assert [file for file in (tmp_path / "store" / "artifacts").rglob("*") if file.is_file()] == []
