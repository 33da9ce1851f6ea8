"""What the checks of flavors share. Which flavor is asked by ``--flavor``: `run` does so for each."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import flowmill
from tests.flavors.environments import OLDER_MARK
from tests.flavors.sheet import Case, cases_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--flavor", default=None, help="The check, a flavor or pytorch@older, in this environment.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    flavor = metafunc.config.getoption("--flavor").removesuffix(OLDER_MARK)
    if "case" in metafunc.fixturenames:
        cases = cases_of(flavor)
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


@pytest.fixture(scope="session")
def flavor(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--flavor").removesuffix(OLDER_MARK)


@pytest.fixture(autouse=True, scope="session")
def user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user with a key and caches of their own; nothing is trusted but that key."""
    home = tmp_path_factory.mktemp("user")
    patch = pytest.MonkeyPatch()
    patch.setenv("FLOWMILL_CONFIG_DIR", str(home / "config"))
    patch.setenv("FLOWMILL_CACHE_DIR", str(home / "cache"))
    patch.delenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", raising=False)
    patch.chdir(home)
    return home


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else, who has none of the user's keys."""
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "stranger"))


@dataclass(frozen=True)
class BothWays:
    """Folders of models saved by either side, and what the real MLflow answered."""

    ours: Path
    theirs: Path
    said: dict[str, Any]


@pytest.fixture(scope="session")
def both(flavor: str, tmp_path_factory: pytest.TempPathFactory, user: Path) -> BothWays:
    """Every case saved here; loaded by the real MLflow and saved there again."""
    folder = tmp_path_factory.mktemp("both")
    for case in cases_of(flavor):
        save(flavor, case, folder / "ours" / case.name)
    command = [sys.executable, "-m", "tests.flavors.there", flavor, str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-6000:]
    return BothWays(folder / "ours", folder / "theirs", json.loads((folder / "answers.json").read_text()))


def save(flavor: str, case: Case, path: Path) -> None:
    """Save a case as a user does, with its input as the example where it can be one."""
    functions = getattr(flowmill, flavor)
    example = {"input_example": case.data} if case.example else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    functions.save_model(case.model, path=path, **example, **case.options)
