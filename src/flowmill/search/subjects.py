"""What can be searched for, and by which fields: the vocabulary of MLflow's filters as plain values.

The names were found by asking MLflow 3.17 and are pinned in ``tests/search/test_facts.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flowmill.search.tree import Kind, Thing

ValueType = Literal["text", "number", "quoted number"]
"""``quoted number``: a number that may also be written in quotes."""


@dataclass(frozen=True)
class Attribute:
    """One attribute under its own name, whatever it was called in the filter."""

    name: str
    type: ValueType = "text"


@dataclass(frozen=True)
class Subject:
    """One kind of thing to search for.

    ``things``: what belongs to one, of which a filter may ask that some one of them meets several terms at once.
    ``one``: how messages call one of it. ``prefixes``: what may stand before the dot. ``attributes``: by the
    names that filters use. ``sortable``: the same for sorting. ``flag_tags``: tags whose absence counts as
    differing from every value.
    """

    one: str
    prefixes: Mapping[str, Kind]
    attributes: Mapping[str, Attribute]
    sortable: Mapping[str, Attribute]
    flag_tags: frozenset[str] = field(default_factory=frozenset[str])
    things: Mapping[str, tuple[Thing, Subject]] = field(default_factory=dict[str, "tuple[Thing, Subject]"])


DATASET_KEYS = ("name", "digest", "context")

_ATTRIBUTE: dict[str, Kind] = dict.fromkeys(("attribute", "attributes", "attr"), "attribute")
_TAG: dict[str, Kind] = dict.fromkeys(("tag", "tags"), "tag")
_PARAM: dict[str, Kind] = dict.fromkeys(("param", "params", "parameter", "parameters"), "param")
_METRIC: dict[str, Kind] = dict.fromkeys(("metric", "metrics"), "metric")
_EXTREME: dict[str, Kind] = {"minimum": "minimum", "maximum": "maximum"}
_DATASET: dict[str, Kind] = dict.fromkeys(("dataset", "datasets"), "dataset")
_RUN: dict[str, Kind] = {"run": "attribute"}
_MODEL: dict[str, Kind] = {"model": "attribute"}


def _texts(*names: str) -> dict[str, Attribute]:
    return {name: Attribute(name) for name in names}


def _numbers(*names: str) -> dict[str, Attribute]:
    return {name: Attribute(name, "number") for name in names}


_RUN_ATTRIBUTES = {
    **_texts("run_id", "run_name", "status", "user_id", "artifact_uri"),
    **dict.fromkeys(("run name", "Run name", "Run Name"), Attribute("run_name")),
    **_numbers("start_time", "end_time"),
    **dict.fromkeys(("created", "Created"), Attribute("start_time", "number")),
}
_EXPERIMENT_ATTRIBUTES = {
    **_texts("experiment_id", "name"),
    **_numbers("creation_time", "last_update_time"),
}
_LOGGED_MODEL_ATTRIBUTES = {
    **_texts("name", "model_id", "model_type", "status", "source_run_id", "experiment_id", "artifact_location"),
    **_numbers("creation_timestamp", "last_updated_timestamp"),
    "creation_time": Attribute("creation_timestamp", "number"),
    "last_updated_time": Attribute("last_updated_timestamp", "number"),
}
_PROMPT_FLAG = frozenset({"mlflow.prompt.is_prompt"})
"""MLflow's own client hides prompts by ``!= 'true'``, which keeps the models that lack the tag."""

_VERSION_NUMBER = Attribute("version_number", "quoted number")
_USED_DATASET = Subject("a dataset", {}, _texts(*DATASET_KEYS), {})
_MEASURED_DATASET = Subject("a dataset", {}, _texts("name", "digest"), {})
_MADE_VERSION = Subject(
    "a registered version", {}, {**_texts("name"), "version": _VERSION_NUMBER, "version_number": _VERSION_NUMBER}, {}
)
RUNS = Subject(
    "a run",
    _ATTRIBUTE | _RUN | _TAG | _PARAM | _METRIC | _EXTREME | _DATASET,
    _RUN_ATTRIBUTES,
    _RUN_ATTRIBUTES,
    things={
        **dict.fromkeys(("dataset", "datasets"), ("dataset", _USED_DATASET)),
        **dict.fromkeys(("version", "versions"), ("version", _MADE_VERSION)),
    },
)
EXPERIMENTS = Subject("an experiment", _ATTRIBUTE | _TAG, _EXPERIMENT_ATTRIBUTES, _EXPERIMENT_ATTRIBUTES)
REGISTERED_MODELS = Subject(
    "a registered model",
    _ATTRIBUTE | _TAG,
    _texts("name"),
    {
        **_texts("name"),
        **_numbers("creation_timestamp", "last_updated_timestamp"),
        "timestamp": Attribute("last_updated_timestamp", "number"),
    },
    _PROMPT_FLAG,
)
MODEL_VERSIONS = Subject(
    "a model version",
    _ATTRIBUTE | _TAG,
    {**_texts("name", "run_id", "source_path"), "version_number": Attribute("version_number", "quoted number")},
    {**_texts("name"), **_numbers("version_number", "creation_timestamp", "last_updated_timestamp")},
    _PROMPT_FLAG,
)
LOGGED_MODELS = Subject(
    "a logged model",
    _ATTRIBUTE | _MODEL | _TAG | _PARAM | _METRIC,
    _LOGGED_MODEL_ATTRIBUTES,
    _LOGGED_MODEL_ATTRIBUTES,
    things=dict.fromkeys(("dataset", "datasets"), ("dataset", _MEASURED_DATASET)),
)
