"""A folder that several machines share: recognised, and written to without what only one machine can do."""

from __future__ import annotations

import errno
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from flowmill.errors import Unavailable
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.filesystem import is_on_network
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.wire.metrics import GetMetricHistory, LogMetric
from flowmill.wire.runs import CreateRun
from tests.databases.older_ones import PLACES
from tests.stores.test_older import SPAWN

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:44 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
41 40 254:1 / /home/local rw - xfs /dev/vdb rw
42 22 0:45 / /scratch\\040space rw - lustre mds@tcp:/scratch rw,flock
43 22 0:46 / /over rw - nfs server:/a rw
44 22 0:47 / /over rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/runs/flowmill.db", False),
        ("/home/ada/runs/flowmill.db", True),
        ("/home/local/runs", False),
        ("/homely/runs", False),
        ("/scratch space/runs", True),
        ("/over/runs", False),
    ],
)
def test_the_mount_decides(path: str, expected: bool, tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert is_on_network(Path(path), mounts) is expected


def test_without_a_list_of_mounts_a_disk_is_local(tmp_path: Path) -> None:
    assert is_on_network(tmp_path, tmp_path / "missing") is False


def open_on_network(file: str) -> SqlStore:
    """A store in a file that may be open on other machines too."""
    return SqlStore(SqliteDatabase(Path(file), on_network=True), PLACES)


def write(file: str, run_id: str, worker: int) -> None:
    """What one process writes."""
    store = open_on_network(file)
    for step in range(worker, 18, 3):
        store.send(LogMetric(run_id=run_id, key="m", value=float(step), timestamp=step, step=step))
        store.send(GetMetricHistory(run_id=run_id, metric_key="m", max_results=5))
    store.close()


def test_processes_that_may_be_on_other_machines_share_no_memory(tmp_path: Path) -> None:
    file = str(tmp_path / "flowmill.db")
    store = open_on_network(file)
    run_id = store.send(CreateRun()).info.run_id
    with ProcessPoolExecutor(3, mp_context=SPAWN) as pool:
        list(pool.map(write, [file] * 3, [run_id] * 3, range(3), timeout=120))
    assert [point.step for point in store.send(GetMetricHistory(run_id=run_id, metric_key="m")).metrics] == [*range(18)]
    store.close()
    assert not list(tmp_path.glob("*-shm"))


def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("flowmill.store.sql.sqlite.fcntl.flock", no_locks)
    with pytest.raises(Unavailable, match="a file system without locks"):
        SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
