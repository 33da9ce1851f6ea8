"""Models written in Python by the user: a class with ``predict``, or just a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any


class PythonModel:
    """Derive from it and write ``predict``; it is pickled with all that its attributes hold.

    ``predict`` may be written as ``predict(self, context, model_input, params=None)`` or without ``context``
    and ``params``.
    """

    # No abstract base class: MLflow pickles classes that derive from it before their methods are in place.

    def load_context(self, context: PythonModelContext) -> None:
        """Called once after loading, to open what a pickle cannot hold; ``context.artifacts`` has the files."""

    @property
    def predict_type_hints(self) -> Any:
        """The type that ``predict`` declares for its input, or None."""
        return input_hint(self.predict)

    if TYPE_CHECKING:  # written with context and params or without: both are right, and checked when it is logged

        def predict(self, *args: Any, **kwargs: Any) -> Any: ...

        def predict_stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]: ...

    else:

        def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
            """The predictions for an input."""
            raise NotImplementedError(f"{type(self).__name__} has no predict: write one.")

        def predict_stream(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
            """The predictions one after the other, for models that write one."""
            raise NotImplementedError(f"{type(self).__name__} has no predict_stream: write one to stream predictions.")


class PythonModelContext:
    """What a `PythonModel` finds when it is loaded."""

    def __init__(self, artifacts: dict[str, str], model_config: dict[str, Any] | None) -> None:
        self._artifacts = artifacts
        self._model_config = model_config

    @property
    def artifacts(self) -> dict[str, str]:
        """Local paths of the artifacts by the names they were logged under."""
        return self._artifacts

    @property
    def model_config(self) -> dict[str, Any] | None:
        """The configuration logged with the model, overlaid with that of ``load_model``."""
        return self._model_config


class FunctionModel(PythonModel):
    """A function ``model_input -> predictions`` as a model. Its attributes are named as in MLflow's pickles."""

    def __init__(self, func: Callable[..., Any]) -> None:
        self.func = func
        self.signature = None

    @property
    def predict_type_hints(self) -> Any:
        return input_hint(self.func)

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return self.func(model_input)


def input_hint(function: Callable[..., Any]) -> Any:
    """The type hint of the parameter that takes the input, or None."""
    try:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    except (ValueError, TypeError, NameError):
        return None
    named = [parameter for parameter in parameters if parameter.name == "model_input"]
    others = [parameter for parameter in parameters if parameter.name not in ("self", "context", "params")]
    chosen = (named or others)[:1]
    return chosen[0].annotation if chosen and chosen[0].annotation is not inspect.Parameter.empty else None


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether the function has a parameter of this name."""
    try:
        return name in inspect.signature(function).parameters
    except (ValueError, TypeError):
        return False
