"""Signatures of chains that answer questions, given as dataclasses: ``ModelSignature(ChatCompletionRequest(), …)``.

What stands in the fields is an example of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flowmill.models.datatypes import Array, DataType, Object, Property
from flowmill.models.schema import ColSpec, Schema
from flowmill.models.signature import ModelSignature

_QUESTION = "What is mlflow?"
_ANSWER = "It keeps track of machine learning."


@dataclass
class Message:
    """A message and whose it is."""

    role: str = "user"
    content: str = _QUESTION


def _answer() -> Message:
    return Message("assistant", _ANSWER)


@dataclass
class ChatCompletionRequest:
    """A conversation so far."""

    messages: list[Message] = field(default_factory=lambda: [Message()])


@dataclass
class SplitChatMessagesRequest:
    """A question, and the conversation before it."""

    query: str = _QUESTION
    history: list[Message] | None = field(default_factory=list[Message])


@dataclass
class MultiturnChatRequest:
    """A question, and the conversation before it."""

    query: str = _QUESTION
    history: list[Message] | None = field(default_factory=list[Message])


@dataclass
class ChainCompletionChoice:
    """One answer."""

    index: int = 0
    message: Message = field(default_factory=_answer)
    finish_reason: str = "stop"


@dataclass
class ChainCompletionChunk:
    """A piece of an answer."""

    index: int = 0
    delta: Message = field(default_factory=_answer)
    finish_reason: str = "stop"


@dataclass
class ChatCompletionResponse:
    """All answers."""

    choices: list[ChainCompletionChoice] = field(default_factory=lambda: [ChainCompletionChoice()])
    object: str = "chat.completion"


@dataclass
class StringResponse:
    """An answer that is a text alone."""

    content: str = _ANSWER


_MESSAGE = Object([Property("role", DataType.string), Property("content", DataType.string)])
_CHOICE = Object(
    [Property("index", DataType.long), Property("message", _MESSAGE), Property("finish_reason", DataType.string)]
)
CHAT_COMPLETION_REQUEST_SCHEMA = Schema([ColSpec(Array(_MESSAGE), "messages")])
CHAT_COMPLETION_RESPONSE_SCHEMA = Schema([ColSpec(Array(_CHOICE), "choices")])
SIGNATURE_FOR_LLM_INFERENCE_TASK = {
    "llm/v1/chat": ModelSignature(CHAT_COMPLETION_REQUEST_SCHEMA, CHAT_COMPLETION_RESPONSE_SCHEMA)
}
