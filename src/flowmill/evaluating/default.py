"""The evaluator of metrics that the user names, and what those of classifiers and regressors share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowmill.api import log_metrics
from flowmill.data.evaluation_dataset import EvaluationDataset
from flowmill.errors import Invalid
from flowmill.evaluating.artifacts import EvaluationArtifact, JsonEvaluationArtifact, file_of
from flowmill.evaluating.case import Case
from flowmill.evaluating.custom import (
    File,
    Found,
    artifacts_of,
    check_artifact_functions,
    check_metrics,
    compute,
)
from flowmill.evaluating.evaluator import ModelEvaluator
from flowmill.evaluating.metrics import LATENCY, ndcg_at_k, precision_at_k, recall_at_k
from flowmill.evaluating.result import EvaluationResult
from flowmill.evaluating.values import EvaluationMetric, numbers_of
from flowmill.session import tracking_client

TABLE = "eval_results_table"
"""The table of the scores of each row."""
_RETRIEVER_K = 3


class DefaultEvaluator(ModelEvaluator):
    """Measures whatever the user's own metrics say, and rankings of documents (``retriever``)."""

    model_types: tuple[str | None, ...] = (None, "retriever")

    @classmethod
    def can_evaluate(cls, *, model_type: str | None, evaluator_config: dict[str, Any], **kwargs: Any) -> bool:
        """Whether it measures models of this type."""
        return model_type in cls.model_types

    def built_in(self, case: Case, files: dict[str, Any]) -> dict[str, float]:
        """The numbers that are measured of every such model; what is to be stored goes into ``files`` by name."""
        return {}

    def own_metrics(self, case: Case, model_type: str | None) -> list[EvaluationMetric]:
        """The metrics of every such model that are as those that a user names."""
        if model_type != "retriever":
            return []
        k: Any = case.config.get("retriever_k", _RETRIEVER_K)
        return [precision_at_k(k), recall_at_k(k), ndcg_at_k(k)]

    def evaluate(
        self,
        *,
        model_type: str | None,
        dataset: EvaluationDataset,
        run_id: str,
        evaluator_config: dict[str, Any],
        model: Any = None,
        extra_metrics: Sequence[Any] | None = None,
        custom_artifacts: Sequence[Any] | None = None,
        predictions: Any = None,
        model_id: str | None = None,
        **kwargs: Any,
    ) -> EvaluationResult:
        """Measure, log to the run, and return what was found.

        What was found before one of the user's own functions fails is logged nevertheless.
        """
        extra, functions = check_metrics(extra_metrics), check_artifact_functions(custom_artifacts)
        if model_type is None and not extra:
            raise Invalid("There is nothing to measure: pass model_type or extra_metrics.")
        case = Case(dataset, evaluator_config, model, predictions, timed=any(each.name == LATENCY for each in extra))
        contents: dict[str, Any] = {}
        numbers = self.built_in(case, contents)
        files = {name: file_of(content) for name, content in contents.items()}
        found: Found = {}
        record = Record(run_id, str(evaluator_config.get("metric_prefix") or ""), dataset, model_id)
        try:
            compute([*self.own_metrics(case, model_type), *extra], case, numbers, found)
            files = {**artifacts_of(functions, case, numbers, found), **files}
        finally:
            metrics = record.log_numbers({**numbers, **numbers_of(found)})
            artifacts = {**record.log_table(case, found), **record.log_files(files)}
        return EvaluationResult(metrics, artifacts, run_id)


class Record:
    """Where what was found is logged to."""

    def __init__(self, run_id: str, prefix: str, dataset: EvaluationDataset, model_id: str | None) -> None:
        self._run_id, self._prefix, self._dataset, self._model_id = run_id, prefix, dataset, model_id

    def log_numbers(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Log metrics under their names with the prefix, which are returned."""
        named = {f"{self._prefix}{name}": number for name, number in numbers.items()}
        if named:
            data = self._dataset if self._dataset.digest else None
            log_metrics(named, run_id=self._run_id, model_id=self._model_id, dataset=data)
        return named

    def log_files(self, files: Mapping[str, File]) -> dict[str, EvaluationArtifact]:
        """Store files by name: each its ending, bytes and kind."""
        if not files:
            return {}
        store = tracking_client().artifacts_of_run(self._run_id)
        made: dict[str, EvaluationArtifact] = {}
        for name, (ending, data, kind) in files.items():
            path = f"{self._prefix}{name}{ending}"
            store.put(path, data)
            made[name] = kind.of_data(self._uri(path), data)
        return made

    def log_table(self, case: Case, found: Found) -> dict[str, EvaluationArtifact]:
        """The table of the rows and their scores, where a metric has some."""
        columns: dict[str, Any] = {}
        for metric, value in found.values():
            if value.scores is not None:
                columns[metric.name if metric.name == LATENCY else f"{metric.full_name}/score"] = value.scores
            if value.justifications is not None:
                columns[f"{metric.full_name}/justification"] = value.justifications
        if not columns:
            return {}
        table = case.table()
        wrong = [name for name, values in columns.items() if len(values) != len(table)]
        if wrong:
            raise Invalid(f"{', '.join(wrong)} must be as many as the {len(table)} rows.")
        path = f"{self._prefix}{TABLE}.json"
        client = tracking_client()
        client.log_table(self._run_id, table.assign(**columns), path)
        data = client.artifacts_of_run(self._run_id).read(path)
        return {TABLE: JsonEvaluationArtifact.of_data(self._uri(path), data)}

    def _uri(self, path: str) -> str:
        return f"{tracking_client().get_run(self._run_id).info.artifact_uri}/{path}"
