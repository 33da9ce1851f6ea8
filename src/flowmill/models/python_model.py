"""Models written in Python by the user: a class with ``predict``, or just a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from flowmill.models.hints import convert_input, is_checked, return_hint


class TypeHints(NamedTuple):
    """What ``predict`` declares for its input and its answer; None where it declares nothing."""

    input: Any
    output: Any


class PythonModel:
    """Derive from it and write ``predict``; it is pickled with all that its attributes hold.

    ``predict`` may be written as ``predict(self, context, model_input, params=None)`` or without ``context``
    and ``params``. With the hint ``model_input: list[T]`` it gets a list of T, such as of pydantic models made from
    dicts, also where it is called while the model is written; Invalid for what is no T.
    """

    _checks_input = True

    # No abstract base class: MLflow pickles classes that derive from it before their methods are in place.

    def load_context(self, context: PythonModelContext) -> None:
        """Called once after loading, to open what a pickle cannot hold; ``context.artifacts`` has the files."""

    def __getattribute__(self, name: str) -> Any:
        # Not by changing the class: pickled, it would need this module where it is read.
        found = super().__getattribute__(name)
        return checked(found) if name == "predict" and super().__getattribute__("_checks_input") else found

    @property
    def predict_type_hints(self) -> TypeHints:
        """The types that ``predict`` declares."""
        return TypeHints(input_hint(self.predict), return_hint(self.predict))

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
    def predict_type_hints(self) -> TypeHints:
        return TypeHints(input_hint(self.func), return_hint(self.func))

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return self.func(model_input)


def input_parameter(function: Callable[..., Any]) -> inspect.Parameter | None:
    """The parameter that takes the input, with its hint; None if it has none."""
    try:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    except (ValueError, TypeError, NameError):
        return None
    named = [parameter for parameter in parameters if parameter.name == "model_input"]
    others = [parameter for parameter in parameters if parameter.name not in ("self", "context", "params")]
    chosen = (named or others)[:1]
    return chosen[0] if chosen and chosen[0].annotation is not inspect.Parameter.empty else None


def input_hint(function: Callable[..., Any]) -> Any:
    """The type hint of the parameter that takes the input, or None."""
    parameter = input_parameter(function)
    return None if parameter is None else parameter.annotation


def understand_hints(function: Any) -> None:
    """Turn the hints of a function from texts to what they mean, for a pickle of it does not know their names."""
    plain = inspect.unwrap(function)
    plain = getattr(plain, "__func__", plain)
    hints = getattr(plain, "__annotations__", None)
    try:
        signature = inspect.signature(plain, eval_str=True)
    except (ValueError, TypeError, NameError):
        return
    if hints:
        hints |= {name: each.annotation for name, each in signature.parameters.items() if name in hints}
        hints |= {"return": signature.return_annotation} if "return" in hints else {}


def checked(predict: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose input is checked against its hint and made what that says."""
    parameter = input_parameter(predict)
    if parameter is None or not is_checked(parameter.annotation):
        return predict
    name, hint, signature = parameter.name, parameter.annotation, inspect.signature(predict)

    @functools.wraps(predict)
    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return predict(*args, **kwargs)  # whose own words say what is missing
        bound.arguments[name] = convert_input(bound.arguments[name], hint)
        return predict(*bound.args, **bound.kwargs)

    return asked


def pyfunc(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a function that is to be logged as a model: its input is checked against its hint ``list[T]``."""
    made: Any = checked(func)
    if made is not func:
        made._is_pyfunc = True
    return made


def own_function(function: Any) -> Any:
    """The user's function without the check of `pyfunc` around it."""
    return function.__wrapped__ if getattr(function, "_is_pyfunc", False) else function


def own_method(model: Any, name: str) -> Any:
    """A method of a model as the user wrote it, without the check of its input, which was made before."""
    return object.__getattribute__(model, name)


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether the function has a parameter of this name."""
    try:
        return name in inspect.signature(function).parameters
    except (ValueError, TypeError):
        return False
