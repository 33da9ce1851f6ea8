"""What a person reads when something is wrong: one sentence that says what to do, and no traceback of ours.

From Python the sentence is the message of the exception; from the command line it is all that is printed.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.peer.server import free_port
from tests.story.story import ADDRESS_LINE, SAY, Place, run_command, run_python, snippet, user_settings

COMMANDS = Path(sys.executable).parent
REFUSED = """
from mlflow.exceptions import MlflowException
def refused(call):
    try:
        call()
    except MlflowException as error:
        return [error.error_code, str(error)]
    return ["none", ""]
"""


def one_sentence(message: str) -> str:
    """`message`, after a look at its form."""
    assert message.strip(), "an error without words"
    assert "\n" not in message.strip(), message
    assert "Traceback" not in message
    assert len(message) <= 400, message
    assert message.rstrip().endswith((".", "?", ")")), message
    return message


def refusal(place: Place, call: str, *before: str) -> tuple[str, str]:
    """The error code and message of a call that must fail."""
    code, message = place.run(*before, SAY, REFUSED, f"say(refused(lambda: {call}))")
    return code, one_sentence(message)


def test_unknown_experiment(place: Place) -> None:
    code, message = refusal(place, "mlflow.get_experiment('987654')")
    assert code == "RESOURCE_DOES_NOT_EXIST"
    assert "987654" in message


def test_unknown_run(place: Place) -> None:
    code, message = refusal(place, "mlflow.get_run('0' * 32)")
    assert code == "RESOURCE_DOES_NOT_EXIST"
    assert "0" * 32 in message


def test_a_second_value_for_a_parameter(place: Place) -> None:
    code, message = refusal(
        place, "mlflow.log_param('solver', 'sag')", "mlflow.start_run()", "mlflow.log_param('solver', 'lbfgs')"
    )
    assert code == "INVALID_PARAMETER_VALUE"
    assert "solver" in message
    assert "lbfgs" in message
    assert "sag" in message


@pytest.mark.parametrize("value", ["'high'", "None", "[1, 2]"])
def test_a_metric_that_is_no_number(place: Place, value: str) -> None:
    code, message = refusal(place, f"mlflow.log_metric('accuracy', {value})", "mlflow.start_run()")
    assert code == "INVALID_PARAMETER_VALUE"
    assert "accuracy" in message
    assert "number" in message


def test_unknown_model_version_and_alias(told: Place) -> None:
    code, message = refusal(told, "mlflow.sklearn.load_model('models:/tracking-quickstar/1')")
    assert code == "RESOURCE_DOES_NOT_EXIST"
    assert "tracking-quickstar" in message

    code, message = refusal(told, "mlflow.sklearn.load_model('models:/tracking-quickstart/77')")
    assert code == "RESOURCE_DOES_NOT_EXIST"
    assert "77" in message
    assert "tracking-quickstart" in message

    code, message = refusal(told, "mlflow.sklearn.load_model('models:/tracking-quickstart@nobody')")
    assert code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
    assert "nobody" in message


def test_a_model_that_is_not_in_the_run(told: Place) -> None:
    run_id = told.runs[0]["run_id"]
    code, message = refusal(told, f"mlflow.pyfunc.load_model('runs:/{run_id}/another_model')")
    assert code == "RESOURCE_DOES_NOT_EXIST"
    assert "another_model" in message


BROKEN = {
    "empty": "",
    "no YAML": "flavors: [unclosed",
    "no flavors": "artifact_path: model\n",
    "a tag of Python": "flavors: !!python/object/apply:os.system ['touch broken-in']\n",
    "a path outside": "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: ../../secret\n"
    "  sklearn:\n    pickled_model: ../../secret\n    serialization_format: skops\n",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in BROKEN.items()])
def test_a_broken_mlmodel(tmp_path: Path, text: str) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "MLmodel").write_text(text, encoding="utf-8")
    place = Place("a folder", tmp_path, "")
    for load in ("mlflow.pyfunc.load_model('model')", "mlflow.sklearn.load_model('model')"):
        _, message = refusal(place, load)
        assert "MLmodel" in message or "secret" in message
    assert not (tmp_path / "broken-in").exists()


def test_a_folder_without_mlmodel(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    _, message = refusal(Place("a folder", tmp_path, ""), "mlflow.pyfunc.load_model('model')")
    assert "MLmodel" in message


def test_the_server_is_away(tmp_path: Path) -> None:
    """Nobody listens: the message names the address and the command that starts a server, soon."""
    address = f"http://127.0.0.1:{free_port()}"
    place = Place("away", tmp_path, f'mlflow.set_tracking_uri("{address}")\n')
    settings = "import os\nos.environ |= {'MLFLOW_HTTP_REQUEST_MAX_RETRIES': '1', 'FLOWMILL_MODE': 'online'}\n"
    code, message = refusal(place, "mlflow.set_experiment('x')", settings)
    assert code == "TEMPORARILY_UNAVAILABLE"
    assert address in message
    assert "set_tracking_uri" in message


def test_something_else_answers(tmp_path: Path) -> None:
    """A port where another program listens that speaks no HTTP."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = (
            "import os\nos.environ['MLFLOW_HTTP_REQUEST_TIMEOUT'] = '1'\n"
            "os.environ |= {'MLFLOW_HTTP_REQUEST_MAX_RETRIES': '0', 'FLOWMILL_MODE': 'online'}\n"
        )
        place = Place("silent", tmp_path, f'mlflow.set_tracking_uri("{address}")\n')
        _, message = refusal(place, "mlflow.set_experiment('x')", settings)
    assert address in message


DROP_CAPABILITIES = """
import ctypes
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
class Sets(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]
assert ctypes.CDLL(None).capset(ctypes.byref(Header(0x20080522, 0)), (Sets * 2)()) == 0
"""
"""Root may write everywhere because of a capability; without it, root is a user like others."""


def without_rights(code: str, folder: Path) -> Any:
    """What code says when its process may only read `folder`."""
    folder.chmod(0o555)
    preface = DROP_CAPABILITIES if os.getuid() == 0 else ""
    try:
        printed = run_python("-c", f"import mlflow\n{preface}{SAY}{REFUSED}{code}", folder=folder)
    finally:
        folder.chmod(0o755)
    return json.loads(printed.strip().rsplit("\n", 1)[-1])


@pytest.mark.parametrize("tracking", ["", "mlflow.set_tracking_uri('./mine')\n"], ids=["mlruns", "a folder"])
def test_a_folder_without_write_permission(tmp_path: Path, tracking: str) -> None:
    _, message = without_rights(f"{tracking}say(refused(lambda: mlflow.set_experiment('x')))", tmp_path)
    one_sentence(message)
    assert str(tmp_path) in message
    assert re.search(r"permission|writ", message)


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "mlruns").write_text("not a folder")
    _, message = refusal(Place("a file", tmp_path, ""), "mlflow.set_experiment('x')")
    assert "mlruns" in message


def test_a_tracking_uri_that_means_nothing(tmp_path: Path) -> None:
    place = Place("nonsense", tmp_path, 'mlflow.set_tracking_uri("gopher://example.org")\n')
    _, message = refusal(place, "mlflow.set_experiment('x')")
    assert "gopher" in message


def command(*arguments: str, folder: Path, settings: dict[str, str] | None = None) -> str:
    """What a command that must fail prints."""
    done: subprocess.CompletedProcess[str] = run_command(
        str(COMMANDS / "flowmill"), *arguments, folder=folder, settings=settings or user_settings(), seconds=60
    )
    said = (done.stdout + done.stderr).strip()
    assert done.returncode != 0, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    "arguments",
    [
        ["ui", "--backend-store-uri", "gopher://example.org"],
        ["server", "--backend-store-uri", "./in-the-way"],
        ["ui", "--port", "none"],
        ["fly"],
        ["run", "nowhere.py"],
    ],
    ids=" ".join,
)
def test_commands_say_what_is_wrong(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file")
    said = command(*arguments, folder=tmp_path)
    assert Path(arguments[-1]).name in said
    assert len(said.splitlines()) <= 4, said


def test_a_script_that_raises_shows_its_own_traceback_alone(tmp_path: Path) -> None:
    """`flowmill run` is not in the user's way: the last frame is the user's line."""
    (tmp_path / "script.py").write_text("import mlflow\nraise ValueError('mine')\n")
    done = run_command(sys.executable, "-m", "flowmill", "run", "script.py", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("ValueError: mine")
    assert "flowmill/" not in done.stderr


def test_errors_of_the_story_leave_a_failed_run(tmp_path: Path) -> None:
    """A wrong line in the middle of the story: the run says FAILED, and what was logged before is there."""
    story = snippet("data") + snippet("log").replace(ADDRESS_LINE, "")
    broken = story.replace('mlflow.log_metric("accuracy", accuracy)', 'mlflow.log_metric("accuracy", "high")')
    assert broken != story
    done = run_command(sys.executable, "-c", broken, folder=tmp_path)
    assert done.returncode == 1
    status, params = Place("here", tmp_path, "").run(
        SAY,
        "runs = mlflow.search_runs(search_all_experiments=True, output_format='list')\n"
        "say([runs[0].info.status, runs[0].data.params['solver']])",
    )
    assert (status, params) == ("FAILED", "lbfgs")
