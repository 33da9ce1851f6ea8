"""Models of every kind behind the application, over real HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flowmill.models.pyfunc import load_model
from flowmill.server.gate import Gate
from flowmill.server.limits import Limits
from flowmill.server.metrics import Counters
from flowmill.serving.app import GAUGES, OPERATIONS, ScoringApp
from flowmill.serving.predictor import Predictor
from flowmill.serving.turns import Turns
from flowmill.testing.server import running
from tests.serving.record import MODELS


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the models that the recorded answers are of, saved by the same code with Flowmill."""
    folder, home = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOWMILL_CONFIG_DIR", str(home))
        patch.delenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", raising=False)
        code = f"import flowmill\nflowmill.install_as_mlflow()\n{MODELS}"
        subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env=dict(os.environ), cwd=home)
        yield folder


@pytest.fixture(scope="session")
def served(models: Path) -> Iterator[Callable[[str], str]]:
    """The address at which a model is served; it starts when it is first asked for."""
    addresses: dict[str, str] = {}
    with ExitStack() as stack:

        def address_of(name: str) -> str:
            if name not in addresses:
                addresses[name] = stack.enter_context(running(application(models / name)))
            return addresses[name]

        yield address_of


def application(folder: Path, *, limits: Limits | None = None, turns: Turns | None = None) -> ScoringApp:
    """The application over the model in a folder."""
    model = load_model(str(folder))
    limits = limits or Limits()
    return ScoringApp(
        model,
        Predictor(model, turns or Turns(4, 100, 60), most_rows=50_000, most_unpacked=limits.max_decompressed),
        limits,
        gate=Gate(["model.example"], ["https://page.example"], json_only=False),
        counters=Counters(OPERATIONS, gauges=GAUGES),
    )
