"""A model as a function of Spark's columns, which runs where the rows are.

The model's files go to the executors once, as one archive with its digest; every Python worker of Spark unpacks it
into a folder of its own, loads the model once, and asks it with a batch of rows at a time.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import shutil
import tempfile
import typing
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.flavors.python_function import config_of
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.seal import may_run_code
from flowmill.models.spark_results import inferred_type, parsed_type, pyspark
from flowmill.models.spark_worker import Asked, ask
from flowmill.models.uri import fetched, resolve

MANAGERS = ("local", "uv", "virtualenv")


def spark_udf(
    spark: Any,
    model_uri: str,
    result_type: Any = None,
    env_manager: str | None = None,
    params: dict[str, Any] | None = None,
    extra_env: dict[str, str] | None = None,
    prebuilt_env_uri: str | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
    *,
    allow_pickle: bool = False,
) -> Callable[..., Any]:
    """A function of columns that predicts with a model: ``frame.withColumn("prediction", udf("a", "b"))``.

    Called with columns, these are the model's inputs by position, or by name as one ``struct``; without any, the
    columns that its signature names. ``result_type``: a Spark type or its name (``"double"``, ``"array<float>"``,
    ``"label long, score double"``); None for that of the signature, else ``double``.
    ``env_manager``: ``local`` predicts in Spark's own Python, ``uv`` in an environment from the model's requirements,
    built once on each machine. ``extra_env``: environment variables for the model. Executors need Flowmill
    (``pip install 'flowmill[models]'``) as the driver has it.
    """
    manager = env_manager or "local"
    if manager not in MANAGERS:
        raise Invalid(f"env_manager is {env_manager!r}: expected local, uv or virtualenv.")
    if prebuilt_env_uri is not None:
        raise FlowmillError("prebuilt_env_uri is not supported: use env_manager='uv'.", "NOT_IMPLEMENTED")
    with fetched(resolve(model_uri)) as got:
        model = Model.load(got.folder)
        model.flavor(PYFUNC)
        # What the driver trusts the executors run: they have none of the user's keys.
        trusted = may_run_code(got.folder, allow_pickle)
        name, digest = _send(spark, got.folder)
    kind = inferred_type(model.signature) if result_type is None else parsed_type(result_type)
    inputs = model.get_input_schema()
    names = tuple(str(each) for each in inputs.input_names()) if inputs and inputs.has_input_names() else ()
    asked = Asked(
        archive=name,
        digest=digest,
        names=names,
        params=params,
        config=config_of(None, model_config) if model_config is not None else None,
        variables=tuple(sorted((extra_env or {}).items())),
        environment=manager != "local",
        allow_pickle=trusted,
        result=kind.json(),
    )

    def predict(batches: Any) -> Any:
        return ask(asked, batches)

    predict.__annotations__ = _hints(kind)
    made = pyspark("sql.functions").pandas_udf(predict, kind)

    @functools.wraps(made)
    def of_columns(*columns: Any) -> Any:
        if columns:
            return made(*columns)
        if not names:
            raise Invalid("The model's signature names no columns: pass the columns to predict from.")
        return made(*names)

    of_columns.metadata = model  # type: ignore[attr-defined]
    return of_columns


def _send(spark: Any, folder: Path) -> tuple[str, str]:
    """Give the model's files to the executors; the archive's name there, and its SHA-256."""
    # Spark serves the file from this place as long as the driver lives.
    scratch = Path(tempfile.mkdtemp(prefix="flowmill-spark-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    draft = scratch / "model.zip"
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                # Always the same bytes for the same files, so that the same model is sent once.
                info = zipfile.ZipInfo(file.relative_to(folder).as_posix())
                archive.writestr(info, file.read_bytes())
    with draft.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    named = draft.rename(scratch / f"flowmill-model-{digest[:32]}.zip")
    if hasattr(spark, "addArtifacts") and not _has_context(spark):
        spark.addArtifacts(str(named), file=True)
    else:
        spark.sparkContext.addFile(str(named))
    return named.name, digest


def _has_context(spark: Any) -> bool:
    """Whether the session has a driver in this process; one that is connected to a server has not."""
    try:
        return spark.sparkContext is not None
    except Exception:  # what it raises depends on the kind of session
        return False


def _hints(kind: Any) -> dict[str, Any]:
    """The type hints by which Spark knows a function of batches: of one column or several, to a column or a frame."""
    import pandas

    # Spark compares with those of `typing`, which newer ones are not equal to.
    given: Any = typing.Iterator[typing.Tuple[typing.Union[pandas.Series, pandas.DataFrame], ...]]  # noqa: UP006, UP007
    gives = pandas.DataFrame if kind.typeName() == "struct" else pandas.Series
    return {"batches": given, "return": typing.Iterator[gives]}
