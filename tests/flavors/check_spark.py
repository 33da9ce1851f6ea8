"""Spark beyond the shared check: stages alone, no session, another file system, stages of strangers, damages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.ml.feature import SQLTransformer

import flowmill
from flowmill import session as runs
from flowmill.autologging import spark as autologging
from tests.flavors.environments import ROOT
from tests.flavors.plugin import BothWays
from tests.flavors.sheets.spark import fitted, session

FEW = pd.DataFrame({"a": [1.0, 0.5], "b": [0.0, 1.0]})


def test_a_stage_alone_is_a_pipeline_of_one(tmp_path: Path) -> None:
    stage = fitted()["line"].stages[-1]
    flowmill.spark.save_model(stage, tmp_path / "m")
    (back,) = flowmill.spark.load_model(str(tmp_path / "m")).stages
    assert list(back.coefficients) == list(stage.coefficients)


def test_it_is_asked_without_a_session(both: BothWays) -> None:
    code = (
        "import sys, pandas as pd, flowmill; model = flowmill.pyfunc.load_model(sys.argv[1]); "
        "print(model.predict(pd.DataFrame({'a': [1.0, 0.5, -2.0], 'b': [0.0, 1.0, 2.0]})))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(both.ours / "chance")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [1.0, 1.0, 0.0]


def test_files_go_by_way_of_a_folder_that_all_machines_see(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    flowmill.spark.save_model(fitted()["line"], tmp_path / "m", dfs_tmpdir=shared.as_uri())
    model = flowmill.spark.load_model(str(tmp_path / "m"), dfs_tmpdir=shared.as_uri())
    assert len(model.transform(session().createDataFrame(FEW)).collect()) == 2
    assert list(shared.iterdir()) == []


def with_a_stage_of_another(folder: Path) -> None:
    change_class(folder, "subprocess.Popen")


def change_class(folder: Path, name: str) -> None:
    (file,) = (folder / "sparkml" / "metadata").glob("part-*")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"class": name}))
    file.with_name(f".{file.name}.crc").unlink()


def with_a_statement(folder: Path) -> None:
    shutil.rmtree(folder)
    statement = "SELECT *, java_method('java.util.UUID', 'randomUUID') AS prediction FROM __THIS__"
    flowmill.spark.save_model(SQLTransformer(statement=statement), folder)
    (folder / "flowmill_seal.json").unlink()


@pytest.mark.parametrize("plant", [with_a_stage_of_another, with_a_statement])
def test_a_stranger_s_stages_are_not_made(both: BothWays, tmp_path: Path, stranger: None, plant: Any) -> None:
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "line", folder)
    plant(folder)
    for load in (flowmill.spark.load_model, flowmill.pyfunc.load_model):
        with pytest.raises(flowmill.MlflowException, match="allow_pickle=True") as caught:
            load(str(folder))
        assert caught.value.error_code == "PERMISSION_DENIED"


@pytest.mark.parametrize("what", ["metadata", "stages", "data"])
def test_damages_are_told(both: BothWays, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "line", folder)
    if what == "data":
        (file,) = folder.rglob("*.parquet")
        file.write_bytes(file.read_bytes()[:40])
    else:
        shutil.rmtree(folder / "sparkml" / what)
    with pytest.raises(flowmill.MlflowException):
        flowmill.spark.load_model(str(folder))


def test_inputs_that_do_not_fit_are_told(both: BothWays, tmp_path: Path) -> None:
    flowmill.spark.save_model(fitted()["line"], tmp_path / "m")
    model = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    for wrong in (FEW[["a"]], FEW.to_numpy()):
        with pytest.raises(flowmill.MlflowException, match=r"cannot predict|predicts for a pandas DataFrame"):
            model.predict(wrong)
    assert model.predict(FEW.head(0)) == []


@pytest.fixture
def noting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reading is noted, from nothing on, on runs in a folder of the test's own."""
    flowmill.set_tracking_uri(tmp_path / "runs")
    monkeypatch.setattr(runs, "_experiment", None)
    autologging._seen.clear()
    flowmill.spark.autolog()
    yield
    flowmill.spark.autolog(disable=True)
    flowmill.set_tracking_uri("")


def test_what_is_read_is_noted_on_the_run_and_on_later_ones(tmp_path: Path, noting: None) -> None:
    session().createDataFrame(FEW).write.csv(str(tmp_path / "rows"), header=True)
    FEW.to_parquet(tmp_path / "few.parquet")
    first, second = f"path=file:{tmp_path}/rows,format=csv", f"path=file:{tmp_path}/few.parquet,format=parquet"
    with flowmill.start_run() as run:
        rows = session().read.csv(str(tmp_path / "rows"), header=True, inferSchema=True)
        assert flowmill.get_run(run.info.run_id).data.tags["sparkDatasourceInfo"] == first
        rows.createOrReplaceTempView("rows")
        session().sql(f"SELECT * FROM rows JOIN parquet.`{tmp_path}/few.parquet` USING (a)")
        session().read.format("parquet").load(str(tmp_path / "few.parquet"))
    assert flowmill.get_run(run.info.run_id).data.tags["sparkDatasourceInfo"] == f"{first}\n{second}"
    with flowmill.start_run() as later:
        session().createDataFrame(FEW).count()
    assert flowmill.get_run(later.info.run_id).data.tags["sparkDatasourceInfo"] == f"{first}\n{second}"


def test_nothing_is_noted_once_it_is_off(tmp_path: Path, noting: None) -> None:
    FEW.to_parquet(tmp_path / "few.parquet")
    session().read.parquet(str(tmp_path / "few.parquet"))
    flowmill.spark.autolog(disable=True)
    with flowmill.start_run() as run:
        session().read.parquet(str(tmp_path / "few.parquet"))
    assert "sparkDatasourceInfo" not in flowmill.get_run(run.info.run_id).data.tags


def test_a_folder_that_is_not_there_is_spark_s_to_tell(tmp_path: Path, noting: None) -> None:
    with pytest.raises(Exception, match="PATH_NOT_FOUND"):
        session().read.parquet(str(tmp_path / "nothing"))
