"""What the server says when it starts, and what it refuses to start on."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmill.errors import Invalid
from flowmill.server.run import ServerSettings, make_app, notices


def test_nothing_needs_to_be_said_of_an_ordinary_start(tmp_path: Path) -> None:
    assert notices(ServerSettings(store=str(tmp_path))) == []


def test_a_server_for_everybody_says_so() -> None:
    (notice,) = notices(ServerSettings(host="0.0.0.0"))
    assert "no accounts" in notice


def test_runs_of_mlflows_file_store_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "meta.yaml").write_text("name: Default")
    (notice,) = notices(ServerSettings(store=str(tmp_path)))
    assert "MLflow's file store" in notice


def test_passwords_are_not_repeated_in_errors() -> None:
    with pytest.raises(Invalid) as refused:
        make_app(ServerSettings(store="mysql://user:secret@host/name"))
    assert "secret" not in refused.value.message and "mysql://user@host/name" in refused.value.message
    with pytest.raises(Invalid, match="cannot serve another server"):
        make_app(ServerSettings(store="http://127.0.0.1:5000"))
