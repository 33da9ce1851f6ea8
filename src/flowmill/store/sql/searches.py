"""Searches of each kind of thing."""

from __future__ import annotations

from flowmill.errors import Invalid
from flowmill.store.sql import experiments, models, registry, run_rows, runs, versions
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.finding import EVERYTHING, Condition, SortKey, find
from flowmill.store.sql.handler import handles
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.search_runs import runs_condition, runs_order, view_condition
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.experiments import ExperimentPage, SearchExperiments
from flowmill.wire.models import LoggedModelPage, SearchLoggedModels
from flowmill.wire.registry import (
    ModelVersionPage,
    RegisteredModelPage,
    SearchModelVersions,
    SearchRegisteredModels,
)
from flowmill.wire.runs import RunPage, SearchRuns


@handles(SearchRuns)
def search_runs(tx: Transaction, ask: SearchRuns) -> RunPage:
    """A page of whole runs."""
    size = check_page_size(ask.max_results, 50_000)
    condition = runs_condition(tx, ask.filter, ask.run_view_type, ask.experiment_ids)
    order = runs_order(ask.order_by)
    found = find(tx, run_rows.COLUMNS, run_rows.TABLES, condition, order, size, ask.page_token)
    return RunPage(runs.load_runs(tx, found.rows), found.next_page_token)


@handles(SearchExperiments)
def search_experiments(tx: Transaction, ask: SearchExperiments) -> ExperimentPage:
    """A page of experiments, newest first unless ordered."""
    size = check_page_size(ask.max_results, 50_000)
    condition = view_condition("experiments.deleted_at", ask.view_type)
    order = [SortKey("experiments.created_at", False), SortKey("experiments.id", False)]
    found = find(tx, experiments.COLUMNS, "experiments", condition, order, size, ask.page_token)
    return ExperimentPage(experiments.load_experiments(tx, found.rows), found.next_page_token)


@handles(SearchLoggedModels)
def search_logged_models(tx: Transaction, ask: SearchLoggedModels) -> LoggedModelPage:
    """A page of logged models, newest first unless ordered."""
    size = check_page_size(ask.max_results, 50_000)
    if not ask.experiment_ids:
        raise Invalid("experiment_ids is empty: name at least one experiment to search for logged models.")
    numbers = [experiment_number(each) for each in ask.experiment_ids]
    condition = Condition("logged_models.deleted_at IS NULL") & Condition(
        f"logged_models.experiment_id IN ({','.join('?' * len(numbers))})", tuple(numbers)
    )
    order = [SortKey("logged_models.created_at", False), SortKey("logged_models.id", False)]
    found = find(tx, models.COLUMNS, models.TABLES, condition, order, size, ask.page_token)
    return LoggedModelPage(models.load_models(tx, found.rows), found.next_page_token)


@handles(SearchRegisteredModels)
def search_registered_models(tx: Transaction, ask: SearchRegisteredModels) -> RegisteredModelPage:
    """A page of registered models, by name unless ordered."""
    size = check_page_size(ask.max_results, 1_000)
    order = [SortKey("registered_models.name"), SortKey("registered_models.id")]
    found = find(tx, registry.COLUMNS, "registered_models", EVERYTHING, order, size, ask.page_token)
    return RegisteredModelPage(registry.load_registered_models(tx, found.rows), found.next_page_token)


@handles(SearchModelVersions)
def search_model_versions(tx: Transaction, ask: SearchModelVersions) -> ModelVersionPage:
    """A page of versions, last changed first unless ordered."""
    size = check_page_size(ask.max_results, 200_000)
    order = [SortKey("model_versions.updated_at", False), SortKey("model_versions.id", False)]
    found = find(tx, versions.COLUMNS, versions.TABLES, EVERYTHING, order, size, ask.page_token)
    return ModelVersionPage(versions.load_versions(tx, found.rows), found.next_page_token)
