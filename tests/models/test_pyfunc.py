"""Models written in Python, and any model behind one `predict`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.errors import Invalid
from flowmill.models import infer_signature
from flowmill.pyfunc import PyFuncModel, PythonModel, PythonModelContext

# As in a user's script or notebook, whose classes nobody else can import.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Counter(PythonModel):
    def load_context(self, context: PythonModelContext) -> None:
        self.words = Path(context.artifacts["words"]).read_text().split()

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return [len(model_input), self.words, context.model_config, params]


class Short(PythonModel):
    def predict(self, model_input: list[str], params: dict[str, Any] | None = None) -> list[str]:  # type: ignore[override]
        return [text + (params or {}).get("end", "!") for text in model_input]


class Streaming(PythonModel):
    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return list(self.predict_stream(context, model_input))

    def predict_stream(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        yield from model_input


def saved(folder: Path, **arguments: Any) -> PyFuncModel:
    flowmill.pyfunc.save_model(folder, **arguments)
    return flowmill.pyfunc.load_model(str(folder))


def test_a_class_with_files_configuration_and_parameters(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one two")
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    model = saved(
        tmp_path / "m",
        python_model=Counter(),
        artifacts={"words": str(tmp_path / "words.txt")},
        model_config={"k": 2},
        signature=infer_signature(frame, [1], {"t": 0.5, "many": [1, 2]}),
        input_example=(frame, {"t": 0.7}),
    )
    assert model.predict(frame, params={"t": 1}) == [2, ["one", "two"], {"k": 2}, {"t": 1.0, "many": [1, 2]}]
    assert model.model_config == {"k": 2}
    pd.testing.assert_frame_equal(model.input_example, frame)
    assert model.metadata.load_input_example_params(str(tmp_path / "m")) == {"t": 0.7}
    changed = flowmill.pyfunc.load_model(str(tmp_path / "m"), model_config={"k": 3, "z": 1})
    assert changed.predict(frame)[2] == {"k": 3, "z": 1}
    assert isinstance(model.unwrap_python_model(), PythonModel)
    (tmp_path / "m" / "artifacts" / "words.txt").unlink()
    with pytest.raises(Exception, match=r"artifact 'words' 'artifacts/words\.txt' is missing"):
        flowmill.pyfunc.load_model(str(tmp_path / "m"))


def test_a_function_gets_what_its_signature_says(tmp_path: Path) -> None:
    model = saved(tmp_path / "m", python_model=lambda model_input: model_input, input_example=["a", "b"])
    assert repr(model.metadata.signature.inputs) == "[string (required)]"
    assert model.predict(["x"]).to_dict("list") == {0: ["x"]}
    assert repr(model) == "mlflow.pyfunc.loaded_model:\n  flavor: mlflow.pyfunc.model\n"
    with pytest.raises(NotImplementedError):
        model.get_raw_model()


def test_type_hints_are_the_signature(tmp_path: Path) -> None:
    model = saved(tmp_path / "m", python_model=Short())
    assert model.metadata.signature.to_dict()["inputs"] == '[{"type": "string", "required": true}]'
    assert model.metadata.to_dict()["is_signature_from_type_hint"] is True
    assert model.predict(["a"]) == ["a!"]
    assert model.predict(pd.DataFrame({"x": ["a"]})) == ["a!"]
    with pytest.raises(Invalid, match=r"item 0: found 1 \(int\) instead of string; item 2: found None"):
        model.predict([1, "a", None])
    with pytest.raises(Invalid, match="expected a list"):
        model.predict("a")


def test_streams(tmp_path: Path, classifier: LogisticRegression) -> None:
    model = saved(tmp_path / "m", python_model=Streaming())
    assert list(model.predict_stream([1, 2])) == [1, 2]
    assert model.metadata.flavors["python_function"]["streamable"] is True
    flowmill.sklearn.save_model(classifier, tmp_path / "s")
    with pytest.raises(Invalid, match="does not stream"):
        flowmill.pyfunc.load_model(str(tmp_path / "s")).predict_stream([1])


def test_a_script_is_a_model(tmp_path: Path) -> None:
    script = tmp_path / "model.py"
    script.write_text(
        "import flowmill\n\n\nclass Model(flowmill.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input):\n"
        "        return [context.model_config['k']] * len(model_input)\n\n\n"
        "flowmill.models.set_model(Model())\n"
    )
    model = saved(tmp_path / "m", python_model=str(script), model_config={"k": 4})
    assert model.predict([1, 2]) == [4, 4]
    assert model.metadata.flavors["python_function"]["model_code_path"] == "model.py"
    script.write_text("x = 1\n")
    with pytest.raises(Invalid, match=r"does not call flowmill\.models\.set_model"):
        flowmill.pyfunc.save_model(tmp_path / "n", python_model=str(script))
    assert not (tmp_path / "n").exists()


def test_ones_own_modules_are_brought_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_rules_module.py").write_text("def rule(x):\n    return x + 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_rules_module  # type: ignore[import-not-found]

    def ask(model_input: Any) -> Any:
        return [own_rules_module.rule(item) for item in model_input]

    with pytest.warns(UserWarning, match=r"your own modules \['own_rules_module'\]"):
        flowmill.pyfunc.save_model(tmp_path / "without", python_model=ask)
    flowmill.pyfunc.save_model(tmp_path / "with", python_model=ask, infer_code_paths=True)
    assert (tmp_path / "with" / "code" / "own_rules_module.py").exists()
    monkeypatch.delitem(sys.modules, "own_rules_module")
    assert flowmill.pyfunc.load_model(str(tmp_path / "with")).predict([1]) == [2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "There is no model: pass python_model"),
        ({"python_model": object()}, "expected an instance of PythonModel"),
        ({"python_model": LogisticRegression()}, "log it with flowmill.sklearn.log_model"),
        ({"python_model": lambda a, b: a}, "takes 2 arguments: expected one"),
        ({"python_model": "missing.py"}, "names the script 'missing.py', which does not exist"),
        ({"python_model": Short(), "loader_module": "x"}, "cannot be given together"),
        ({"loader_module": "json", "data_path": "missing"}, "data_path is 'missing'"),
        ({"python_model": Short(), "code_paths": ["missing.py"]}, "code_paths names 'missing.py'"),
        ({"python_model": Short(), "model_config": "missing.yaml"}, "expected a dict or the path"),
        (
            {"python_model": Short(), "resources": ["x"]},
            "resources holds ['x']: expected objects of",
        ),
        ({"python_model": Short(), "signature": 5}, "signature is 5"),
        ({"python_model": Short(), "metadata": 5}, "metadata is 5"),
        ({"python_model": Short(), "pip_requirements": ["a"], "extra_pip_requirements": ["b"]}, "Only one of"),
        ({"python_model": Short(), "input_example": pd.Series([1])}, "cannot be a Series: pass .to_frame()"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception) as caught:
        flowmill.pyfunc.save_model(tmp_path / "m", **arguments)
    assert message in str(caught.value)
    assert not (tmp_path / "m").exists()


def test_any_flavor_behind_one_predict(
    tmp_path: Path, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray]
) -> None:
    measures, kinds = iris
    flowmill.sklearn.save_model(
        classifier,
        tmp_path / "m",
        signature=infer_signature(measures, kinds),
        input_example=measures,
        pyfunc_predict_fn="predict_proba",
        metadata={"team": "flowers"},
    )
    model = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    assert np.array_equal(model.predict(measures), classifier.predict_proba(measures))
    assert np.array_equal(model.predict(pd.DataFrame(measures[:2])), classifier.predict_proba(measures[:2]))
    assert model.input_example.dtype == measures.dtype
    assert np.array_equal(model.input_example, measures)
    assert model.metadata.metadata == {"team": "flowers"}
    assert type(model.get_raw_model()) is LogisticRegression
    with pytest.raises(Invalid, match="use get_raw_model"):
        model.unwrap_python_model()
    with pytest.raises(Invalid, match=r"found shape \(1, 2\)"):
        model.predict([[1.0, 2.0]])


def test_a_model_that_cannot_predict_its_example_is_logged_without_signature(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(model_input: Any) -> Any:
        raise ZeroDivisionError("no")

    model = saved(tmp_path / "m", python_model=fail, input_example=[1])
    assert model.metadata.signature is None
    assert "cannot predict its own input_example (ZeroDivisionError: no)" in caplog.text
