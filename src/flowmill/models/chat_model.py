"""`ChatModel`: a model that talks, with the signature that all of them have, and how it is asked as python_function."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.infer import is_frame
from flowmill.models.llm import (
    ChatCompletionChunk,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatMessage,
    ChatParams,
)
from flowmill.models.llm_schemas import CHAT_MODEL_INPUT_EXAMPLE
from flowmill.models.python_model import PythonModel, PythonModelContext
from flowmill.models.values import is_missing

LOADER = "mlflow.pyfunc.loaders.chat_model"
TASK = "agent/v1/chat"


class ChatModel(PythonModel, metaclass=ABCMeta):
    """Derive from it and write ``predict``, which gets messages and parameters as objects and gives an answer as one.

    Logged, it has the signature and the example of all chat models.
    """

    _checks_input = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Hands on what a further base of the class takes."""
        super().__init__(*args, **kwargs)

    # Abstract as in MLflow, for a pickle says of a class whether it can be instantiated.
    @abstractmethod
    def predict(  # type: ignore[override]  # as MLflow declares it
        self, context: PythonModelContext | None, messages: list[ChatMessage], params: ChatParams
    ) -> ChatCompletionResponse:
        """The answer to a conversation."""

    def predict_stream(  # type: ignore[override]
        self, context: PythonModelContext | None, messages: list[ChatMessage], params: ChatParams
    ) -> Iterator[ChatCompletionChunk]:
        """The answer piece by piece, for models that write one."""
        raise NotImplementedError(f"{type(self).__name__} has no predict_stream: write one to stream answers.")


def example_for(given: Any) -> dict[str, Any]:
    """The input example as a request: one that is given as one, or as its messages; else that of all chat models."""
    if given is None:
        return CHAT_MODEL_INPUT_EXAMPLE
    if isinstance(given, list):
        given = {"messages": given}
    if isinstance(given, Mapping):
        given = ChatCompletionRequest.from_dict(dict(given)) if _has_objects(given) else dict(given)
    if isinstance(given, ChatCompletionRequest):
        return given.to_dict()
    if isinstance(given, dict):
        ChatCompletionRequest.from_dict(given)
        return given
    raise Invalid(f"The input_example of a ChatModel is a dict with messages, not of type {type(given).__name__}.")


def _has_objects(request: Mapping[str, Any]) -> bool:
    return any(isinstance(each, ChatMessage) for each in request.get("messages") or [])


class ChatImplementation:
    """A chat model behind the python_function interface: a request as a dict, or a frame of one row, and dicts back."""

    def __init__(self, python_model: ChatModel, context: PythonModelContext) -> None:
        self.python_model = python_model
        self.context = context

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer, as a dict."""
        messages, asked = _request(data)
        answer = self.python_model.predict(self.context, messages, asked)
        if not isinstance(answer, ChatCompletionResponse):
            raise Invalid(
                f"predict of {type(self.python_model).__name__} gave {type(answer).__name__}: a ChatModel gives a "
                "ChatCompletionResponse; ChatCompletionResponse.from_dict makes one of a dict."
            )
        return answer.to_dict()

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Generator[dict[str, Any]]:
        """The pieces of the answer, as dicts."""
        messages, asked = _request(data)
        for chunk in self.python_model.predict_stream(self.context, messages, asked):
            if not isinstance(chunk, ChatCompletionChunk):
                raise Invalid(
                    f"predict_stream of {type(self.python_model).__name__} gave {type(chunk).__name__}: a ChatModel "
                    "streams ChatCompletionChunk."
                )
            yield chunk.to_dict()


def request_of(data: Any) -> dict[str, Any]:
    """A request as a plain dict: given as one, or as a frame of one row."""
    if is_frame(data):
        if len(data) != 1:
            raise Invalid(f"A model that talks answers one conversation at a time: the input has {len(data)} rows.")
        data = {name: value for name, value in data.iloc[0].to_dict().items() if not _is_absent(value)}
    if not isinstance(data, Mapping):
        raise Invalid(f"A model that talks is asked with a dict that has messages, not with {type(data).__name__}.")
    return {str(name): _plain(value) for name, value in data.items()}


def _request(data: Any) -> tuple[list[ChatMessage], ChatParams]:
    plain = request_of(data)
    request = ChatCompletionRequest.from_dict(plain)
    return request.messages, ChatParams.from_dict({name: plain[name] for name in ChatParams.keys() & plain.keys()})


def _is_absent(value: Any) -> bool:
    return not isinstance(value, list | dict) and not hasattr(value, "__len__") and is_missing(value)


def _plain(value: Any) -> Any:
    """Lists of arrays, and Python's own numbers of numpy's, as a frame holds them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, list) else value
