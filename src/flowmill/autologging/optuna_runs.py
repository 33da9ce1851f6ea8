"""Studies and trials of Optuna as runs, and back: one run a study, a child run a trial.

The layout is what MLflow 3.17 was seen to leave, so that either reads what the other wrote: directions, attributes,
distributions and inner values are tags, outer values parameters, what an objective gives and reports metrics.
"""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, Run, RunTag

DIRECTION = "optuna.study_direction"
"""The tag of a study's run: MINIMIZE, MAXIMIZE or NOT_SET, joined by commas."""
STUDY_NAME = "optuna.study_name"
"""The tag of a study whose name a run cannot have."""
STARTED, COMPLETED = "optuna.datetime_start", "optuna.datetime_complete"
"""Tags of a trial whose times are not those of its run."""
NUMBER = "numbers"
CLAIM = "optuna.claim"
"""The tag of a trial's run that says whose the number is."""
USER, SYSTEM = "user_", "sys_"
"""What tags of attributes begin with; the values are JSON."""
INNER = "param_internal_val_"
DISTRIBUTIONS = "param_directions"
TRIAL_POINTS = "trial_id"
"""The metric of a study's run that has a point a trial: a trial's place among them is its number."""
REPORTED = "intermediate_value"

STATUS = {"RUNNING": "RUNNING", "WAITING": "SCHEDULED", "COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED"}
"""A run's status by the name of a trial's state."""
_STATES = {status: state for state, status in STATUS.items()}


def attribute_tag(prefix: str, key: str, value: Any) -> RunTag:
    """The tag of an attribute; TypeError for a value that JSON does not have."""
    return RunTag(f"{prefix}{key}", json.dumps(value))


def attributes(run: Run, prefix: str) -> dict[str, Any]:
    """The attributes in a run's tags."""
    return {key[len(prefix) :]: json.loads(text) for key, text in run.data.tags.items() if key.startswith(prefix)}


def study_name(run: Run) -> str:
    """The name of the study that a run is."""
    return run.data.tags.get(STUDY_NAME, run.info.run_name or "")


def directions(run: Run) -> list[Any]:
    """The directions of the study that a run is."""
    from optuna.study import StudyDirection

    return [StudyDirection[word] for word in run.data.tags[DIRECTION].split(",")]


def value_points(values: Sequence[float], time_ms: int) -> list[Metric]:
    """What an objective gave: ``value``, or ``value_0`` and so on."""
    names = ["value"] if len(values) == 1 else [f"value_{place}" for place in range(len(values))]
    return [Metric(name, float(value), time_ms, 1) for name, value in zip(names, values, strict=True)]


def parameter(name: str, inner: float, distribution: Any) -> tuple[Param, RunTag]:
    """A parameter as people read it, and the number that it is to Optuna."""
    return Param(name, str(distribution.to_external_repr(inner))), RunTag(f"{INNER}{name}", json.dumps(inner))


def distributions_tag(found: Mapping[str, Any]) -> RunTag:
    """The tag of all distributions that a trial's parameters are of."""
    from optuna.distributions import distribution_to_json

    return RunTag(DISTRIBUTIONS, json.dumps({name: distribution_to_json(each) for name, each in found.items()}))


def state_of(run: Run) -> Any:
    """The state of the trial that a run is."""
    from optuna.trial import TrialState

    return TrialState[_STATES[str(run.info.status)]]


def trial_of(run: Run, reported: Iterable[Metric]) -> Any:
    """The trial that a run is; ``reported``: the points of its intermediate values."""
    from optuna.distributions import json_to_distribution
    from optuna.trial import FrozenTrial

    tags = run.data.tags
    state = state_of(run)
    texts: dict[str, str] = json.loads(tags.get(DISTRIBUTIONS, "{}"))
    found = {name: json_to_distribution(text) for name, text in texts.items()}
    params = {
        name: each.to_external_repr(json.loads(tags[f"{INNER}{name}"]))
        for name, each in found.items()
        if f"{INNER}{name}" in tags
    }
    started = _time(tags.get(STARTED), None if state.name == "WAITING" else run.info.start_time)
    return FrozenTrial(
        number=int(tags[NUMBER]),
        state=state,
        value=None,
        values=_values(run.data.metrics),
        datetime_start=started,
        datetime_complete=_time(tags.get(COMPLETED), run.info.end_time) if state.is_finished() else None,
        params=params,
        distributions=found,
        user_attrs=attributes(run, USER),
        system_attrs=attributes(run, SYSTEM),
        intermediate_values={point.step: point.value for point in sorted(reported, key=lambda each: each.timestamp)},
        trial_id=run.info.run_id,  # pyright: ignore[reportArgumentType] -- a text, as in MLflow's storage
    )


def _values(metrics: Mapping[str, float]) -> list[float] | None:
    if "value" in metrics:
        return [metrics["value"]]
    names = sorted((name for name in metrics if name.startswith("value_") and name[6:].isdigit()), key=_place)
    return [metrics[name] for name in names] or None


def _place(name: str) -> int:
    return int(name[6:])


def clock() -> datetime.datetime:
    """Now, as Optuna has times."""
    return datetime.datetime.now()


def _time(text: str | None, time_ms: int | None) -> datetime.datetime | None:
    """The tag's time, else the run's; in the zone of this machine and without saying so, as Optuna has times."""
    if text is not None:
        return datetime.datetime.fromisoformat(text)
    return None if time_ms is None else datetime.datetime.fromtimestamp(time_ms / 1000)
