"""What the server says when it starts, and what it refuses to start on."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmill.errors import Invalid
from flowmill.server.run import ServerSettings, make_app, notices
from flowmill.testing.memory import memory_store
from flowmill.transfer.files import FileSource
from flowmill.transfer.importer import Importer
from flowmill.transfer.report import Report
from flowmill.transfer.sender import Target


def test_nothing_needs_to_be_said_of_an_ordinary_start(tmp_path: Path) -> None:
    assert notices(ServerSettings(store=str(tmp_path)), memory_store()) == []


def test_a_server_for_everybody_says_so() -> None:
    (notice,) = notices(ServerSettings(host="0.0.0.0"), memory_store())
    assert "no accounts" in notice


def test_runs_of_mlflows_file_store_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    run = tmp_path / "0" / ("a" * 32)
    run.mkdir(parents=True)
    (tmp_path / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default")
    (run / "meta.yaml").write_text(f"run_id: {run.name}\nstatus: 3\nstart_time: 1\nuser_id: ada")
    store = memory_store()
    (notice,) = notices(ServerSettings(store=str(tmp_path)), store)
    assert f"MLflow's file store, which are not shown: `flowmill import {tmp_path} --to {tmp_path}`" in notice
    Importer(FileSource(tmp_path), Target(store, str(tmp_path), "here"), Report("", "")).run()
    assert notices(ServerSettings(store=str(tmp_path)), store) == []


def test_passwords_are_not_repeated_in_errors() -> None:
    with pytest.raises(Invalid) as refused:
        make_app(ServerSettings(store="mysql://user:secret@host/name"))
    assert "secret" not in refused.value.message and "mysql://user@host/name" in refused.value.message
    with pytest.raises(Invalid, match="cannot serve another server"):
        make_app(ServerSettings(store="http://127.0.0.1:5000"))
