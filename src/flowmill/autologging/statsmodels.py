"""statsmodels: ``fit`` of a model logs its arguments, the numbers of its results, its summary and the model."""

from __future__ import annotations

import inspect
import numbers
import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.flavors import log_model_of
from flowmill.autologging.patching import applies, stand_around
from flowmill.autologging.training import Training, may_log, watched

NAME = "statsmodels"
_RESULTS = (
    "aic bic centered_tss condition_number df_model df_resid ess f_pvalue fvalue llf mse_model mse_resid mse_total "
    "rsquared rsquared_adj scale ssr uncentered_tss"
).split()
"""Attributes of results that are logged as metrics, as MLflow has them."""


def autolog(
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let fits of statsmodels log themselves from now on.

    ``log_datasets``: note the data of the model. The other arguments are those of `flowmill.sklearn.autolog`.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at the models of statsmodels once they are there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        on_import("statsmodels.base.model", _follow_classes)


def _follow_classes() -> None:
    if not is_supported(NAME, NAME, 0, 0):
        return
    base = sys.modules["statsmodels.base.model"].Model
    if "__flowmill_follows__" in vars(base):
        return
    base.__flowmill_follows__ = True

    def note_class(cls: type, **kwargs: Any) -> None:
        super(base, cls).__init_subclass__(**kwargs)
        _follow(cls)

    base.__init_subclass__ = classmethod(note_class)
    waiting = [base]
    while waiting:
        kind = waiting.pop()
        _follow(kind)
        waiting += kind.__subclasses__()


def _follow(kind: type) -> None:
    if kind.__module__.partition(".")[0] == NAME:
        stand_around(kind, "fit", _fit)


def _fit(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    if not applies(NAME) or not may_log(NAME):
        return original(*args, **kwargs)
    return watched(lambda: _Fit(original, model, args, kwargs), original, args, kwargs)


class _Fit(Training):
    """One call of ``fit``."""

    integration = NAME

    def __init__(self, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> None:
        super().__init__()
        self._model = model
        signature = inspect.signature(original)
        bound = signature.bind_partial(*args, **kwargs)
        bound.apply_defaults()
        further = next((each.name for each in signature.parameters.values() if each.kind is each.VAR_KEYWORD), "")
        self._params = {**bound.arguments, **bound.arguments.get(further, {})}
        self._params.pop(further, None)

    def before(self) -> None:
        self.part(lambda: self.log_params(self._params))
        if self.option("log_datasets", True):
            self.part(self._note_dataset)

    def _note_dataset(self) -> None:
        from flowmill.autologging.data import dataset_of

        data = getattr(self._model, "data", None)
        dataset = dataset_of(getattr(data, "orig_exog", None), getattr(data, "orig_endog", None))
        if dataset is not None:
            self.log_dataset(dataset, "train")

    def after(self, result: Any) -> None:
        self.part(lambda: self.log_metrics(_metrics(result)))
        self.part(lambda: self.client.log_text(self.run_id, result.summary().as_text(), "model_summary.txt"))
        if self.option("log_models", True):
            name = self.option("registered_model_name")
            self.part(lambda: log_model_of(NAME, result, registered_model_name=name))


def _metrics(result: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in _RESULTS:
        try:
            value = getattr(result, name, None)
        except Exception:  # a result that cannot be told of this model
            continue
        if isinstance(value, numbers.Real):
            found[name] = float(value)
    return found
