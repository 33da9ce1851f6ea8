"""The scoring protocol as functions, by the names that MLflow's module ``pyfunc.scoring_server`` has."""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

from flowmill.errors import Invalid
from flowmill.models.formats import (
    input_of,
    is_chat,
    object_of,
    read_csv,
    read_parquet,
    rows_of,
    write_answer,
    write_chat,
)
from flowmill.models.pyfunc import load_model
from flowmill.models.pyfunc_model import PyFuncModel
from flowmill.models.schema import Schema
from flowmill.server.gate import Gate
from flowmill.server.limits import Limits
from flowmill.server.metrics import Counters
from flowmill.serving.app import GAUGES, OPERATIONS, ScoringApp
from flowmill.serving.errors import UnsupportedType
from flowmill.serving.predictor import CSV, JSON, PARQUET, Predictor
from flowmill.serving.settings import default_concurrency
from flowmill.serving.turns import Turns

CONFIG_VARIABLE = "SERVING_MODEL_CONFIG"
"""The environment variable with a model's configuration as JSON."""


class InvocationsResponse(NamedTuple):
    """The answer to a request: its body, status and content type."""

    response: str
    status: int
    mimetype: str


class ParsedJsonInput(NamedTuple):
    """What a request in JSON asks: its input, its parameters, and whether it speaks to a language model as it is."""

    data: Any
    params: dict[str, Any] | None
    is_unified_llm_input: bool


def infer_and_parse_data(data: Mapping[str, Any], schema: Schema | None = None) -> Any:
    """The input of a request: a frame, an array, or a dict of arrays, as the schema says."""
    return input_of({key: value for key, value in data.items() if key != "params"}, schema)[0]


def parse_csv_input(csv_input: IO[str] | IO[bytes] | str, schema: Schema | None = None) -> Any:
    """The frame in a file of CSV with a header line, or in such a text."""
    return read_csv(csv_input if isinstance(csv_input, str) else csv_input.read(), schema)


def parse_parquet_input(parquet_input: IO[bytes] | bytes) -> Any:
    """The frame in a Parquet file."""
    content = parquet_input if isinstance(parquet_input, bytes) else parquet_input.read()
    return read_parquet(content, None, Limits().max_decompressed)


def predictions_to_json(raw_predictions: Any, output: IO[str], metadata: Mapping[str, Any] | None = None) -> None:
    """Write ``{"predictions": …}`` to a file of text, with ``metadata`` beside it."""
    if metadata and "predictions" in metadata:
        raise Invalid("The metadata has the key 'predictions', which holds the answer: name it otherwise.")
    output.write(json.dumps({"predictions": rows_of(raw_predictions), **(metadata or {})}))


def unwrapped_predictions_to_json(raw_predictions: Any, output: IO[str]) -> None:
    """Write the answer of a language model to a file of text, as it is."""
    output.write(write_chat(raw_predictions))


def invocations(data: Any, content_type: str, model: PyFuncModel, input_schema: Schema | None) -> InvocationsResponse:
    """The answer of a model to the body of a request; Invalid if the body cannot be read or does not fit."""
    kind = content_type.partition(";")[0].strip().lower()
    params = None
    if kind == JSON:
        asked = _parsed(data, input_schema)
        table, params = asked.data, asked.params
        if asked.is_unified_llm_input:
            return InvocationsResponse(write_chat(model.predict(table)), 200, JSON)
    elif kind == CSV:
        table = parse_csv_input(io.StringIO(data) if isinstance(data, str) else io.BytesIO(data), input_schema)
    elif kind == PARQUET:
        table = parse_parquet_input(data)
    else:
        return InvocationsResponse(UnsupportedType.of(kind).message, 415, "text/plain")
    return InvocationsResponse(write_answer(model.predict(table, params=params)), 200, JSON)


def _parsed(text: Any, schema: Schema | None) -> ParsedJsonInput:
    asked = object_of(text)
    table, params = input_of(asked, schema)
    return ParsedJsonInput(table, params, is_chat(asked))


def init(model: PyFuncModel) -> ScoringApp:
    """The ASGI application over a loaded model, for a server of your own; it checks web origins, but no host names."""
    limits = Limits.from_values({})
    return ScoringApp(
        model,
        Predictor(model, Turns(default_concurrency(), 200, 60), most_unpacked=limits.max_decompressed),
        limits,
        gate=Gate(["*"], json_only=False),
        counters=Counters(OPERATIONS, gauges=GAUGES),
    )


def load_model_with_mlflow_config(model_uri: str) -> PyFuncModel:
    """The model at a URI, configured by what the environment variable ``SERVING_MODEL_CONFIG`` holds as JSON."""
    text = os.environ.get(CONFIG_VARIABLE)
    if not text:
        return load_model(model_uri)
    try:
        config = json.loads(text)
    except ValueError as error:
        raise Invalid(f"{CONFIG_VARIABLE} is no JSON ({error}).") from None
    return load_model(model_uri, model_config=config)


def get_cmd(
    model_uri: str,
    port: int | None = None,
    host: str | None = None,
    timeout: int | None = None,
    nworkers: int | None = None,
) -> tuple[str, dict[str, str]]:
    """The command that serves a model in this environment, and the environment variables for it."""
    words = [sys.executable, "-m", "flowmill", "models", "serve", "--env-manager", "local", "--model-uri", model_uri]
    for name, value in {"port": port, "host": host, "timeout": timeout, "workers": nworkers}.items():
        words += [f"--{name}", str(value)] if value is not None else []
    return shlex.join(words), dict(os.environ)
