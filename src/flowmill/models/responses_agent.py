"""`ResponsesAgent`: an agent that is asked and answers as OpenAI's responses, and how it is asked as python_function.

pydantic is loaded when an agent is asked, not before.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import functools
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from flowmill.errors import Invalid
from flowmill.models import responses_items
from flowmill.models.chat_agent import shown
from flowmill.models.chat_model import request_of
from flowmill.models.llm_schemas import RESPONSES_AGENT_INPUT_EXAMPLE
from flowmill.models.python_model import PythonModel, PythonModelContext

if TYPE_CHECKING:
    from flowmill.models.responses_types import (
        ResponsesAgentRequest,
        ResponsesAgentResponse,
        ResponsesAgentStreamEvent,
    )

LOADER = "mlflow.pyfunc.loaders.responses_agent"
TASK = "agent/v1/responses"


class ResponsesAgent(PythonModel, metaclass=ABCMeta):
    """Derive from it and write ``predict``, which gets a request as an object and gives an answer as one.

    While it is written it may also be asked with a request as a dict: ``agent.predict({"input": […]})``. Logged, it
    has the signature and the example of all such agents. The functions that make items and events are methods, too.
    """

    _checks_input = False

    def __getattribute__(self, name: str) -> Any:
        # Not by changing the class: pickled, it would need this module where it is read.
        found = super().__getattribute__(name)
        return _takes_dicts(found) if name in ("predict", "predict_stream") else found

    # Abstract as in MLflow, for a pickle says of a class whether it can be instantiated.
    @abstractmethod
    def predict(  # type: ignore[override]  # as MLflow declares it
        self, request: ResponsesAgentRequest
    ) -> ResponsesAgentResponse:
        """The answer to a request."""

    def predict_stream(  # type: ignore[override]
        self, request: ResponsesAgentRequest
    ) -> Generator[ResponsesAgentStreamEvent]:
        """The events of an answer, for agents that stream."""
        raise NotImplementedError(f"{type(self).__name__} has no predict_stream: write one to stream answers.")

    create_text_delta = staticmethod(responses_items.create_text_delta)
    create_annotation_added = staticmethod(responses_items.create_annotation_added)
    create_text_output_item = staticmethod(responses_items.create_text_output_item)
    create_reasoning_item = staticmethod(responses_items.create_reasoning_item)
    create_function_call_item = staticmethod(responses_items.create_function_call_item)
    create_function_call_output_item = staticmethod(responses_items.create_function_call_output_item)
    responses_agent_output_reducer = staticmethod(responses_items.responses_agent_output_reducer)
    output_to_responses_items_stream = staticmethod(responses_items.output_to_responses_items_stream)
    prep_msgs_for_cc_llm = staticmethod(responses_items.to_chat_completions_input)


def _takes_dicts(predict: Callable[..., Any]) -> Callable[..., Any]:
    """The method, which takes a request as a dict, too."""

    @functools.wraps(predict)
    def asked(request: Any) -> Any:
        return predict(_request(request) if isinstance(request, Mapping) else request)

    return asked


def _request(given: Mapping[Any, Any]) -> ResponsesAgentRequest:
    from pydantic import ValidationError

    from flowmill.models.responses_types import ResponsesAgentRequest

    try:
        return ResponsesAgentRequest.model_validate(dict(given))
    except ValidationError as error:
        raise Invalid(f"The request to the agent is none: {shown(error)}.") from None


def example_for(given: Any) -> dict[str, Any]:
    """The input example as a request, given as a dict or object; that of all such agents if none is given."""
    if given is None:
        return RESPONSES_AGENT_INPUT_EXAMPLE
    if hasattr(given, "model_dump"):
        given = given.model_dump(exclude_none=True)
    if not isinstance(given, Mapping):
        raise Invalid(
            "The input_example of a ResponsesAgent is a ResponsesAgentRequest or a dict with input, not of type "
            f"{type(given).__name__}."
        )
    _request(given)
    return dict(given)


class ResponsesImplementation:
    """An agent behind the python_function interface: a request as a dict, or a frame of one row, and dicts back."""

    def __init__(self, python_model: ResponsesAgent, context: PythonModelContext) -> None:
        self.python_model = python_model
        self.context = context

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer, as a dict."""
        from flowmill.models.responses_types import ResponsesAgentResponse

        return self._dict(ResponsesAgentResponse, self.python_model.predict(_request(request_of(data))))

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Generator[dict[str, Any]]:
        """The events of the answer, as dicts."""
        from flowmill.models.responses_types import ResponsesAgentStreamEvent

        for event in self.python_model.predict_stream(_request(request_of(data))):
            yield self._dict(ResponsesAgentStreamEvent, event)

    def _dict(self, kind: Any, answer: Any) -> dict[str, Any]:
        """A dict is given on as it is; both are checked, for the agent may have changed its object."""
        from pydantic import BaseModel, ValidationError

        plain: Any = answer.model_dump(exclude_none=True) if isinstance(answer, BaseModel) else answer
        try:
            kind.model_validate(plain)
        except ValidationError as error:
            raise Invalid(
                f"{type(self.python_model).__name__} gave no {kind.__name__}, nor a dict that is one: {shown(error)}."
            ) from None
        return plain
