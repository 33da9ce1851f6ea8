"""`log_input`: what a run used, kept in a folder, by our server, and by MLflow's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import flowmill
from flowmill.entities import Dataset, DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput
from flowmill.errors import Invalid
from tests.peer.peer import Peer

FRAME = pd.DataFrame({"a": [1, 2], "y": [0, 1]})

SCRIPT = """
import json, sys, mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
seen = [[each.dataset.to_dictionary(), {tag.key: tag.value for tag in each.tags}]
        for each in mlflow.get_run(sys.argv[2]).inputs.dataset_inputs]
path = mlflow.data.get_source(mlflow.get_run(sys.argv[2]).inputs.dataset_inputs[0]).uri
with mlflow.start_run() as run:
    mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"a": [1, 2], "y": [0, 1]}), "/rows.csv", name="rows"),
                     "training", {"k": "v"})
print(json.dumps([seen, path, run.info.run_id]))
"""


def use(run_id: str | None = None) -> str:
    """A run that used a dataset in two ways and a model; its id."""
    model = flowmill.initialize_logged_model(name="m")
    rows = flowmill.data.from_pandas(FRAME, "/rows.csv", targets="y", name="rows")
    other = flowmill.data.from_pandas(FRAME * 2, "s3://b/other.csv", name="other")
    with flowmill.start_run() as run:
        flowmill.log_input(rows, "training", {"k": "v"}, LoggedModelInput(model.model_id))
        flowmill.log_inputs([other, None], ["test", None], [{"n": 1}, None])
        flowmill.log_metric("acc", 0.5, dataset=rows, model_id=model.model_id)
        flowmill.log_outputs([LoggedModelOutput(model.model_id, 3)])
    return run.info.run_id


def check(run_id: str) -> None:
    run = flowmill.get_run(run_id)
    rows, other = sorted(run.inputs.dataset_inputs, key=lambda each: each.dataset.name, reverse=True)
    assert rows.dataset == flowmill.data.from_pandas(FRAME, "/rows.csv", name="rows")._to_mlflow_entity()
    assert {tag.key: tag.value for tag in rows.tags} == {"k": "v", "mlflow.data.context": "training"}
    assert {tag.key: tag.value for tag in other.tags} == {"n": "1", "mlflow.data.context": "test"}
    assert flowmill.data.get_source(rows).to_dict() == {"uri": "/rows.csv"}
    assert flowmill.data.get_source(other.dataset).to_dict() == {"uri": "s3://b/other.csv"}
    (model,) = run.inputs.model_inputs
    assert run.outputs is not None
    assert run.outputs.model_outputs == [LoggedModelOutput(model.model_id, 3)]
    (metric,) = flowmill.get_logged_model(model.model_id).metrics
    assert (metric.dataset_name, metric.dataset_digest) == (rows.dataset.name, rows.dataset.digest)


def test_in_a_folder() -> None:
    check(use())


@pytest.mark.peer
def test_on_our_server_and_read_by_mlflow(server: str, peer: Peer, tmp_path: Path) -> None:
    flowmill.set_tracking_uri(server)
    run_id = use()
    check(run_id)
    seen, path, theirs = json.loads(peer.run(SCRIPT, server, run_id, folder=tmp_path).splitlines()[-1])
    ours = flowmill.get_run(run_id).inputs.dataset_inputs
    assert seen == [[each.dataset.to_dictionary(), {tag.key: tag.value for tag in each.tags}] for each in ours]
    assert path in ("/rows.csv", "s3://b/other.csv")
    (same,) = flowmill.get_run(theirs).inputs.dataset_inputs
    assert same == next(each for each in ours if each.dataset.name == "rows")


@pytest.mark.peer
def test_on_a_server_of_mlflow(peer: Peer, tmp_path: Path) -> None:
    with peer.server(tmp_path) as address:
        flowmill.set_tracking_uri(address)
        check(use())


def test_a_dataset_is_a_run_s_input_once() -> None:
    rows = flowmill.data.from_pandas(FRAME, name="rows")
    with flowmill.start_run() as run:
        flowmill.log_input(rows)
        flowmill.log_input(rows, "training")
        flowmill.log_input()
    assert len(flowmill.get_run(run.info.run_id).inputs.dataset_inputs) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset": "rows.csv"}, "str is no dataset"),
        ({"dataset": FRAME}, "DataFrame is no dataset"),
        ({"dataset": flowmill.data.from_pandas(FRAME), "context": 3}, "context of a dataset is a text"),
        ({"model": "m-1"}, "expected LoggedModelInput"),
    ],
)
def test_what_is_no_input_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        flowmill.log_input(**arguments)
    with pytest.raises(Invalid, match="contexts must be a list as long"):
        flowmill.log_inputs([flowmill.data.from_pandas(FRAME)], ["a", "b"])


def test_the_client_takes_entities() -> None:
    client = flowmill.MlflowClient()
    run_id = client.create_run("0").info.run_id
    used = DatasetInput(Dataset("n", "d", "local", '{"uri": "/x"}'), [InputTag("mlflow.data.context", "test")])
    client.log_inputs(run_id, [used])
    assert client.get_run(run_id).inputs.dataset_inputs == [used]
    assert flowmill.data.get_source(used).to_dict() == {"uri": "/x"}
