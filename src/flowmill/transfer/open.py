"""From a URI to what can be read or written there: the only place that tells kinds of stores apart."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flowmill.errors import Invalid, NotFound
from flowmill.settings import Settings
from flowmill.store.base import Store
from flowmill.store.open import DATABASE_NAME, describe, open_store, scheme_of
from flowmill.transfer.database import DatabaseSource, PostgresReading, SqliteReading, is_mlflow_schema, sqlite_path
from flowmill.transfer.files import FileSource, is_file_store
from flowmill.transfer.sender import Target
from flowmill.transfer.source import Source
from flowmill.transfer.stores import StoreSource
from flowmill.wire.server import GetServerInfo


def open_source(uri: str, *, moved: tuple[str, ...] = (), prefer_flowmill: bool = False) -> Source:
    """The reader of a store. A folder may hold both MLflow's files and Flowmill's database: ``prefer_flowmill``
    says which one is meant. ``moved``: the values of ``--artifacts-from``.
    """
    scheme = scheme_of(uri)
    if scheme in ("http", "https"):
        store = open_store(uri)
        flowmill = is_flowmill(store)
        kind = "the Flowmill server" if flowmill else "the MLflow server"
        return StoreSource(store, uri, f"{kind} {_shown(uri)}", flowmill=flowmill, moved=moved)
    if scheme in ("postgresql", "postgres"):
        reading = PostgresReading(uri)
        if is_mlflow_schema(reading.columns()):
            return DatabaseSource(reading, f"MLflow's database {describe(uri)}", moved=moved)
        has_flowmill = "schema_steps" in reading.columns()
        reading.close()
        if not has_flowmill:
            raise Invalid(f"The database {describe(uri)} holds no runs of MLflow or Flowmill; check its name.")
        return StoreSource(open_store(uri), uri, f"Flowmill's database {describe(uri)}", flowmill=True, moved=moved)
    if scheme not in ("", "file", "sqlite"):
        raise Invalid(
            f"Cannot read {describe(uri)!r}: expected a folder, sqlite:, postgresql: or the http: address of a "
            "server. For another database, start `mlflow server` on it and give its address."
        )
    path = sqlite_path(uri) if scheme != "file" else Path(unquote(urlsplit(uri).path))
    if scheme == "sqlite" or path.is_file():
        return _open_file(uri, path, moved)
    return _open_folder(path, moved, prefer_flowmill)


def open_target(uri: str, *, or_mlflow: bool = False) -> Target:
    """The Flowmill store at a URI, to write to; ``or_mlflow``: a server of MLflow's will do."""
    store = open_store(uri)
    remote = scheme_of(uri) in ("http", "https")
    flowmill = not remote or is_flowmill(store)
    if not flowmill and not or_mlflow:
        store.close()
        raise Invalid(f"{_shown(uri)} is not a Flowmill server, so nothing can be imported into it; use flowmill copy.")
    headers = Settings.from_environment().http_credentials(uri) if remote else None
    return Target(store, uri, _shown(uri), headers, flowmill)


def is_flowmill(store: Store) -> bool:
    """Whether a store is Flowmill's: MLflow's server has no ``flowmill/1/server``."""
    try:
        store.send(GetServerInfo())
    except NotFound:
        return False
    except Invalid:  # a page of HTML: something answers every path
        return False
    return True


def _open_file(uri: str, path: Path, moved: tuple[str, ...]) -> Source:
    if not path.is_file():
        raise NotFound(f"There is no database {path}; check the path (sqlite:///relative.db, sqlite:////absolute.db).")
    reading = SqliteReading(path)
    try:
        columns = reading.columns()
    except sqlite3.Error as error:
        raise Invalid(f"{path} is no SQLite database ({error}).") from None
    if is_mlflow_schema(columns):
        return DatabaseSource(reading, f"MLflow's database {path}", beside=(path.absolute().parent,), moved=moved)
    reading.close()
    if "schema_steps" in columns:
        own = uri if scheme_of(uri) == "sqlite" else f"sqlite:///{path.absolute()}"
        return StoreSource(open_store(own), own, f"Flowmill's database {path}", flowmill=True, moved=moved)
    raise Invalid(f"{path} holds no runs of MLflow or Flowmill.")


def _open_folder(path: Path, moved: tuple[str, ...], prefer_flowmill: bool) -> Source:
    if not path.is_dir():
        raise NotFound(f"There is no folder {path}; give an MLflow folder, database or server to read from.")
    has_database = (path / DATABASE_NAME).is_file()
    if is_file_store(path) and not (prefer_flowmill and has_database):
        return FileSource(path, moved)
    if has_database:
        return StoreSource(open_store(str(path)), str(path), f"Flowmill's folder {path}", flowmill=True, moved=moved)
    for name in ("mlruns", "mlflow.db"):
        if (path / name).exists():
            shown = str(path / name) if name == "mlruns" else f"sqlite:///{path / name}"
            raise NotFound(f"{path} itself holds no runs, but {name} in it may: give {shown!r}.")
    raise NotFound(f"The folder {path} holds no runs of MLflow or Flowmill.")


def _shown(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return describe(uri)
