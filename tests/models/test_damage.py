"""Model folders that were cut, garbled, or whose MLmodel file says what it must not: Flowmill's own errors, always."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.errors import FlowmillError
from flowmill.models.enforce import enforce_schema
from flowmill.models.environment import requirements_of
from flowmill.models.schema import Schema

X = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [1.0, 0, 1, 0]})
KINDS = ("estimator", "written", "script", "sparse")
SCRIPT = "import flowmill\nflowmill.models.set_model(lambda model_input: model_input['a'] * 2)\n"
VALUES = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-2, 2),
    some.floats(allow_nan=False),
    some.sampled_from(["", "x", "../x", "/etc/passwd", "[", "[1]", '{"a": 1}', '[{"type": "zz"}]', "\0", "model"]),
    some.lists(some.sampled_from(["a", 1, None, {"type": "long"}]), max_size=2),
    some.dictionaries(some.sampled_from(["a", "path", "type"]), some.sampled_from(["a", 1, None]), max_size=2),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOWMILL_CONFIG_DIR", str(folder / "config"))
        signature = flowmill.models.infer_signature(X, np.array([0]))
        model = LogisticRegression().fit(X, [0, 1, 0, 1])
        flowmill.sklearn.save_model(model, folder / "estimator", input_example=X, signature=signature)
        (folder / "art.bin").write_bytes(b"hello")

        class Written(flowmill.pyfunc.PythonModel):
            def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
                return model_input["a"] * 2

        flowmill.pyfunc.save_model(
            folder / "written",
            python_model=Written(),
            artifacts={"f": str(folder / "art.bin")},
            input_example=(X, {"p": 1}),
            model_config={"q": 1},
        )
        (folder / "script.py").write_text(SCRIPT)
        flowmill.pyfunc.save_model(folder / "script", python_model=folder / "script.py", input_example=[{"a": 1}])
        flowmill.sklearn.save_model(model, folder / "sparse", input_example=X.to_numpy())
        yield folder


def use(folder: Path) -> None:
    """All that reads a model's files; anything but an error of our own goes through."""
    model = flowmill.models.Model.load
    ways: tuple[Callable[[], Any], ...] = (
        lambda: flowmill.pyfunc.load_model(str(folder)),
        lambda: enforce_schema(X, model(folder).get_input_schema() or Schema([])),
        lambda: flowmill.models.get_model_info(str(folder)),
        lambda: model(folder).load_input_example(str(folder)),
        lambda: model(folder).load_input_example_params(str(folder)),
        lambda: model(folder).get_serving_input(str(folder)),
        lambda: model(folder).get_input_schema(),
        lambda: model(folder).get_params_schema(),
        lambda: requirements_of(folder),
    )
    for way in ways:
        try:
            way()
        except FlowmillError as error:
            assert len(error.message) > 20


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in ((*at, key), *places(each, (*at, key)))]


@pytest.fixture
def broken(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A fresh copy of a model of a kind."""
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(whole / "config"))

    def make(kind: str) -> Path:
        shutil.rmtree(tmp_path / "model", ignore_errors=True)
        return Path(shutil.copytree(whole / kind, tmp_path / "model"))

    return make


SLOWLY = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_missing_cut_or_something_else(kind: str, broken: Callable[[str], Path]) -> None:
    names = [file.relative_to(broken(kind)) for file in sorted(broken(kind).rglob("*")) if file.is_file()]
    for name in names:
        whole = (broken(kind) / name).read_bytes()
        for content in (None, b"", whole[: len(whole) // 2], whole[:-2], b"\xff\xfe\xfa", b"null", b"[]", b"{}", b"1"):
            file = broken(kind) / name
            if content is None:
                file.unlink()
            else:
                file.write_bytes(content)
            use(file.parents[len(name.parts) - 1])


@pytest.mark.filterwarnings("ignore")
@SLOWLY
@given(data=some.data())
def test_files_with_other_bytes(broken: Callable[[str], Path], data: some.DataObject) -> None:
    folder = broken(data.draw(some.sampled_from(KINDS)))
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    file = folder / data.draw(some.sampled_from(names))
    content = bytearray(file.read_bytes())
    changes = some.lists(some.tuples(some.integers(0, max(0, len(content) - 1)), some.integers(0, 255)), max_size=5)
    for place, value in data.draw(changes):
        content[place] = value
    file.write_bytes(content)
    use(folder)


@pytest.mark.filterwarnings("ignore")
@SLOWLY
@given(data=some.data())
def test_an_mlmodel_file_that_says_something_else(broken: Callable[[str], Path], data: some.DataObject) -> None:
    folder = broken(data.draw(some.sampled_from(KINDS)))
    form = copy.deepcopy(yaml.safe_load((folder / "MLmodel").read_text()))
    *way, last = data.draw(some.sampled_from(places(form)))
    inner = form
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(VALUES)
    (folder / "MLmodel").write_text(yaml.safe_dump(form))
    use(folder)
