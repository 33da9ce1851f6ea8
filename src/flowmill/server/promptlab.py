"""A run made of a prompt that was tried in a form: parameters, a table of one row, and it is finished.

MLflow's server also writes a model that asks its AI gateway; there is no gateway here for it to ask.
"""

from __future__ import annotations

import json

from flowmill.artifacts import ArtifactStore, SafePath
from flowmill.entities.run import Param, Run, RunStatus, RunTag
from flowmill.store.sql.engine import SqlStore, system_clock
from flowmill.wire.promptlab import CreatePromptlabRun
from flowmill.wire.runs import CreateRun, GetRun, LogBatch, UpdateRun

TABLE = "eval_results_table.json"


def create_promptlab_run(store: SqlStore, artifacts: ArtifactStore, folder: SafePath, ask: CreatePromptlabRun) -> Run:
    """Carry it out; ``folder``: where the experiment's files are below the artifact root."""
    tags = [
        RunTag("mlflow.loggedArtifacts", json.dumps([{"path": TABLE, "type": "table"}])),
        RunTag("mlflow.runSourceType", "PROMPT_ENGINEERING"),
        *ask.tags,
    ]
    run_id = store.send(
        CreateRun(
            experiment_id=ask.experiment_id,
            user_id=ask.user_id,
            run_name=ask.run_name,
            start_time=ask.start_time,
            tags=tags,
        )
    ).info.run_id
    params = [Param(each.key, each.text) for each in ask.model_parameters]
    params += [Param("model_route", ask.model_route), Param("prompt_template", ask.prompt_template)]
    try:
        store.send(LogBatch(run_id=run_id, params=params))
        given, about = ask.prompt_parameters, ask.model_output_parameters
        columns = [*(each.key for each in given), "prompt", "output", *(each.key for each in about)]
        row = [*(each.text for each in given), ask.model_input, ask.model_output, *(each.text for each in about)]
        table = json.dumps({"columns": columns, "data": [row]}).encode()
        artifacts.put(folder / SafePath.parse(f"{run_id}/artifacts/{TABLE}"), table)
    except BaseException:
        store.send(UpdateRun(run_id=run_id, status=RunStatus.FAILED, end_time=system_clock()))
        raise
    store.send(UpdateRun(run_id=run_id, status=RunStatus.FINISHED, end_time=system_clock()))
    return store.send(GetRun(run_id=run_id))
