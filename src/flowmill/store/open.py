"""From a tracking URI to a store: the only place that looks at its scheme."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from flowmill.entities.caller import NOBODY, Caller
from flowmill.errors import Invalid, Unavailable
from flowmill.store.base import Store

if TYPE_CHECKING:
    from flowmill.store.sql.engine import Database, SqlStore


DEFAULT_FOLDER = "./mlruns"
DATABASE_NAME = "flowmill.db"
ARTIFACTS_NAME = "artifacts"

HOLDS_FILES = "also holds runs of MLflow's file store, which are not shown"
"""Said of a folder in which both are."""

_OWN_SCHEMES = ("", "file", "sqlite", "postgresql", "postgres")
_KNOWN = "a folder, file:, sqlite:, postgresql:, http: or https:"


def open_store(uri: str, caller: Caller = NOBODY) -> Store:
    """The store at a tracking URI: a folder, ``file:``, ``sqlite:``, ``postgresql:`` or ``http(s):``.

    ``caller``: who uses it, as the history of the registry tells it.
    """
    if scheme_of(uri) in ("http", "https"):
        from flowmill.store.rest import RestStore

        return RestStore(uri, caller=caller)
    if scheme_of(uri) not in _OWN_SCHEMES:
        from flowmill.store.plugin import PluginStore, has_plugin

        if has_plugin(scheme_of(uri)):
            return PluginStore(uri, scheme_of(uri), describe(uri))
    root = Path(artifacts_beside(uri)).as_uri()
    if scheme_of(uri) in ("", "file"):
        _say_what_is_not_shown(database_path(uri))
    return open_sql_store(uri, artifact_root=root, accept=_accept_anywhere, caller=caller)


def open_sql_store(
    uri: str,
    *,
    artifact_root: str,
    accept: Callable[[str], str],
    replica_uri: str | None = None,
    caller: Caller = NOBODY,
) -> SqlStore:
    """The database of a folder or database URI, made if it is not there; a replica answers reads."""
    from flowmill.store.sql.engine import SqlStore
    from flowmill.store.sql.places import Places

    if replica_uri and not (is_postgres(uri) and is_postgres(replica_uri)):
        raise Invalid(
            f"A read replica belongs to PostgreSQL: {describe(replica_uri)!r} and {describe(uri)!r} must both be "
            "postgresql://… addresses."
        )
    replica = open_database(replica_uri) if replica_uri else None
    return SqlStore(open_database(uri), Places(artifact_root, accept), replica=replica, caller=caller)


def open_database(uri: str) -> Database:
    """The database of a folder or database URI as it is: a file is made if it is not there, no table is."""
    if is_postgres(uri):
        from flowmill.store.sql.postgres import PostgresDatabase

        database = PostgresDatabase(uri)
        if database.has_table("alembic_version", "latest_metrics") and not database.has_table("schema_steps"):
            database.close()
            raise _foreign(f"The database {describe(uri)}", describe(uri), "postgresql://…/another")
        return database
    from flowmill.store.sql.sqlite import SqliteDatabase

    path = database_path(uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Invalid(f"Cannot use {path.parent} as a folder: a file is in the way; name another folder.") from None
    except OSError as error:
        raise Unavailable(
            f"Cannot make the folder {path.parent}: {error.strerror or error}. "
            "Choose another folder with set_tracking_uri() or change its permissions."
        ) from None
    _refuse_foreign(path)
    return SqliteDatabase(path)


def is_postgres(uri: str) -> bool:
    """Whether a URI names a PostgreSQL database."""
    return scheme_of(uri) in ("postgresql", "postgres")


def artifacts_beside(uri: str) -> str:
    """The folder that holds the artifacts of a folder or database, unless another is chosen."""
    if is_postgres(uri):
        return str(Path("mlartifacts").absolute())
    path = database_path(uri)
    if scheme_of(uri) == "sqlite":
        return str(path.with_name("mlartifacts"))
    return str(path.with_name(ARTIFACTS_NAME))


def holds_mlflow_files(folder: Path) -> bool:
    """Whether a folder holds experiments as MLflow's file store writes them."""
    return any(next(folder.glob(pattern), None) for pattern in ("*/meta.yaml", ".trash/*/meta.yaml"))


def import_command(source: str, target: str) -> str:
    """The command that brings a store of MLflow's into one of ours, to be shown."""
    import shlex

    return f"`flowmill import {shlex.quote(source)} --to {shlex.quote(target)}`"


def describe(uri: str) -> str:
    """The URI as it may be shown: without a password."""
    if "://" not in uri or "@" not in uri:
        return uri
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{host}"))


def scheme_of(uri: str) -> str:
    """The scheme in lower case, without a driver (``postgresql+psycopg2``); empty for a path."""
    scheme, colon, _ = uri.partition(":")
    if not colon or len(scheme) < 2 or not scheme.isascii() or "/" in scheme or "\\" in scheme:
        return ""
    return scheme.partition("+")[0].lower()


def database_path(uri: str) -> Path:
    """The file of a folder, ``file:`` or ``sqlite:`` URI."""
    scheme = scheme_of(uri)
    if scheme == "":
        if not uri:
            raise Invalid(f"The tracking URI is empty: expected {_KNOWN}.")
        return Path(uri).expanduser().absolute() / DATABASE_NAME
    if scheme == "file":
        parts = urlsplit(uri)
        if parts.netloc not in ("", "localhost"):
            raise Invalid(f"The tracking URI {uri!r} names the host {parts.netloc!r}: write file:///folder.")
        return Path(unquote(parts.path)).absolute() / DATABASE_NAME
    if scheme == "sqlite":
        # sqlite:///relative.db and sqlite:////absolute.db, as SQLAlchemy writes them
        path = uri.partition(":")[2]
        if not path.startswith("///") or len(path) == 3:
            raise Invalid(f"The tracking URI {uri!r} names no file: write sqlite:///name.db.")
        return Path(unquote(path[3:])).absolute()
    raise Invalid(f"Cannot open {describe(uri)!r}: expected {_KNOWN}.")


def _say_what_is_not_shown(path: Path) -> None:
    """A folder of MLflow's files gets a database of ours beside them: say so to whoever does that first."""
    folder = path.parent
    if not path.exists() and holds_mlflow_files(folder):
        import logging  # costs milliseconds, and most processes have nothing to say

        logging.getLogger("flowmill").warning(
            f"{folder} {HOLDS_FILES}: {import_command(str(folder), str(folder))} brings them."
        )


def _refuse_foreign(path: Path) -> None:
    """Say so when a database is MLflow's, instead of adding our tables to it."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    import sqlite3

    from flowmill.store.sql.sqlite import turn_at

    try:
        # In the queue of those who write to it, if it is ours: SQLite's own waiting has an end. And by SQLite alone:
        # closing the file would give up the locks that this process may have on it.
        with turn_at(path), contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.Error, OSError) as error:
        if "not a database" in str(error):
            raise Invalid(f"{path} is not a SQLite database; choose another file.") from None
        raise Unavailable(
            f"Cannot open {path}: {error}. Check that you may read and write the file and its folder."
        ) from None
    if "alembic_version" in tables and "schema_steps" not in tables:
        raise _foreign(str(path), f"sqlite:///{path}", DEFAULT_FOLDER)


def _foreign(what: str, source: str, target: str) -> Invalid:
    return Invalid(
        f"{what} is a database of MLflow, which Flowmill does not write to: "
        f"{import_command(source, target)} brings all that it holds, then use {target}."
    )


def _accept_anywhere(location: str) -> str:
    """In the folder of one person any place that can be opened may hold artifacts."""
    from flowmill.artifacts import open_artifacts

    if scheme_of(location) == "":
        return Path(location).expanduser().absolute().as_uri()
    open_artifacts(location)
    return location
