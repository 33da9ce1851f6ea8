"""What is said to a chat model and what it answers, as dataclasses that check their values (MLflow's ``types.llm``).

A member that is such a class may be given as a dict; ``to_dict`` leaves out what is None, ``from_dict`` what it does
not know. The names of fields are those of OpenAI's chat completions.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import dataclasses
import functools
import time
import types
import typing
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from flowmill.errors import Invalid

JsonType = Literal["string", "number", "integer", "object", "array", "boolean", "null"]
JSON_SCHEMA_TYPES = list(typing.get_args(JsonType))


class InvalidValue(Invalid, ValueError):
    """A value that its field does not take; a ValueError too, as in MLflow."""


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _checked(where: str, value: Any, hint: Any) -> Any:
    """The value as its hint asks for it: dicts become the classes they stand for, whole numbers become floats."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        options = [item for item in arguments if item is not type(None)]
        fitting = [item for item in options if isinstance(value, typing.get_origin(item) or item)]
        return _checked(where, value, (fitting or options)[0])
    if origin is Literal:
        if value not in arguments:
            raise InvalidValue(f"`{where}` must be one of {list(arguments)}, got {value!r}.")
        return value
    if origin is list:
        if not isinstance(value, list):
            raise InvalidValue(f"`{where}` must be a list, got {type(value).__name__}.")
        return [_checked(f"{where}[{place}]", item, arguments[0]) for place, item in enumerate(value)]
    if origin is dict:
        if not isinstance(value, dict):
            raise InvalidValue(f"`{where}` must be a dictionary, got {type(value).__name__}.")
        return {key: _checked(f"{where}.{key}", item, arguments[1]) for key, item in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        try:
            return typing.cast("Any", hint).from_dict(value)
        except InvalidValue as error:
            raise InvalidValue(f"In `{where}`: {error.message}") from None
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    kind: type = typing.cast("Any", hint)
    if not isinstance(value, kind):
        raise InvalidValue(f"`{where}` must be of type {kind.__name__}, got {type(value).__name__}.")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Checked):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(item) for item in typing.cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in typing.cast("dict[Any, Any]", value).items()}
    return value


class Checked:
    """A dataclass whose fields are checked against their hints when it is made."""

    def __post_init__(self) -> None:
        for name, hint in _hints(type(self)).items():
            setattr(self, name, _checked(name, getattr(self, name), hint))

    def to_dict(self) -> dict[str, Any]:
        """The fields that are not None, as JSON has them."""
        fields = [each.name for each in dataclasses.fields(typing.cast("Any", self))]
        return {name: _plain(value) for name in fields if (value := getattr(self, name)) is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a dict of the fields; names that are none of them are left out."""
        if not isinstance(data, dict):
            raise InvalidValue(f"A {cls.__name__} is made from a dictionary, not from {type(data).__name__}.")
        fields = dataclasses.fields(typing.cast("Any", cls))
        absent = [each.name for each in fields if each.name not in data and _is_required(each)]
        if absent:
            raise InvalidValue(f"A {cls.__name__} needs {', '.join(f'`{name}`' for name in absent)}.")
        return cls(**{each.name: data[each.name] for each in fields if each.name in data})


def _is_required(each: dataclasses.Field[Any]) -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _new_id() -> str:
    return str(uuid.uuid4())


def _now() -> int:
    return int(time.time())


@dataclass
class FunctionToolCallArguments(Checked):
    """The function that a model wants called, and its arguments as JSON text."""

    name: str
    arguments: str

    def to_tool_call(self, id: str | None = None) -> ToolCall:
        """The call of it; ``id`` is made up if it is not given."""
        return ToolCall(function=self) if id is None else ToolCall(function=self, id=id)


@dataclass
class ToolCall(Checked):
    """A call that the model asks for."""

    function: FunctionToolCallArguments
    id: str = field(default_factory=_new_id)
    type: str = "function"


@dataclass
class ChatMessage(Checked):
    """A message: its text or parts, or a refusal, or calls of tools."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.content is not None and self.refusal is not None:
            raise InvalidValue("A message has `content` or `refusal`, not both.")
        if self.content is None and self.refusal is None and not self.tool_calls:
            raise InvalidValue("A message needs `content`, unless it has `refusal` or `tool_calls`.")


@dataclass
class ChatChoiceDelta(Checked):
    """The next piece of a message that is streamed."""

    role: str | None = "assistant"
    content: str | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None


@dataclass
class ParamType(Checked):
    """A type of JSON Schema."""

    type: JsonType


@dataclass
class ParamProperty(ParamType):
    """A parameter of a tool."""

    description: str | None = None
    enum: list[str] | None = None
    items: ParamProperty | None = None


@dataclass
class ToolParamsSchema(Checked):
    """The parameters of a tool, as JSON Schema."""

    properties: dict[str, ParamProperty]
    type: Literal["object"] = "object"
    required: list[str] | None = None
    additionalProperties: bool | None = None  # JSON Schema's own spelling


@dataclass
class FunctionToolDefinition(Checked):
    """A function that a model may call."""

    name: str
    description: str | None = None
    parameters: ToolParamsSchema | None = None
    strict: bool = False

    def to_tool_definition(self) -> ToolDefinition:
        """The tool that it is."""
        return ToolDefinition(function=self)


@dataclass
class ToolDefinition(Checked):
    """A tool that a model may use."""

    function: FunctionToolDefinition
    type: Literal["function"] = "function"


@dataclass
class ChatParams(Checked):
    """How a model shall answer."""

    temperature: float = 1.0
    max_tokens: int | None = None
    stop: list[str] | None = None
    n: int = 1
    stream: bool = False
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    custom_inputs: dict[str, Any] | None = None
    tools: list[ToolDefinition] | None = None

    @classmethod
    def keys(cls) -> set[str]:
        """The names of the parameters."""
        return {each.name for each in dataclasses.fields(cls)}


@dataclass
class ChatCompletionRequest(ChatParams):
    """A conversation so far, and how to go on."""

    messages: list[ChatMessage] = field(default_factory=list[ChatMessage])


@dataclass
class TopTokenLogProb(Checked):
    """A token that was likely at one place, and the logarithm of how likely."""

    token: str
    logprob: float
    bytes: list[int] | None = None


@dataclass
class TokenLogProb(Checked):
    """A token of the answer, how likely it was, and which others were."""

    token: str
    logprob: float
    top_logprobs: list[TopTokenLogProb]
    bytes: list[int] | None = None


@dataclass
class ChatChoiceLogProbs(Checked):
    """How likely the tokens of an answer were."""

    content: list[TokenLogProb] | None = None


@dataclass
class ChatChoice(Checked):
    """One answer."""

    message: ChatMessage
    index: int = 0
    finish_reason: str = "stop"
    logprobs: ChatChoiceLogProbs | None = None


@dataclass
class ChatChunkChoice(Checked):
    """The next piece of one answer."""

    delta: ChatChoiceDelta
    index: int = 0
    finish_reason: str | None = None
    logprobs: ChatChoiceLogProbs | None = None


@dataclass
class TokenUsageStats(Checked):
    """How many tokens were read and written."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


@dataclass
class ChatCompletionResponse(Checked):
    """What a chat model answers. ``created``: seconds since the epoch."""

    choices: list[ChatChoice]
    usage: TokenUsageStats | None = None
    id: str | None = None
    model: str | None = None
    object: str = "chat.completion"
    created: int = field(default_factory=_now)
    custom_outputs: dict[str, Any] | None = None


@dataclass
class ChatCompletionChunk(Checked):
    """A piece of what a chat model answers while it does. ``created``: seconds since the epoch."""

    choices: list[ChatChunkChoice]
    usage: TokenUsageStats | None = None
    id: str | None = None
    model: str | None = None
    object: str = "chat.completion.chunk"
    created: int = field(default_factory=_now)
    custom_outputs: dict[str, Any] | None = None
