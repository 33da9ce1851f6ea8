"""``doctor``: what is installed, where runs go, what is wrong and what is exposed."""

from __future__ import annotations

import re
from pathlib import Path

from flowmill.attacks import ATTACKS
from flowmill.client import Client
from tests.cli.conftest import Shell
from tests.peer.peer import Peer
from tests.peer.server import mlflow_server
from tests.security.old_server import OldServer


def test_a_folder(shell: Shell) -> None:
    assert "nothing yet" in shell.text("doctor")
    assert not list(shell.folder.iterdir())  # looking makes nothing
    Client(str(shell.folder / "mlruns")).create_run("0")
    report = shell.json("doctor", "--json")
    assert report["store"]["kind"] == "sqlite" and report["store"]["counts"]["runs"] == 1
    assert report["store"]["problems"] == report["exposed"] == []
    assert report["libraries"]["click"] and report["tracking_uri_chosen"] is False
    text = shell.text("doctor")
    assert "schema step" in text and re.search(r"^Tracking +file://.*mlruns \(the default\)$", text, re.MULTILINE)


def test_what_is_exposed_and_how_to_close_it(shell: Shell) -> None:
    Client(str(shell.folder / "mlruns")).create_run("0")
    (shell.folder / "mlruns").chmod(0o777)
    shell.settings |= {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true", "MLFLOW_TRACKING_TOKEN": "sesame"}
    text = shell.text("doctor")
    assert "chmod o-w" in text and "unset MLFLOW_ALLOW_PICKLE_DESERIALIZATION" in text
    assert "sesame" not in text and "MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true" in text
    masked = shell.text("doctor", "--mask-envs")
    assert "MLFLOW_ALLOW_PICKLE_DESERIALIZATION=***" in masked


def test_servers(server: str, peer: Peer, tmp_path: Path) -> None:
    ours = Shell(tmp_path, MLFLOW_TRACKING_URI=server).json("doctor", "--json")
    assert ours["store"]["kind"] == "flowmill" and "over sqlite" in ours["store"]["summary"]
    folder = tmp_path / "mlflow"
    folder.mkdir()
    with mlflow_server(peer.python, folder) as address:
        theirs = Shell(tmp_path, MLFLOW_TRACKING_URI=address).json("doctor", "--json")
    assert theirs["store"] == {"kind": "mlflow", "summary": "MLflow 3.17.2", "problems": []}


def test_what_does_not_work_is_said_and_gives_exit_code_1(tmp_path: Path, postgres_uri: str) -> None:
    away = Shell(tmp_path, MLFLOW_TRACKING_URI="http://127.0.0.1:9", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").run("doctor")
    assert away.returncode == 1 and "Wrong        The server at http://127.0.0.1:9 does not answer" in away.stdout
    with_password = "http://ada:secret@127.0.0.1:9"
    login = Shell(tmp_path, MLFLOW_TRACKING_URI=with_password, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0").run("doctor")
    assert "secret" not in login.stdout + login.stderr and "holds a password" in login.stdout
    empty = Shell(tmp_path, MLFLOW_TRACKING_URI=postgres_uri).json("doctor", "--json")
    assert (empty["store"]["kind"], empty["store"]["steps"]) == ("postgresql", 0)


def test_attacks_on_a_server_of_ones_own(shell: Shell, server: str) -> None:
    report = shell.json("doctor", "--attack", server, "--json")
    assert report["broken"] == 0 and len(report["attacks"]) == len(ATTACKS)
    text = shell.text("doctor", "--attack", server)
    assert f"{len(ATTACKS)} of {len(ATTACKS)} attacks were held off" in text and "held    WB-12  DNS rebinding" in text
    with OldServer() as address:
        fallen = shell.run("doctor", "--attack", address)
    assert fallen.returncode == 1 and "broken  WB-15  clickjacking" in fallen.stdout
    away = shell.run("doctor", "--attack", "http://127.0.0.1:9")
    assert away.returncode == 1 and "does not answer" in away.stderr
