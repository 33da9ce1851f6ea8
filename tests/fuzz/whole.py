"""Whether what a server holds is whole: everything can be found, read and agrees with itself."""

from __future__ import annotations

from typing import Any

import msgspec

from flowmill.entities.run import ViewType
from flowmill.store.base import Store
from flowmill.wire.experiments import GetExperiment, SearchExperiments
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.models import GetLoggedModel, SearchLoggedModels
from flowmill.wire.registry import GetModelVersion, GetRegisteredModel, SearchModelVersions, SearchRegisteredModels
from flowmill.wire.runs import GetRun, SearchRuns
from flowmill.wire.table import GetRunColumns, GetRunRows


def check_whole(store: Store) -> dict[str, int]:
    """Read everything back, in pages and one by one; how much of each kind there is."""
    experiments = _pages(
        store, lambda token: SearchExperiments(view_type=ViewType.ALL, max_results=7, page_token=token), "experiments"
    )
    ids = [each.experiment_id for each in experiments]
    assert len(set(ids)) == len(ids)
    for experiment in experiments:
        assert store.send(GetExperiment(experiment_id=experiment.experiment_id)) == experiment
    runs = _pages(
        store,
        lambda token: SearchRuns(experiment_ids=ids, run_view_type=ViewType.ALL, max_results=11, page_token=token),
        "runs",
    )
    assert len({run.info.run_id for run in runs}) == len(runs)
    assert store.send(GetRunRows(experiment_ids=ids, run_view_type=ViewType.ALL, max_results=1)).total == len(runs)
    points = 0
    for run in runs:
        one = store.send(GetRun(run_id=run.info.run_id))
        assert repr(one) == repr(run)
        for metric in one.data.metric_list:
            history = store.send(GetMetricHistory(run_id=run.info.run_id, metric_key=metric.key)).metrics
            points += len(history)
            last = max((point.step, point.timestamp) for point in history)
            assert (metric.step, metric.timestamp) == last
            assert repr(metric.value) in {repr(point.value) for point in history}
    store.send(GetRunColumns(experiment_ids=ids))
    models = _pages(
        store, lambda token: SearchLoggedModels(experiment_ids=ids, max_results=7, page_token=token), "models"
    )
    for model in models:
        assert repr(store.send(GetLoggedModel(model_id=model.model_id))) == repr(model)
    registered = _pages(
        store, lambda token: SearchRegisteredModels(max_results=7, page_token=token), "registered_models"
    )
    names = {each.name for each in registered}
    for each in registered:
        assert store.send(GetRegisteredModel(name=each.name)) == each
    versions = _pages(store, lambda token: SearchModelVersions(max_results=7, page_token=token), "model_versions")
    for version in versions:
        assert version.name in names
        one = store.send(GetModelVersion(name=version.name, version=version.version))
        assert version.aliases == []  # lists leave them out, as MLflow's do
        assert repr(msgspec.structs.replace(one, aliases=[])) == repr(version)
    return {"experiments": len(experiments), "runs": len(runs), "points": points, "models": len(models),
            "registered": len(registered), "versions": len(versions)}  # fmt: skip


def _pages(store: Store, ask: Any, key: str) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        page = store.send(ask(token))
        found += getattr(page, key)
        token = page.next_page_token or ""
        if not token:
            return found
