"""Searches of each kind of thing: filter, order and page."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.run import ViewType
from flowmill.errors import Invalid
from flowmill.search.subjects import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS
from flowmill.store.sql import experiments, models, registry, run_rows, runs, versions
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.finding import Condition, SortKey, find
from flowmill.store.sql.handler import handles
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.search_terms import filter_condition, sort_keys, view_condition
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


@handles(SearchRuns)
def search_runs(tx: Transaction, ask: SearchRuns) -> RunPage:
    """A page of whole runs."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    condition = runs_condition(tx, ask.filter, ask.run_view_type, ask.experiment_ids)
    order = runs_order(tx, ask.order_by)
    found = find(tx, run_rows.COLUMNS, run_rows.TABLES, condition, order, size, ask.page_token)
    return RunPage(runs.load_runs(tx, found.rows), found.next_page_token)


@handles(SearchExperiments)
def search_experiments(tx: Transaction, ask: SearchExperiments) -> ExperimentPage:
    """A page of experiments, newest first unless ordered."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    condition = filter_condition(tx, ask.filter, EXPERIMENTS)
    condition = condition & view_condition("experiments.deleted_at", ask.view_type)
    newest = SortKey("experiments.created_at", False, always=True)
    order = sort_keys(tx, ask.order_by, EXPERIMENTS, [newest], SortKey("experiments.id", False, always=True))
    found = find(tx, experiments.COLUMNS, "experiments", condition, order, size, ask.page_token)
    return ExperimentPage(experiments.load_experiments(tx, found.rows), found.next_page_token)


@handles(SearchLoggedModels)
def search_logged_models(tx: Transaction, ask: SearchLoggedModels) -> LoggedModelPage:
    """A page of logged models, newest first unless ordered."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    if not ask.experiment_ids:
        raise Invalid("experiment_ids is empty: name at least one experiment to search for logged models.")
    condition = (
        filter_condition(tx, ask.filter, LOGGED_MODELS)
        & Condition("logged_models.deleted_at IS NULL")
        & _among("logged_models.experiment_id", ask.experiment_ids)
    )
    newest = SortKey("logged_models.created_at", False, always=True)
    texts = [_order_text(each) for each in ask.order_by]
    order = sort_keys(tx, texts, LOGGED_MODELS, [newest], SortKey("logged_models.id", False, always=True))
    found = find(tx, models.COLUMNS, models.TABLES, condition, order, size, ask.page_token)
    return LoggedModelPage(models.load_models(tx, found.rows), found.next_page_token)


@handles(SearchRegisteredModels)
def search_registered_models(tx: Transaction, ask: SearchRegisteredModels) -> RegisteredModelPage:
    """A page of registered models, by name unless ordered."""
    size = check_page_size(ask.max_results, 1_000)
    condition = filter_condition(tx, ask.filter, REGISTERED_MODELS)
    by_name = SortKey("registered_models.name", always=True)
    order = sort_keys(tx, ask.order_by, REGISTERED_MODELS, [by_name], SortKey("registered_models.id", always=True))
    found = find(tx, registry.COLUMNS, "registered_models", condition, order, size, ask.page_token)
    return RegisteredModelPage(registry.load_registered_models(tx, found.rows), found.next_page_token)


@handles(SearchModelVersions)
def search_model_versions(tx: Transaction, ask: SearchModelVersions) -> ModelVersionPage:
    """A page of versions, last changed first unless ordered."""
    size = check_page_size(ask.max_results, 200_000)
    condition = filter_condition(tx, ask.filter, MODEL_VERSIONS)
    changed = SortKey("model_versions.updated_at", False, always=True)
    order = sort_keys(tx, ask.order_by, MODEL_VERSIONS, [changed], SortKey("model_versions.id", False, always=True))
    found = find(tx, versions.COLUMNS, versions.TABLES, condition, order, size, ask.page_token)
    return ModelVersionPage(versions.load_versions(tx, found.rows, aliased=False), found.next_page_token)


def runs_condition(tx: Transaction, text: str, view: ViewType, experiment_ids: Sequence[str] | None) -> Condition:
    """Selects the runs of these experiments (None: of all) that the filter matches."""
    condition = filter_condition(tx, text, RUNS) & view_condition("runs.deleted_at", view)
    return condition if experiment_ids is None else condition & _among("runs.experiment_id", experiment_ids)


def runs_order(tx: Transaction, order_by: Sequence[str]) -> list[SortKey]:
    """Sort keys of a list of ``metrics.loss ASC`` texts; ties are broken newest first."""
    return sort_keys(
        tx, order_by, RUNS, [SortKey("runs.start_time", False, always=True)], SortKey("runs.id", False, always=True)
    )


def _among(column: str, experiment_ids: Sequence[str]) -> Condition:
    numbers = [experiment_number(each) for each in experiment_ids]
    if len(numbers) == 1:  # of one experiment, the index is in the order of the page
        return Condition(f"{column} = ?", (numbers[0],))
    marks = ",".join("?" * len(numbers)) or "NULL"
    return Condition(f"{column} IN ({marks})", tuple(numbers))


def _order_text(order: ModelOrder) -> str:
    """``metrics.val loss`` needs backticks around its key to be one name."""
    kind, dot, key = order.field_name.partition(".")
    name = f"{kind}.`{key.strip('`')}`" if dot else kind
    return f"{name} {'ASC' if order.ascending else 'DESC'}"
