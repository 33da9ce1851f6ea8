"""MLflow's names around types and hints, as code that uses them finds them."""

from __future__ import annotations

import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import flowmill as mlflow
from flowmill.models import FlavorBackend, ModelSignature
from flowmill.models.hints import type_of_hint
from flowmill.types import ColSpec, DataType, ParamSpec, Schema
from flowmill.types import schema as schemas
from flowmill.types import type_hints as hints


class Flat(BaseModel):
    size: int
    city: str | None
    rooms: int = 1


def test_fields_of_a_pydantic_model() -> None:
    fields = hints.model_fields(Flat)
    assert isinstance(fields["size"], hints.FIELD_TYPE)
    assert {name: hints.field_required(field) for name, field in fields.items()} == {
        "size": True,
        "city": True,
        "rooms": False,
    }
    hints.model_validate(Flat, {"size": 40, "city": None})
    with pytest.raises(ValidationError, match="size"):
        hints.model_validate(Flat, {"city": "x"})
    with pytest.raises(mlflow.MlflowException, match="no model of pydantic"):
        hints.model_fields(int)


def test_hints_that_stand_for_no_column(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert hints.TYPE_HINTS_TO_DATATYPE_MAPPING[datetime.datetime] is DataType.datetime

    class Model(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: list[set], params: Any = None) -> Any:  # type: ignore[type-arg]
            return model_input

    with pytest.raises(hints.UnsupportedTypeHintException, match="set is no type of a column: expected bool"):
        type_of_hint(set)
    mlflow.pyfunc.save_model(tmp_path / "unchecked", python_model=Model())
    assert "set is no type of a column" in caplog.text
    assert mlflow.pyfunc.load_model(str(tmp_path / "unchecked")).predict([{1}]) == [{1}]

    class Other(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: list[dict[int, str]], params: Any = None) -> Any:
            return model_input

    with pytest.raises(hints.InvalidTypeHintException, match="must be texts"):
        mlflow.pyfunc.save_model(tmp_path / "never", python_model=Other())


def test_hints_that_say_nothing_of_columns() -> None:
    import numpy
    import pandas

    kinds = hints.type_hints_no_signature_inference()
    assert kinds[:3] == (pandas.DataFrame, pandas.Series, numpy.ndarray)
    assert (len(kinds) == 5) == (find_spec("scipy") is not None)


def test_vectors_of_spark() -> None:
    column = ColSpec(schemas.SparkMLVector(), "features")
    assert column.to_dict() == {"type": "sparkml_vector", "name": "features", "required": True}
    again = Schema.from_json(Schema([column]).to_json())
    assert again == Schema([column])
    assert repr(again) == "['features': SparkML vector (required)]"
    assert schemas.SparkMLVector() != schemas.Array("double")
    with pytest.raises(mlflow.MlflowException, match="Unsupported type 5 for column 'a': expected the name"):
        ColSpec(5, "a")  # type: ignore[arg-type]


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="Spark is installed")
def test_spark_is_asked_for_where_it_is_needed() -> None:
    with pytest.raises(mlflow.MlflowException, match="pip install pyspark"):
        DataType.long.to_spark()
    assert schemas.HAS_PYSPARK is False


def test_a_parameter_as_a_typed_dict() -> None:
    assert set(ParamSpec.ParamSpecTypedDict.__annotations__) == set(ParamSpec("a", "long", 1).to_dict())


def test_a_backend_of_ones_own() -> None:
    class Backend(FlavorBackend):
        def predict(self, *args: Any, **kwargs: Any) -> str:
            return f"asked {self._config['name']}"

        serve = build_image = generate_dockerfile = predict

        def can_score_model(self) -> bool:
            return True

    backend = Backend({"name": "mine"}, env_manager="local")
    assert backend.predict("models:/m/1", None, None, "json") == "asked mine"
    assert backend.can_build_image()
    assert backend.prepare_env("models:/m/1") is None
    with pytest.raises(TypeError, match="abstract"):
        FlavorBackend({})  # type: ignore[abstract]


def test_lines_of_a_plot() -> None:
    from flowmill.models.utils import plot_lines

    figure, axes = plot_lines([("up", [0, 1], [0, 1]), ("down", [0, 1], [1, 0])], "x", "y", title="Both")
    assert (axes.get_title(), axes.get_xlabel(), len(axes.lines)) == ("Both", "x", 2)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["up", "down"]
    assert figure.axes == [axes]


def test_the_file_of_a_model_that_lives_elsewhere(tmp_path: Any) -> None:
    from flowmill.models.utils import get_external_mlflow_model_spec

    mlflow.set_tracking_uri(tmp_path)
    model = mlflow.create_external_model(name="far")
    said = get_external_mlflow_model_spec(model)
    assert (said.model_id, said.model_uuid, said.metadata) == (
        model.model_id,
        model.model_id,
        {"mlflow.model.isExternal": True},
    )
    assert isinstance(said.signature, ModelSignature)


def test_a_request_as_what_it_asks() -> None:
    from flowmill.pyfunc.scoring_server import SUPPORTED_FORMATS, ParsedJsonInput

    asked = ParsedJsonInput([1], None, False)
    assert (asked.data, asked.params, asked.is_unified_llm_input) == ([1], None, False)
    assert all(name in mlflow.pyfunc.scoring_server.REQUIRED_INPUT_FORMAT for name in SUPPORTED_FORMATS)
