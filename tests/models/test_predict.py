"""`flowmill.models.predict`: a model asked in its own environment."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.errors import FlowmillError, Invalid
from flowmill.models import environment, infer_signature, predict, uv
from flowmill.models.compiled import take_over
from flowmill.models.formats import read_csv, read_json, write_answer
from flowmill.models.infer import infer_schema
from flowmill.models.own_wheel import own_wheel


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of environments of this file's own."""
    folder = tmp_path_factory.getbasetemp() / "own-cache"
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def model(tmp_path: Path, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray]) -> str:
    measures, kinds = iris
    flowmill.sklearn.save_model(
        classifier, tmp_path / "model", signature=infer_signature(measures, kinds), input_example=measures
    )
    return str(tmp_path / "model")


def test_a_fresh_environment_from_the_models_requirements_alone(
    model: str, cache: Path, iris: tuple[np.ndarray, np.ndarray], capfd: pytest.CaptureFixture[str]
) -> None:
    measures, kinds = iris
    for said in ("Building the model's environment (", ""):
        predict(model_uri=model, input_data=measures[:100:49], env_manager="uv")
        out, err = capfd.readouterr()
        assert json.loads(out) == {"predictions": kinds[:100:49].tolist()}
        assert said in err
        assert bool(said) == ("Building" in err)
    (python,) = (cache / "environments").glob("*/bin/python")
    listed = subprocess.run(
        [python, "-c", "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"mlflow", "psycopg", "pcodec", "uv"} & set(listed)
    assert {"flowmill", "scikit-learn", "skops"} <= set(listed)


def test_an_environment_is_found_again_without_a_tool(model: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.build(Path(model))

    def no_uv() -> str:
        raise AssertionError("the environment is there already")

    monkeypatch.setattr(uv, "find_uv", no_uv)
    started = time.perf_counter()
    environment.build(Path(model))
    assert time.perf_counter() - started < 0.5


def test_two_that_build_at_once_build_one(model: str, cache: Path, tmp_path: Path) -> None:
    requirements = Path(model) / "requirements.txt"
    requirements.write_text("mlflow==3.17.2\nmsgspec")
    command = [sys.executable, "-c", f"from flowmill.models.environment import *; print(build(Path({model!r})))"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate() for process in both]
    assert answers[0][0] == answers[1][0] != ""
    assert sum("Building" in err for _, err in answers) == 1
    assert not list((cache / "environments").glob("*.tmp"))


def test_a_failed_build_leaves_nothing_and_says_why(model: str, cache: Path) -> None:
    before = set((cache / "environments").glob("*/"))
    with pytest.raises(FlowmillError, match=r"cannot be resolved: .*no-such-distribution-of-flowmill==1 and"):
        predict(model, [[1.0] * 4], env_manager="uv", pip_requirements_override=["no-such-distribution-of-flowmill==1"])
    assert set((cache / "environments").glob("*/")) == before


def test_the_answer_goes_to_a_file(model: str, tmp_path: Path, iris: tuple[np.ndarray, np.ndarray]) -> None:
    (tmp_path / "in.json").write_text(json.dumps({"inputs": iris[0][:2].tolist()}))
    predict(model, input_path=tmp_path / "in.json", output_path=tmp_path / "out.json", env_manager="local")
    assert json.loads((tmp_path / "out.json").read_text()) == {"predictions": [0, 0]}


def test_csv_and_extra_variables(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def ask(model_input: Any) -> Any:
        import os

        return [os.environ["WORD"], int(model_input["a"].sum())]

    flowmill.pyfunc.save_model(
        tmp_path / "m", python_model=ask, signature=infer_signature(pd.DataFrame({"a": [1], "b": ["x"]}), ["x"])
    )
    predict(
        str(tmp_path / "m"),
        input_data=pd.DataFrame({"a": [1, 2], "b": ["007", "8"]}),
        content_type="csv",
        env_manager="local",
        extra_envs={"WORD": "hello"},
    )
    assert json.loads(capfd.readouterr().out) == {"predictions": ["hello", 3]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_data": 1, "input_path": "x"}, "are both given"),
        ({"input_data": 1, "content_type": "xml"}, "content_type is 'xml': expected json or csv"),
        (
            {"input_data": 1, "env_manager": "poetry"},
            "env_manager is 'poetry': expected uv, virtualenv, conda or local",
        ),
        ({"input_path": "missing.json", "env_manager": "local"}, "'missing.json' cannot be read"),
        ({"input_data": [[1.0, 2.0]], "env_manager": "local"}, r"found shape \(1, 2\)"),
        ({"input_data": '{"inputs": [["a"]]}', "env_manager": "local"}, "does not fit the model's signature"),
    ],
)
def test_what_cannot_be_asked_is_refused(model: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(FlowmillError, match=message) as caught:
        predict(model, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "-e .",
        "-r ../../etc/passwd",
        "-c ../../etc/passwd",
        "name @ file:///tmp/name.whl",
        "./name.whl",
        "; touch pwned",
        "$(touch pwned)",
        "--extra-index-url=https://example.org",
    ],
)
def test_requirements_are_data(model: str, line: str) -> None:
    (Path(model) / "requirements.txt").write_text(f"numpy\n{line}\n")
    with pytest.raises(Invalid):
        environment.build(Path(model))
    assert not Path("pwned").exists()


def test_environments_that_nobody_uses_go(model: str, cache: Path) -> None:
    old = cache / "environments" / "old"
    old.mkdir(parents=True)
    (old / environment.READY).touch()
    os.utime(old / environment.READY, (0, 0))
    (Path(model) / "requirements.txt").write_text("msgspec>=0.1\n")
    environment.build(Path(model))
    assert not old.exists()


def test_the_python_of_the_model(model: str, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(model) / "python_env.yaml"
    (Path(model) / "requirements.txt").write_text("msgspec\n")
    file.write_text("python: 3.8.1\n")
    assert environment.build(Path(model)).exists()
    assert "The model was made with Python 3.8.1" in capsys.readouterr().err
    file.write_text("python: ../../evil\n")
    with pytest.raises(Invalid, match="asks for Python"):
        environment.build(Path(model))


def test_plain_requirements_pass() -> None:
    for line in (
        "numpy==2.0",
        "a[b]>=1,<2; python_version > '3'",
        "x @ git+https://example.org/x",
        "n==1 --hash=sha256:00",
    ):
        assert environment.plain_requirement(line) == line


def test_pips_settings_hold_for_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "PIP_CONFIG_FILE",
        "UV_INDEX",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_URL",
        "UV_EXTRA_INDEX_URL",
        "UV_INDEX_STRATEGY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
    file = tmp_path / "config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nextra-index-url = https://a.example https://b.example\n")
    settings = uv.index_settings()
    assert settings["UV_DEFAULT_INDEX"] == "https://example.org/simple"
    assert settings["UV_INDEX"] == "https://a.example https://b.example"
    assert settings["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example")
    assert "UV_DEFAULT_INDEX" not in uv.index_settings()


def test_our_own_wheel(tmp_path: Path) -> None:
    started = time.perf_counter()
    wheel = own_wheel(tmp_path)
    wheel.write()
    assert time.perf_counter() - started < 1
    assert own_wheel(tmp_path).path == wheel.path
    names = zipfile.ZipFile(wheel.path).namelist()
    assert "flowmill/models/score_once.py" in names
    assert "flowmill/py.typed" in names
    assert not [name for name in names if "/page/" in name or "__pycache__" in name]
    metadata = next(name for name in names if name.endswith("METADATA"))
    requires = zipfile.ZipFile(wheel.path).read(metadata).decode()
    assert "Requires-Dist: numpy>=" in requires and "Requires-Dist: uvicorn>=" in requires
    assert "psycopg" not in requires and "skops" not in requires


def test_formats_there_and_back() -> None:
    frame = pd.DataFrame(
        {"n": pd.array([1, None], dtype="Int64"), "s": ["x", "y"], "t": pd.to_datetime(["2020-01-01", "2021-01-01"])}
    )
    schema = infer_schema(frame)
    example = flowmill.models.convert_input_example_to_serving_input(frame)
    assert example is not None
    back, params = read_json(example, schema)
    pd.testing.assert_frame_equal(back, frame, check_dtype=False)
    assert params is None
    records, _ = read_json('{"dataframe_records": [{"n": 1, "s": "x", "t": "2020-01-01"}]}', schema)
    assert str(records["t"].dtype).startswith("datetime64")
    csv = read_csv(io.BytesIO(frame.to_csv(index=False).encode()).getvalue(), schema)
    assert csv["n"].tolist()[0] == 1
    tensor, params = read_json('{"instances": [[1, 2]], "params": {"k": 1}}', infer_schema(np.zeros((1, 2))))
    assert tensor.dtype == np.float64
    assert params == {"k": 1}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (np.eye(2), '{"predictions": [[1.0, 0.0], [0.0, 1.0]]}'),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), '{"predictions": [{"a": 1, "b": "x"}, {"a": 2, "b": NaN}]}'),
        (pd.Series([1.5, np.nan]), '{"predictions": [{"0": 1.5}, {"0": NaN}]}'),
        ({"a": np.arange(2)}, '{"predictions": {"a": [0, 1]}}'),
        ((1, "a"), '{"predictions": [1, "a"]}'),
        (np.float32(1.5), '{"predictions": 1.5}'),
        (np.array([np.nan, np.inf]), '{"predictions": [NaN, Infinity]}'),
        (None, '{"predictions": null}'),
    ],
)
def test_answers_are_written_as_mlflow_writes_them(answer: object, text: str) -> None:
    assert write_answer(answer) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"inputs": 1, "instances": 2}',
        '{"dataframe_split": 5}',
        '{"inputs": 1, "params": 2}',
        "[" * 100_000,
    ],
)
def test_broken_requests_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_json(text, None)


def test_without_uv_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(FlowmillError, match="run pip install uv"):
        uv.find_uv()


def test_its_name_stays_a_function_when_its_neighbours_are_used() -> None:
    code = "import flowmill; flowmill.models.validate_serving_input; assert callable(flowmill.models.predict)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_compiled_here_serves_a_new_environment_where_the_source_is_the_same(tmp_path: Path) -> None:
    import click.core
    import click.types

    copies: dict[str, Path] = {}
    for module in (click.core, click.types):
        py_compile.compile(str(module.__file__))
        folder = Path(sysconfig.get_path("purelib", "venv", {"base": str(tmp_path)})) / "click"
        folder.mkdir(parents=True, exist_ok=True)
        copies[module.__name__] = Path(shutil.copyfile(str(module.__file__), folder / Path(str(module.__file__)).name))
    with copies["click.types"].open("a") as file:
        file.write("\nOTHER = 1\n")

    assert take_over(tmp_path) == 1

    taken = Path(importlib.util.cache_from_source(str(copies["click.core"])))
    assert not Path(importlib.util.cache_from_source(str(copies["click.types"]))).exists()
    code = f"import importlib.machinery as m; m.SourceFileLoader('x', {str(copies['click.core'])!r}).load_module()"
    said = subprocess.run([sys.executable, "-v", "-c", code], capture_output=True, text=True, check=False).stderr
    assert f"matches {copies['click.core']}" in said and str(taken) in said


def test_the_process_that_predicts_ends_as_python_does(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    left = tmp_path / "left open.txt"

    def ask(model_input: Any) -> Any:
        import atexit
        import threading
        import time

        ask.file = left.open("w")  # type: ignore[attr-defined]
        ask.file.write("written")  # type: ignore[attr-defined]
        atexit.register(print, "said at the end", end="")
        threading.Thread(target=lambda: (time.sleep(0.2), print("done in a thread"))).start()
        return [1]

    flowmill.pyfunc.save_model(tmp_path / "m", python_model=ask)
    predict(str(tmp_path / "m"), input_data=["x"], env_manager="local", output_path=tmp_path / "answer.json")
    assert capfd.readouterr().out == "done in a thread\nsaid at the end"
    assert left.read_text() == "written"
