"""What a Python worker of Spark does: unpack the model that it was sent, load it once, and ask it batch by batch."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowmill.artifacts.path import SafePath
from flowmill.errors import FlowmillError, Invalid, Unavailable
from flowmill.models import environment
from flowmill.models.example import serving_text
from flowmill.models.pyfunc import load_model
from flowmill.models.spark_results import as_column, pyspark

Predict = Callable[[Any], Any]


@dataclass(frozen=True)
class Asked:
    """What the driver says of the model; plain values alone, because it travels. ``result``: a Spark type as JSON."""

    archive: str
    digest: str
    names: tuple[str, ...]
    params: dict[str, Any] | None
    config: dict[str, Any] | None
    variables: tuple[tuple[str, str], ...]
    environment: bool
    allow_pickle: bool
    result: str


_loaded: dict[str, Predict] = {}
"""Models of this worker, by what was asked: Spark uses a worker for many tasks."""


def ask(asked: Asked, batches: Iterable[Any]) -> Iterator[Any]:
    """An answer for each batch: a pandas Series, or a frame for a struct."""
    kind = pyspark("sql.types")._parse_datatype_json_string(asked.result)
    predict = _predictor(asked)
    for batch in batches:
        frame = _frame(batch if isinstance(batch, tuple) else (batch,), asked.names)
        yield as_column(predict(frame), kind, len(frame))


def _frame(columns: tuple[Any, ...], names: tuple[str, ...]) -> Any:
    """The rows as the model gets them: a struct as it is, columns by the names of the signature, else by place."""
    import pandas

    if len(columns) == 1 and isinstance(columns[0], pandas.DataFrame):
        return columns[0]
    if names and len(columns) > len(names):
        raise Invalid(f"The model takes the columns {list(names)}, but {len(columns)} were given.")
    titles = names[: len(columns)] if names else [str(place) for place in range(len(columns))]
    return pandas.DataFrame(dict(zip(titles, columns, strict=True)))


def _predictor(asked: Asked) -> Predict:
    key = repr(asked)
    if key not in _loaded:
        folder = _unpacked(asked)
        _loaded[key] = _in_environment(asked, folder) if asked.environment else _here(asked, folder)
    return _loaded[key]


def _unpacked(asked: Asked) -> Path:
    """The model's folder, of the very bytes that the driver sent; the workers of an executor share it.

    It lies in Spark's own folder of this session, which Spark removes: its workers end without a word.
    """
    root = Path(pyspark("core.files").SparkFiles.getRootDirectory())
    archive = root / asked.archive
    target = root / f"{asked.archive}.{os.getuid()}.folder"
    if target.is_dir() and target.stat().st_uid == os.getuid():
        return target
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != asked.digest:
        raise FlowmillError("The model that reached this executor is not the one that was sent.", "DATA_LOSS")
    draft = Path(tempfile.mkdtemp(prefix="flowmill-model-", dir=root))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for member in packed.infolist():
            file = draft.joinpath(*SafePath.parse(member.filename).parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed.read(member))
    try:
        draft.rename(target)
    except OSError:  # another worker was first
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _here(asked: Asked, folder: Path) -> Predict:
    with _variables(asked):
        model = load_model(str(folder), model_config=asked.config, allow_pickle=asked.allow_pickle)

    def predict(frame: Any) -> Any:
        with _variables(asked):
            return model.predict(frame, params=asked.params)

    return predict


@contextlib.contextmanager
def _variables(asked: Asked) -> Generator[None]:
    """The model's environment variables, for as long as it works: other models use the same worker."""
    before = {name: os.environ.get(name) for name, _ in asked.variables}
    os.environ.update(asked.variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _in_environment(asked: Asked, folder: Path) -> Predict:
    """Asks a server of the model in its own environment, which ends with this process."""
    if asked.config:
        raise Invalid("model_config goes with env_manager='local' only: log the model with its configuration.")
    python = environment.build(folder)
    variables = {**os.environ, **dict(asked.variables)}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        variables.pop(name, None)
    if asked.allow_pickle:
        variables["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
    limits = {"max_body": 2**30, "max_buffered": 2**31}
    settings = {"model_uri": str(folder), "port": 0, "timeout": 0, "with_parent": True, "limits": limits}
    process = subprocess.Popen(
        [str(python), "-m", "flowmill.serving", json.dumps(settings)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline().decode(errors="replace")
    if " at http" not in said:
        raise Unavailable("The model could not be served in its environment; the executor's log has the reason.")
    address = said.rpartition(" at ")[2].partition(" ")[0]

    def predict(frame: Any) -> Any:
        body = serving_text(frame, asked.params).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)["predictions"]
        except urllib.error.HTTPError as error:
            raise Invalid(json.loads(error.read())["message"]) from None

    return predict
