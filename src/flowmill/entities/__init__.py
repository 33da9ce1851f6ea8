"""The values that Flowmill speaks of: frozen, comparable, and the same on the wire as in memory."""

from flowmill.lazy import lazy_names

_NAMES = {
    "artifact": "FileInfo",
    "dataset": "Dataset DatasetInput DatasetSummary InputTag",
    "experiment": "Experiment ExperimentTag",
    "metric": "Metric Series",
    "model": "LoggedModel LoggedModelParameter LoggedModelStatus LoggedModelTag",
    "run": (
        "LifecycleStage LoggedModelInput LoggedModelOutput Param Run RunData RunInfo RunInputs RunOutputs RunStatus "
        "RunTag SourceType ViewType"
    ),
    "webhook": "Webhook WebhookEvent WebhookStatus WebhookTestResult",
}

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        **{name: f"{__name__}.{module}:{name}" for module, names in _NAMES.items() for name in names.split()},
        "_DatasetSummary": f"{__name__}.dataset:DatasetSummary",
    },
)
