"""`ChatAgent`: an agent that talks, with the signature that all of them have, and how it is asked as python_function.

pydantic is loaded when an agent is asked, not before.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import functools
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flowmill.errors import Invalid
from flowmill.models.chat_model import request_of
from flowmill.models.python_model import PythonModel, PythonModelContext

if TYPE_CHECKING:
    from flowmill.models.agent_types import ChatAgentChunk, ChatAgentMessage, ChatAgentResponse, ChatContext

LOADER = "mlflow.pyfunc.loaders.chat_agent"
TASK = "agent/v2/chat"


class ChatAgent(PythonModel, metaclass=ABCMeta):
    """Derive from it and write ``predict``, which gets messages as objects and gives an answer as one.

    While it is written it may also be asked with a request as a dict: ``agent.predict({"messages": […]})``. Logged, it
    has the signature and the example of all agents.
    """

    _checks_input = False

    def __getattribute__(self, name: str) -> Any:
        # Not by changing the class: pickled, it would need this module where it is read.
        found = super().__getattribute__(name)
        return _takes_dicts(found) if name in ("predict", "predict_stream") else found

    # Abstract as in MLflow, for a pickle says of a class whether it can be instantiated.
    @abstractmethod
    def predict(  # type: ignore[override]  # as MLflow declares it
        self,
        messages: list[ChatAgentMessage],
        context: ChatContext | None = None,
        custom_inputs: dict[str, Any] | None = None,
    ) -> ChatAgentResponse:
        """The answer to a conversation."""

    def predict_stream(  # type: ignore[override]
        self,
        messages: list[ChatAgentMessage],
        context: ChatContext | None = None,
        custom_inputs: dict[str, Any] | None = None,
    ) -> Iterator[ChatAgentChunk]:
        """The answer piece by piece, for agents that write one."""
        raise NotImplementedError(f"{type(self).__name__} has no predict_stream: write one to stream answers.")


def _takes_dicts(predict: Callable[..., Any]) -> Callable[..., Any]:
    """The method, which takes a whole request as a dict in place of its messages, too."""

    @functools.wraps(predict)
    def asked(messages: Any, context: Any = None, custom_inputs: Any = None) -> Any:
        if isinstance(messages, Mapping):
            return predict(*_parts({str(name): value for name, value in messages.items()}))
        return predict(messages, context, custom_inputs)

    return asked


def _parts(request: dict[str, Any]) -> tuple[Any, Any, Any]:
    from pydantic import ValidationError

    from flowmill.models.agent_types import ChatAgentRequest

    try:
        asked = ChatAgentRequest.model_validate(request)
    except ValidationError as error:
        raise Invalid(f"The request to the agent is none: {shown(error)}.") from None
    return asked.messages, asked.context, asked.custom_inputs


def shown(error: Any) -> str:
    """What pydantic found wrong, each with its place."""
    # Of an item that may be of several kinds, the kinds are among the places, with the checks that they have.
    places = [[str(part) for part in each["loc"] if "[" not in str(part)] for each in error.errors()]
    said = [each["msg"].removeprefix("Value error, ").rstrip(".") for each in error.errors()]
    return "; ".join(dict.fromkeys(f"{'.'.join(place)}: {what}" for place, what in zip(places, said, strict=True)))


class AgentImplementation:
    """An agent behind the python_function interface: a request as a dict, or a frame of one row, and dicts back."""

    def __init__(self, python_model: ChatAgent, context: PythonModelContext) -> None:
        self.python_model = python_model
        self.context = context

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer, as a dict."""
        from flowmill.models.agent_types import ChatAgentResponse

        return self._dict(ChatAgentResponse, self.python_model.predict(*_parts(request_of(data))))

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Generator[dict[str, Any]]:
        """The pieces of the answer, as dicts."""
        from flowmill.models.agent_types import ChatAgentChunk

        for chunk in self.python_model.predict_stream(*_parts(request_of(data))):
            yield self._dict(ChatAgentChunk, chunk)

    def _dict(self, kind: Any, answer: Any) -> dict[str, Any]:
        from pydantic import BaseModel, ValidationError

        try:
            plain: Any = answer.model_dump() if isinstance(answer, BaseModel) else answer
            return kind.model_validate(plain).model_dump(exclude_none=True)
        except ValidationError as error:
            raise Invalid(
                f"{type(self.python_model).__name__} gave no {kind.__name__}, nor a dict that is one: {shown(error)}."
            ) from None
