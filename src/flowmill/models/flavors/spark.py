"""Models of Spark ML, saved as Spark saves them; asked on the session that runs, or on a small one of their own."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill.errors import Denied, FlowmillError, Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.infer import is_frame
from flowmill.models.modules import installed_version
from flowmill.models.seal import ALLOW_VARIABLE

FLAVOR_NAME = "spark"
DATA_FOLDER = "sparkml"
PIPELINE = "pyspark.ml.pipeline.PipelineModel"
OWN_CLASSES = ("org.apache.spark.ml.", "pyspark.ml.")
RUNS_SQL = "org.apache.spark.ml.feature.SQLTransformer"
"""Its statement can call any method of Java."""


def is_spark_model(value: object) -> bool:
    """Whether it is a fitted model or a transformer of Spark ML that can be written."""
    return is_instance(value, "pyspark.ml.base", "Transformer") and hasattr(value, "write")


def _session() -> Any:
    """The session that runs; else one of its own on this machine, with one thread and no page."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    quiet = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"}
    builder: Any = SparkSession.builder.master("local[1]").appName("flowmill")
    for name, value in quiet.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:
        # Without Java, or with one that is too old, PySpark raises errors of many kinds.
        raise FlowmillError(
            f"Spark cannot be started ({first_line(error)}): install Java 17 or newer, or start a session yourself."
        ) from error


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    from pyspark.ml import PipelineModel

    whole = model if isinstance(model, PipelineModel) else PipelineModel([model])
    target = folder / DATA_FOLDER
    with _place_of_spark(target, options.get("dfs_tmpdir"), bring_back=True) as place:
        try:
            whole.write().overwrite().save(place)
        except Exception as error:
            # Stages that cannot be written and disks that are full make Spark raise errors of many kinds.
            raise Invalid(f"Spark cannot save this {type(model).__name__} ({first_line(error)}).") from error
    settings = {
        "pyspark_version": installed_version("pyspark"),
        "model_data": DATA_FOLDER,
        "model_class": PIPELINE,
        "code": None,
    }
    programs = [file.relative_to(folder).as_posix() for file, _ in _programs(target)]
    return Saved(settings, {"data": DATA_FOLDER}, programs, {"pyspark"}, ["pyspark", "numpy", "pandas"])


@contextmanager
def _place_of_spark(folder: Path, dfs_tmpdir: Any, bring_back: bool) -> Generator[str]:
    """A place that all of Spark's machines see, whose files are those of a folder here.

    That is the folder itself where Spark's own file system is this machine's; else one below ``dfs_tmpdir``, from
    which the files are brought, or to which they are taken.
    """
    session = _session()
    if dfs_tmpdir is None and _is_local(session):
        yield folder.resolve().as_uri()
        return
    java = session.sparkContext._jvm
    settings = session.sparkContext._jsc.hadoopConfiguration()
    parent = str(dfs_tmpdir or "/tmp/flowmill").rstrip("/")
    there = java.org.apache.hadoop.fs.Path(f"{parent}/{uuid.uuid4().hex}")
    here = java.org.apache.hadoop.fs.Path(folder.resolve().as_uri())
    system = there.getFileSystem(settings)
    try:
        if not bring_back:
            system.copyFromLocalFile(False, True, here, there)
        yield there.toString()
        if bring_back:
            system.copyToLocalFile(False, there, here, False)
    finally:
        system.delete(there, True)


def _is_local(session: Any) -> bool:
    """Whether Spark computes in one process here, or keeps its files here by default."""
    context = session.sparkContext
    default = str(context._jsc.hadoopConfiguration().get("fs.defaultFS") or "file:///")
    return context.master.startswith("local") or default.startswith("file:")


def _programs(folder: Path) -> list[tuple[Path, str]]:
    """The descriptions of stages that are not Spark's own or run what they hold, and their classes."""
    found: list[tuple[Path, str]] = []
    for file in sorted(folder.rglob("metadata/part-*")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                name = str(json.loads(line)["class"])
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # Spark says what is wrong with it
            if not name.startswith(OWN_CLASSES) or name == RUNS_SQL:
                found.append((file, name))
    return found


def _load(stored: Stored) -> Any:
    relative = str(stored.settings.get("model_data") or DATA_FOLDER)
    folder = stored.path(relative, "folder of the model")
    for file, name in _programs(folder):
        if not stored.trust.covers(file.relative_to(stored.folder).as_posix()):
            raise Denied(
                f"The model has a stage of {name}, which can run any code, and no key that you trust has sealed that: "
                f"if you trust who made the model, pass allow_pickle=True or set {ALLOW_VARIABLE}=true."
            )
    _require_metadata(folder)
    from pyspark.ml import PipelineModel

    with _place_of_spark(folder, stored.options.get("dfs_tmpdir"), bring_back=False) as place:
        try:
            return PipelineModel.load(place)
        except Exception as error:
            # A damaged folder makes Spark raise errors of many kinds.
            raise Invalid(f"The model's {relative} is no model of Spark ({first_line(error)}): restore it.") from error


def _require_metadata(folder: Path) -> None:
    """Invalid if a stage has no description: Spark would look for it elsewhere, for long."""
    if not any(folder.glob("metadata/part-*")):
        raise Invalid(f"The model's {folder.name} has no metadata: log or copy the model again.")


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """The column ``prediction`` as a list."""
    if not is_frame(data):
        raise Invalid(f"A model of Spark predicts for a pandas DataFrame, found {type(data).__name__}.")
    if not len(data):
        return []
    try:
        answer = model.transform(_session().createDataFrame(data))
        if "prediction" not in answer.columns:
            raise Invalid(f"The model answers with the columns {answer.columns}: expected prediction among them.")
        return [row.prediction for row in answer.select("prediction").collect()]
    except FlowmillError:
        raise
    except Exception as error:
        # What a stage does not find or cannot read makes Spark raise errors of many kinds.
        raise Invalid(
            f"The model cannot predict for the columns {list(data.columns)} ({first_line(error)})."
        ) from error


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.spark",
    packages=("pyspark",),
    detect=is_spark_model,
    save=_save,
    load=_load,
    predict=_predict,
    keeps_files=True,
)


def _default_requirements(is_spark_connect_model: bool = False) -> list[str]:
    if not is_spark_connect_model:
        return pinned("pyspark")
    spark = [line.replace("pyspark==", "pyspark[connect]==") for line in pinned("pyspark")]
    return [*spark, *pinned("torch", "scikit-learn", "torcheval")]


_functions = functions_of(
    FLAVOR,
    Calls(
        save="spark_model path mlflow_model conda_env code_paths dfs_tmpdir signature input_example pip_requirements "
        "extra_pip_requirements metadata **kwargs",
        log="spark_model artifact_path conda_env code_paths dfs_tmpdir registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements metadata **kwargs",
        own={"dfs_tmpdir": None},
        load={"dfs_tmpdir": None, "dst_path": None},
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
