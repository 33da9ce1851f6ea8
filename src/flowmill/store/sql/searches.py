"""Searches of each kind of thing: filter, order and page."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.base import Entity
from flowmill.entities.run import ViewType
from flowmill.errors import Invalid
from flowmill.search.parse import parse_filter
from flowmill.search.sql import Columns
from flowmill.search.subjects import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS
from flowmill.store.sql import experiments, models, registry, run_rows, runs, versions
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.finding import Found, Search, find
from flowmill.store.sql.handler import answers, handles
from flowmill.store.sql.ordering import EVERYTHING, Condition, SortKey, among
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.search_terms import (
    EXPERIMENT_COLUMNS,
    REGISTERED_MODEL_COLUMNS,
    VERSION_COLUMNS,
    model_columns,
    run_columns,
    sort_keys,
)
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.experiments import ExperimentPage, SearchExperiments
from flowmill.wire.models import LoggedModelPage, ModelOrder, SearchLoggedModels
from flowmill.wire.registry import (
    ModelVersionPage,
    RegisteredModelPage,
    SearchModelVersions,
    SearchRegisteredModels,
)
from flowmill.wire.runs import RunPage, SearchRuns

_LARGEST_PAGE = 50_000
_MOST_ARMS = 32
"""So many experiments are walked side by side; more are read and sorted."""
_VIEWS = {
    ViewType.ACTIVE_ONLY: ["IS NULL"],
    ViewType.DELETED_ONLY: ["IS NOT NULL"],
    ViewType.ALL: ["IS NULL", "IS NOT NULL"],
}
"""What ``deleted_at`` is: a row meets one of them."""
PARENT_TAG = "mlflow.parentRunId"
EXTREMES = ("minimum", "maximum")
"""Columns of ``latest_metrics`` that rows can have."""


def _has_no_parent(stage: str) -> Condition:
    """That a run is not below another one that is there; ``stage``: which parents are, told by the runs' rows."""
    return Condition(
        "NOT EXISTS (SELECT 1 FROM tags child JOIN runs parent ON parent.run_id = child.value "
        f"WHERE child.run = runs.id AND child.key = '{PARENT_TAG}' AND parent.experiment_id = runs.experiment_id "
        f"AND parent.id <> runs.id AND ({stage}))"
    )


_HAS_NO_PARENT = _has_no_parent("parent.deleted_at IS NULL OR runs.deleted_at IS NOT NULL")
_HAS_NO_DELETED_PARENT = _has_no_parent("parent.deleted_at IS NOT NULL")


@handles(SearchRuns)
def search_runs(tx: Transaction, ask: SearchRuns) -> RunPage:
    """A page of whole runs."""
    found = _found_runs(tx, ask)
    return RunPage(runs.load_runs(tx, found.rows), found.next_page_token)


@answers(SearchRuns)
def page_of_runs(tx: Transaction, ask: SearchRuns) -> bytes:
    """The same as JSON."""
    found = _found_runs(tx, ask)
    return runs.json_of(_ReadyPage(runs.ready_runs(tx, found.rows), found.next_page_token))


class _ReadyPage(Entity, frozen=True):
    """A `RunPage`, ready to be sent."""

    runs: list[runs.ReadyRun] = []
    next_page_token: str | None = None


def _found_runs(tx: Transaction, ask: SearchRuns) -> Found:
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    search = search_of_runs(tx, ask.filter, ask.order_by, ask.run_view_type, ask.experiment_ids)
    return find(tx, search, size, ask.page_token)


@handles(SearchExperiments)
def search_experiments(tx: Transaction, ask: SearchExperiments) -> ExperimentPage:
    """A page of experiments, newest first unless ordered."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    newest = SortKey("experiments.created_at", False, always=True)
    last = SortKey("experiments.id", False, always=True)
    search = Search(
        rows=experiments.COLUMNS,
        tables="experiments",
        places=EXPERIMENT_COLUMNS,
        scope=_any([Condition(f"experiments.deleted_at {each}") for each in _VIEWS[ask.view_type]]),
        order=sort_keys(ask.order_by, EXPERIMENTS, EXPERIMENT_COLUMNS, [newest], last),
        term=parse_filter(ask.filter, EXPERIMENTS),
    )
    found = find(tx, search, size, ask.page_token)
    return ExperimentPage(experiments.load_experiments(tx, found.rows), found.next_page_token)


@handles(SearchLoggedModels)
def search_logged_models(tx: Transaction, ask: SearchLoggedModels) -> LoggedModelPage:
    """A page of logged models, newest first unless ordered."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    found = find(tx, search_of_models(tx, ask), size, ask.page_token)
    return LoggedModelPage(models.load_models(tx, found.rows), found.next_page_token)


def search_of_models(tx: Transaction, ask: SearchLoggedModels) -> Search:
    """A search for logged models, newest first within equal sort keys."""
    if not ask.experiment_ids:
        raise Invalid("experiment_ids is empty: name at least one experiment to search for logged models.")
    if unnamed := [each for each in ask.datasets if not each.dataset_name]:
        raise Invalid(f"A dataset to search by needs its dataset_name, got {unnamed[0].to_dictionary()}.")
    datasets = [(each.dataset_name, each.dataset_digest or None) for each in ask.datasets]
    columns = model_columns(tx, datasets)
    by_dataset = [
        model_columns(tx, [(each.dataset_name or None, each.dataset_digest or None)])
        if each.dataset_name or each.dataset_digest
        else model_columns(tx)
        for each in ask.order_by
    ]
    measured = _measured_on(columns) if datasets else EVERYTHING
    newest = SortKey("logged_models.created_at", False, always=True)
    last = SortKey("logged_models.id", False, always=True)
    arms = [
        Condition("logged_models.experiment_id = ? AND logged_models.deleted_at IS NULL", (number,)) & measured
        for number in _numbers(ask.experiment_ids)
    ]
    return Search(
        rows=models.COLUMNS,
        tables=models.TABLES,
        places=columns,
        scope=among(tx.dialect, "logged_models.experiment_id", _numbers(ask.experiment_ids))
        & Condition("logged_models.deleted_at IS NULL")
        & measured,
        order=sort_keys([_order_text(each) for each in ask.order_by], LOGGED_MODELS, by_dataset, [newest], last),
        term=parse_filter(ask.filter, LOGGED_MODELS),
        arms=tuple(arms) if len(arms) <= _MOST_ARMS else (),
        walk=newest.expression,
    )


@handles(SearchRegisteredModels)
def search_registered_models(tx: Transaction, ask: SearchRegisteredModels) -> RegisteredModelPage:
    """A page of registered models, by name unless ordered."""
    size = check_page_size(ask.max_results, 1_000)
    by_name = SortKey("registered_models.name", always=True, text=True)
    last = SortKey("registered_models.id", always=True)
    search = Search(
        rows=registry.COLUMNS,
        tables="registered_models",
        places=REGISTERED_MODEL_COLUMNS,
        scope=EVERYTHING,
        order=sort_keys(ask.order_by, REGISTERED_MODELS, REGISTERED_MODEL_COLUMNS, [by_name], last),
        term=parse_filter(ask.filter, REGISTERED_MODELS),
        arms=(EVERYTHING,),
        walk=by_name.expression,
    )
    found = find(tx, search, size, ask.page_token)
    return RegisteredModelPage(registry.load_registered_models(tx, found.rows), found.next_page_token)


@handles(SearchModelVersions)
def search_model_versions(tx: Transaction, ask: SearchModelVersions) -> ModelVersionPage:
    """A page of versions, last changed first unless ordered."""
    size = check_page_size(ask.max_results, 200_000)
    changed = SortKey("model_versions.updated_at", False, always=True)
    last = SortKey("model_versions.id", False, always=True)
    search = Search(
        rows=versions.COLUMNS,
        tables=versions.TABLES,
        places=VERSION_COLUMNS,
        scope=EVERYTHING,
        order=sort_keys(ask.order_by, MODEL_VERSIONS, VERSION_COLUMNS, [changed], last),
        term=parse_filter(ask.filter, MODEL_VERSIONS),
    )
    found = find(tx, search, size, ask.page_token)
    return ModelVersionPage(versions.load_versions(tx, found.rows, aliased=False), found.next_page_token)


def search_of_runs(
    tx: Transaction,
    filter_text: str,
    order_by: Sequence[str],
    view: ViewType,
    experiment_ids: Sequence[str] | None,
    run_ids: Sequence[str] | None = None,
    roots: bool = False,
) -> Search:
    """A search for runs of these experiments (None: of all), newest first within equal sort keys; ``run_ids``
    narrows it to some of them, ``roots`` to those that are not below another one."""
    newest = SortKey("runs.start_time", False, always=True)
    last = SortKey("runs.id", False, always=True)
    numbers = None if experiment_ids is None else _numbers(experiment_ids)
    within = EVERYTHING if numbers is None else among(tx.dialect, "runs.experiment_id", numbers)
    scope = within & _any([Condition(f"runs.deleted_at {each}") for each in _VIEWS[view]])
    arms: list[Condition] = []
    if numbers is not None and len(numbers) <= _MOST_ARMS:
        arms = [
            Condition(f"runs.experiment_id = ? AND runs.deleted_at {each}", (number,))
            for number in numbers
            for each in _VIEWS[view]
        ]
    if run_ids is not None:
        chosen = Condition(f"runs.run_id {tx.dialect.one_of()}", (tx.dialect.listed(run_ids),))
        scope, arms = chosen & scope, []
    if roots:
        rootless = _HAS_NO_DELETED_PARENT if view == ViewType.DELETED_ONLY else _HAS_NO_PARENT
        scope, arms = scope & rootless, [arm & rootless for arm in arms]
    columns = run_columns(tx, within)
    return Search(
        rows=run_rows.COLUMNS,
        tables=run_rows.TABLES,
        places=columns,
        scope=scope,
        order=sort_keys(order_by, RUNS, columns, [newest], last),
        term=parse_filter(filter_text, RUNS),
        arms=tuple(arms) if len(arms) <= _MOST_ARMS else (),
        walk=newest.expression,
    )


def _measured_on(columns: Columns) -> Condition:
    """Selects models that have a metric on the datasets, whatever it is."""
    assert columns.metrics is not None and columns.metrics.where is not None
    where = columns.metrics.where
    return Condition(
        f"EXISTS (SELECT 1 FROM {columns.metrics.table} WHERE {columns.metrics.owner} = {columns.id} AND {where.sql})",
        where.arguments,
    )


def _numbers(experiment_ids: Sequence[str]) -> list[int]:
    return list(dict.fromkeys(experiment_number(each) for each in experiment_ids))


def _any(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else EVERYTHING


def _order_text(order: ModelOrder) -> str:
    """``metrics.val loss`` needs backticks around its key to be one name."""
    kind, dot, key = order.field_name.partition(".")
    name = f"{kind}.`{key.strip('`')}`" if dot else kind
    return f"{name} {'ASC' if order.ascending else 'DESC'}"
