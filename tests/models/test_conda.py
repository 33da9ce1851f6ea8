"""Environments by conda. Its channels are not for tests, so a program in its place makes what it would: a Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flowmill
from flowmill.errors import Invalid, Unavailable
from flowmill.models import environment, lock_requirements, predict
from flowmill.models.yaml_files import read_yaml, write_yaml

STAND_IN = """#!{python}
import json, os, pathlib, subprocess, sys
words = sys.argv[1:]
prefix, file = words[words.index("--prefix") + 1], words[words.index("--file") + 1]
asked = {{"words": words, "file": pathlib.Path(file).read_text(), "yes": os.environ["CONDA_ALWAYS_YES"]}}
with open({asked!r}, "a") as out:
    out.write(json.dumps(asked) + "\\n")
if "impossible" in asked["file"]:
    pathlib.Path(prefix).mkdir()
    sys.exit("PackagesNotFoundError: impossible\\n")
subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, prefix], check=True)
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A line for each time that conda is asked."""
    for name in ("MLFLOW_CONDA_HOME", "MAMBA_EXE", "CONDA_EXE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(tmp_path / "cache"))
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("micromamba", "conda"):
        (programs / name).write_text(STAND_IN.format(python=sys.executable, asked=str(tmp_path / "asked")))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin")
    return tmp_path / "asked"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    flowmill.pyfunc.save_model(
        tmp_path / "model", python_model=len, pip_requirements=["cloudpickle"], input_example=[1, 2]
    )
    return tmp_path / "model"


def change(model: Path, **content: object) -> None:
    """Other contents of conda.yaml."""
    file = model / "conda.yaml"
    file.write_text(write_yaml({**read_yaml(file), **content}))


def test_conda_makes_python_and_pip_the_rest(
    model: Path, asked: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(model, dependencies=["python=3.11.5", "pip<=24.0", "libgomp >=12,<14", {"pip": ["mlflow==3.17.2"]}])
    for _ in range(2):
        predict(str(model), {"inputs": [1, 2, 3]}, env_manager="conda")
        assert json.loads(capfd.readouterr().out.splitlines()[-1]) == {"predictions": 3}
    (line,) = asked.read_text().splitlines()  # the second time it is found again
    words, file = json.loads(line)["words"], json.loads(line)["file"]
    assert words[0] == "create" and json.loads(line)["yes"] == "true"
    assert "mlflow" not in file and "libgomp >=12,<14" in file and "conda-forge" in file
    assert f"python=3.{sys.version_info.minor}" in file
    python = environment.build(model, manager="conda")
    assert python != environment.build(model)
    listed = subprocess.run([python, "-c", "import flowmill, cloudpickle; print(flowmill.__file__)"], check=True,
                            capture_output=True, text=True).stdout  # fmt: skip
    assert str(python.parents[1]) in listed
    # The one that somebody names goes first.
    monkeypatch.setenv("CONDA_EXE", shutil.which("conda") or "")
    change(model, dependencies=["python=3.11.5", "zlib"])
    environment.build(model, manager="conda")
    assert json.loads(asked.read_text().splitlines()[-1])["words"][:2] == ["env", "create"]


def test_what_conda_cannot_make_leaves_nothing(model: Path, asked: Path, tmp_path: Path) -> None:
    change(model, dependencies=["python=3.11", "impossible"])
    with pytest.raises(Unavailable, match="PackagesNotFoundError: impossible Use env_manager='uv'"):
        environment.build(model, manager="conda")
    assert not list((tmp_path / "cache" / "environments").glob("*/"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"channels": ["http://evil.example/conda"]}, "asks for packages of the channels"),
        ({"channels": ["conda-forge", "somebody"]}, r"channels \['somebody'\]"),
        ({"channels": "conda-forge"}, "expected a list"),
        ({"dependencies": ["somebody::numpy"]}, "expected names with versions"),
        ({"dependencies": ["http://evil.example/numpy.conda"]}, "expected names with versions"),
        ({"dependencies": ["/etc/numpy.conda"]}, "expected names with versions"),
        ({"dependencies": ["--file x"]}, "expected names with versions"),
        ({"dependencies": [["numpy"]]}, "expected names with versions"),
    ],
)
def test_a_models_conda_file_is_data(model: Path, asked: Path, content: dict[str, object], message: str) -> None:
    change(model, **content)
    with pytest.raises(Invalid, match=message):
        environment.build(model, manager="conda")
    assert not asked.exists()


def test_channels_of_the_operators_own(model: Path, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWMILL_CONDA_CHANNELS", "https://conda.example/ours, team")
    change(model, channels=["team", "https://conda.example/ours"])
    assert environment.build(model, manager="conda").exists()
    assert "https://conda.example/ours" in json.loads(asked.read_text())["file"]


def test_a_locked_model_is_not_for_conda(model: Path, asked: Path) -> None:
    lock_requirements(str(model))
    with pytest.raises(Invalid, match="fixed by its lock"):
        environment.build(model, manager="conda")
    assert not asked.exists()


def test_without_conda_the_error_says_what_to_do(model: Path, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("micromamba", "conda"):
        (asked.parent / "programs" / name).unlink()
    with pytest.raises(Unavailable, match="none is installed: install one, or use env_manager='uv'"):
        environment.build(model, manager="conda")
