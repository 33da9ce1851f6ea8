"""What ``flowmill copy`` is told to copy: a store, and after ``#`` one thing in it.

::

    http://host:5000                      everything
    http://host:5000#experiment=churn     an experiment by name or id, with its runs and logged models
    ./mlruns#run=0af3…                    a run, with the logged models that it made and used
    postgresql://…#model=credit           a registered model with all versions, their runs and logged models
    sqlite:///mlflow.db#model=credit/3    one version, or the one that an alias names: credit@champion
    models:/credit@champion, runs:/0af3…  the same in the store of MLFLOW_TRACKING_URI
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from flowmill.entities.registry import ModelVersion
from flowmill.errors import Invalid, NotFound
from flowmill.transfer.selection import EVERYTHING, Selection
from flowmill.transfer.source import FoundRegistered, Source
from flowmill.transfer.stores import StoreSource
from flowmill.wire.models import GetLoggedModel
from flowmill.wire.runs import GetRun

_SHORT = re.compile(r"(models|runs):/([^/].*)")
_MODEL_ID = re.compile(r"models:/(m-[0-9a-zA-Z]+)")
_KINDS = ("experiment", "run", "model")


@dataclass(frozen=True)
class Address:
    """A store's URI, empty for the default one, and what of it: ``kind`` is empty for everything."""

    uri: str
    kind: str = ""
    name: str = ""


def parse_address(text: str) -> Address:
    """The parts of an address; Invalid says how one is written."""
    if short := _SHORT.fullmatch(text):
        return Address("", short[1].rstrip("s"), short[2])
    uri, hash_, what = text.partition("#")
    if not hash_:
        return Address(uri)
    kind, equals, name = what.partition("=")
    if kind not in _KINDS or not equals or not name:
        raise Invalid(
            f"Cannot copy {what!r}: write #experiment=NAME, #run=ID, #model=NAME, #model=NAME/3 or NAME@ALIAS."
        )
    return Address(uri, kind, unquote(name))


def select(source: Source, address: Address) -> Selection:
    """What an address names in a source, with what it needs; NotFound if it is not there."""
    if address.kind == "experiment":
        return _experiment(source, address.name)
    if address.kind == "run":
        return _with_runs(source, {address.name})
    if address.kind == "model":
        return _registered(source, address.name)
    return EVERYTHING


def _experiment(source: Source, name: str) -> Selection:
    there = list(source.experiments())
    named = [each for each in there if each.name == name and each.lifecycle_stage == "active"]
    found = named or [each for each in there if name in (each.name, each.experiment_id)]
    if not found:
        known = ", ".join(repr(each.name) for each in there[:10])
        raise NotFound(f"{source.name} has no experiment {name!r}; it has {known or 'none'}.")
    return Selection(experiments=frozenset({found[0].experiment_id}), registered_models=frozenset())


def _registered(source: Source, text: str) -> Selection:
    name, version, alias = text, "", ""
    if "@" in text:
        name, _, alias = text.rpartition("@")
    elif (parts := text.rpartition("/"))[1] and parts[2].isdigit():
        name, version = parts[0], parts[2]
    found = next(iter(source.registered_models(frozenset({name}))), None)
    if found is None:
        raise NotFound(f"{source.name} has no registered model {name!r}.")
    versions = _chosen(source, found, version, alias)
    runs = {each.run_id for each in versions if each.run_id}
    models = {match[1] for each in versions if (match := _MODEL_ID.match(each.source or ""))}
    models |= {each.model_id for each in versions if each.model_id}
    selection = _with_runs(source, runs, models, whole_runs=False)
    one = bool(version or alias)
    return Selection(
        experiments=selection.experiments,
        runs=selection.runs,
        logged_models=selection.logged_models,
        registered_models=frozenset({name}),
        versions={name: frozenset(each.version for each in versions)} if one else {},
        aliases=not one,
    )


def _chosen(source: Source, found: FoundRegistered, version: str, alias: str) -> list[ModelVersion]:
    name = found.model.name
    if alias:
        version = found.model.aliases.get(alias, "")
        if not version:
            known = ", ".join(found.model.aliases) or "none"
            raise NotFound(f"Registered model {name!r} has no alias {alias!r}; its aliases are {known}.")
    if not version:
        return found.versions
    versions = [each for each in found.versions if each.version == version]
    if not versions:
        raise NotFound(f"Registered model {name!r} of {source.name} has no version {version}.")
    return versions


def _with_runs(
    source: Source, run_ids: set[str], model_ids: Iterable[str] = (), *, whole_runs: bool = True
) -> Selection:
    """Runs with the logged models that they made and used, if ``whole_runs``, and further logged models."""
    runs: dict[str, set[str]] = defaultdict(set)
    wanted_models = set(model_ids)
    for experiment_id, found in _find_runs(source, frozenset(run_ids)):
        runs[experiment_id].add(found[0])
        if whole_runs:
            wanted_models |= found[1]
    missing = run_ids - {run for ids in runs.values() for run in ids}
    if missing and whole_runs:
        raise NotFound(f"{source.name} has no run {min(missing)!r}.")
    models: dict[str, set[str]] = defaultdict(set)
    for experiment_id, model_id in _find_models(source, frozenset(wanted_models)):
        models[experiment_id].add(model_id)
    experiments = frozenset({*runs, *models})
    return Selection(
        experiments=experiments,
        runs={each: frozenset(runs.get(each, ())) for each in experiments},
        logged_models={each: frozenset(models.get(each, ())) for each in experiments},
        registered_models=frozenset(),
    )


def _find_runs(source: Source, run_ids: frozenset[str]) -> Iterable[tuple[str, tuple[str, set[str]]]]:
    """(experiment id, (run id, ids of logged models)) of each run that is there."""
    if isinstance(source, StoreSource):
        found = []
        for run_id in sorted(run_ids):
            try:
                found.append(source.store.send(GetRun(run_id=run_id)))
            except NotFound:
                continue
    else:
        found = [
            whole.run for experiment in source.experiments() for whole in source.runs(experiment.experiment_id, run_ids)
        ]
    for run in found:
        models = {each.model_id for each in run.inputs.model_inputs}
        models |= {each.model_id for each in (run.outputs.model_outputs if run.outputs else [])}
        yield run.info.experiment_id, (run.info.run_id, models)


def _find_models(source: Source, model_ids: frozenset[str]) -> Iterable[tuple[str, str]]:
    """(experiment id, model id) of each logged model that is there."""
    if isinstance(source, StoreSource):
        for model_id in sorted(model_ids):
            with contextlib.suppress(NotFound):
                yield source.store.send(GetLoggedModel(model_id=model_id, allow_deleted=True)).experiment_id, model_id
    elif model_ids:
        for experiment in source.experiments():
            for found in source.logged_models(experiment.experiment_id, model_ids):
                yield experiment.experiment_id, found.model.model_id
