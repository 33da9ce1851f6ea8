"""A user's script about type hints, configuration and logged models: run here and by the real MLflow.

``python hinted.py flowmill|mlflow`` prints what each step gives, as JSON.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Optional

if sys.argv[1] == "flowmill":
    import flowmill

    flowmill.install_as_mlflow()
import mlflow
import pandas as pd
import pydantic
import yaml

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
FOUND: dict[str, Any] = {}


def step(name: str, run: Callable[[], Any]) -> None:
    """Note what a step gives, or which kind of error."""
    try:
        FOUND[name] = run()
    except Exception as error:
        FOUND[name] = ["refused", getattr(error, "error_code", type(error).__name__)]


class Person(pydantic.BaseModel):
    name: str
    age: Optional[int] = None  # noqa: UP045  # as users write it
    tags: list[str] = []


def loaded(model: Any, **options: Any) -> Any:
    folder = f"model{len(FOUND)}_{os.urandom(4).hex()}"
    mlflow.pyfunc.save_model(folder, python_model=model, pip_requirements=[], **options)
    return mlflow.pyfunc.load_model(folder)


def signature_of(hint: Any, answer: Any) -> list[Any]:
    def predict(self: Any, model_input: Any) -> Any:
        return [repr(item) for item in model_input]

    predict.__annotations__ = {"model_input": hint, **({} if answer is None else {"return": answer})}
    model = loaded(type("Hinted", (mlflow.pyfunc.PythonModel,), {"predict": predict})())
    file = yaml.safe_load(model.metadata.to_yaml())
    said = file.get("signature") or {}
    return [said.get("inputs"), said.get("outputs"), file.get("is_signature_from_type_hint")]


def hints() -> None:
    for hint in (
        list[int],
        list[str],
        list[Person],
        list[list[float]],
        list[dict[str, int]],
        list[Any],
        list[set[int]],
    ):
        step(f"inputs {hint}", lambda hint=hint: signature_of(hint, None))
    for answer in (str, list[Person], dict[str, int], pd.DataFrame, Person, Optional[int], Generator[int, None, None]):  # noqa: UP045
        step(f"outputs {answer}", lambda answer=answer: signature_of(list[int], answer))


class Greeter(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[Person]) -> list[str]:
        return [f"{type(each).__name__} {each.name} {each.tags}" for each in model_input]


class WithContext(mlflow.pyfunc.PythonModel):
    def predict(self, context: Any, model_input: list[int], params: Any = None) -> Any:
        return [context is None, model_input, params]


GIVEN: dict[str, Any] = {
    "dicts": [{"name": "a"}, {"name": "b", "tags": ["t"]}],
    "objects": [Person(name="a")],
    "a frame": pd.DataFrame([{"name": "a"}]),
    "without a name": [{"age": 1}],
    "a text": "a",
}


def direct_calls() -> None:
    """While a model is written, it is called as it will be later."""
    model = loaded(Greeter())
    for name, given in GIVEN.items():
        step(f"direct {name}", lambda given=given: Greeter().predict(given))
        step(f"loaded {name}", lambda given=given: model.predict(given))
    step("with context", lambda: WithContext().predict(None, [1], {"p": 1}))
    step("by name", lambda: WithContext().predict(context=None, model_input=[1]))
    step("with context, wrong", lambda: WithContext().predict(None, ["a"]))
    step("hints", lambda: [str(WithContext().predict_type_hints.input), str(Greeter().predict_type_hints.output)])


def functions() -> None:
    from mlflow.pyfunc.utils import pyfunc

    @pyfunc
    def shout(model_input: list[str]) -> list[str]:
        return [text.upper() for text in model_input]

    step("function", lambda: shout(["a"]))
    step("function, wrong", lambda: shout([1]))
    step("function, saved", lambda: loaded(shout).predict(["a"]))
    step("function of two", lambda: loaded(lambda a, b: a))


SCRIPT = """
import mlflow
from mlflow.models import ModelConfig
config = ModelConfig(development_config={"a": 0})
class Told(mlflow.pyfunc.PythonModel):
    def load_context(self, context): self.said = context.model_config
    def predict(self, context, model_input, params=None): return [config.get("a"), config.to_dict(), self.said]
mlflow.models.set_model(Told())
"""


def configuration() -> None:
    Path("told.py").write_text(SCRIPT)
    Path("config.yaml").write_text("a: 9\nz: [1, 2]\n")
    for name, given in {"a dict": {"a": 1, "b": "x"}, "a file": "config.yaml", "no file": "none.yaml"}.items():
        step(f"configured by {name}", lambda given=given: loaded("told.py", model_config=given).predict(["x"]))

    def overlaid() -> Any:
        mlflow.pyfunc.save_model("overlaid", python_model="told.py", pip_requirements=[], model_config={"a": 1, "b": 2})
        model = mlflow.pyfunc.load_model("overlaid", model_config={"a": 5})
        return [model.predict(["x"]), model.model_config]

    step("configured when it is loaded", overlaid)
    step("a key that is not there", lambda: mlflow.models.ModelConfig(development_config={"a": 1}).get("q"))


def parameters() -> None:
    class Told(mlflow.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return {name: [type(value).__name__, value] for name, value in sorted(params.items())}

    defaults = {"i": 1, "f": 1.5, "s": "x", "b": True, "l": [1, 2], "d": {"a": 1}}
    model = loaded(Told(), signature=mlflow.models.infer_signature(["a"], params=defaults))
    asked = (None, {}, {"i": 2}, {"f": 2}, {"s": 1}, {"b": 0}, {"l": [3]}, {"l": [1.5]}, {"d": {"a": 2}}, {"i": "2"})
    for params in asked:
        step(f"params {params}", lambda params=params: model.predict(["a"], params=params))


def logged_models() -> None:
    mlflow.set_tracking_uri("sqlite:///store.db")
    made = mlflow.initialize_logged_model(name="lm", model_type="agent", params={"lr": 0.1}, tags={"k": "v"})
    step("announced", lambda: [made.name, str(made.status), made.model_type, made.params, bool(made.source_run_id)])
    step("last", lambda: mlflow.last_logged_model().name)
    step("final", lambda: str(mlflow.finalize_logged_model(made.model_id, "READY").status))

    def changed() -> Any:
        mlflow.set_logged_model_tags(made.model_id, {"z": "1"})
        mlflow.delete_logged_model_tag(made.model_id, "k")
        mlflow.log_model_params(model_id=made.model_id, params={"late": 1})
        found = mlflow.get_logged_model(made.model_id)
        return [{key: tag for key, tag in found.tags.items() if not key.startswith("mlflow.")}, found.params]

    step("changed", changed)
    for number in range(5):
        with mlflow.start_run():
            each = mlflow.initialize_logged_model(name=f"s{number}", params={"i": number}, tags={"g": str(number % 2)})
            mlflow.log_metric("acc", number / 10, model_id=each.model_id)
            mlflow.finalize_logged_model(each.model_id, "READY")
    by_metric = [{"field_name": "metrics.acc", "ascending": False}]
    for asked in (
        "name = 's1'",
        "params.i = '2'",
        "tags.g = '1' AND metrics.acc > 0.1",
        "name LIKE 's%'",
        "name IN ('s1', 's2')",
        "metrics.acc >= 0.3",
        "model_type = 'agent'",
        "foo.bar = '1'",
        "metrics.acc",
    ):
        step(
            f"search {asked}",
            lambda asked=asked: sorted(
                model.name for model in mlflow.search_logged_models(filter_string=asked, output_format="list")
            ),
        )
    found = mlflow.search_logged_models(filter_string="name LIKE 's%'", order_by=by_metric, max_results=3)
    step("ordered", lambda: found["name"].tolist())
    step("columns", lambda: sorted(found.columns))
    step("a bad name", lambda: mlflow.initialize_logged_model(name="a/b"))
    step("none of this id", lambda: mlflow.get_logged_model("m-none"))


for part in (hints, direct_calls, functions, configuration, parameters, logged_models):
    part()
print("FOUND" + json.dumps(FOUND, default=str))
