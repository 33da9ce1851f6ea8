"""Requests to chat models and their answers as pydantic models (MLflow's ``types.chat``), as OpenAI has them."""

from __future__ import annotations

import uuid
import warnings
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

JsonType = Literal["array", "boolean", "integer", "null", "number", "object", "string"]


class _Open(BaseModel):
    """Keeps fields that it does not know."""

    model_config = ConfigDict(extra="allow")


class TextContentPart(BaseModel):
    """A text of a message."""

    type: Literal["text"]
    text: str


class ImageUrl(BaseModel):
    """Where a picture is, and how closely it is to be looked at."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImageContentPart(BaseModel):
    """A picture of a message."""

    type: Literal["image_url"]
    image_url: ImageUrl


class InputAudio(BaseModel):
    """A recording in base64."""

    data: str
    format: Literal["wav", "mp3"]


class AudioContentPart(BaseModel):
    """A recording of a message."""

    type: Literal["input_audio"]
    input_audio: InputAudio


class ReasoningSummaryPart(BaseModel):
    """A summary of what a model thought."""

    type: Literal["summary_text"]
    text: str


class ReasoningContentPart(_Open):
    """What a model thought."""

    type: Literal["reasoning"]
    summary: list[ReasoningSummaryPart] = Field(default_factory=list[ReasoningSummaryPart])


ContentPart = Annotated[
    TextContentPart | ImageContentPart | AudioContentPart | ReasoningContentPart, Field(discriminator="type")
]


class Function(BaseModel):
    """The function that a model wants called, and its arguments as JSON text."""

    name: str | None = None
    arguments: str | None = None

    def to_tool_call(self, id: str | None = None) -> ToolCall:
        """The call of it; ``id`` is made up if it is not given."""
        return ToolCall(id=str(uuid.uuid4()) if id is None else id, function=self)


class ToolCall(BaseModel):
    """A call that the model asks for."""

    id: str
    type: str = "function"
    function: Function
    thought_signature: str | None = None


class ToolCallDelta(BaseModel):
    """A piece of such a call."""

    index: int
    id: str | None = None
    type: str | None = None
    function: Function
    thought_signature: str | None = None


class ChatMessage(BaseModel):
    """A message: its text or parts, or a refusal, or calls of tools."""

    role: str
    content: Annotated[str | list[ContentPart], Field(union_mode="left_to_right")] | None = None
    tool_calls: list[ToolCall] | None = None
    refusal: str | None = None
    tool_call_id: str | None = None


class ParamType(BaseModel):
    """A type of JSON Schema, or several."""

    type: JsonType | list[JsonType] | None = None


class ParamProperty(ParamType):
    """A parameter of a tool."""

    description: str | None = None
    enum: list[str | int | float | bool] | None = None
    items: ParamProperty | None = None


class FunctionParams(BaseModel):
    """The parameters of a tool, as JSON Schema."""

    properties: dict[str, ParamProperty]
    type: Literal["object"] = "object"
    required: list[str] | None = None
    additionalProperties: bool | None = None  # JSON Schema's own spelling


class FunctionToolDefinition(BaseModel):
    """A function that a model may call."""

    name: str
    description: str | None = None
    parameters: FunctionParams | None = None
    strict: bool | None = None


class ChatTool(BaseModel):
    """A tool that a model may use."""

    type: Literal["function"]
    function: FunctionToolDefinition | None = None


class ToolChoiceFunction(BaseModel):
    """The name of a function."""

    name: str


class ToolChoice(BaseModel):
    """The function that a model must call."""

    type: Literal["function"]
    function: ToolChoiceFunction


with warnings.catch_warnings():  # of a field that is named as an old method of pydantic's: it is OpenAI's name
    warnings.simplefilter("ignore")

    class JsonSchemaSpec(_Open):
        """The JSON Schema that an answer must fit."""

        name: str
        schema: dict[str, Any]  # pyright: ignore[reportIncompatibleMethodOverride]
        strict: bool = True


class ResponseFormat(BaseModel):
    """The form that an answer must have."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaSpec | None = None


class BaseRequestPayload(BaseModel):
    """What every request may say of how to answer."""

    n: Annotated[int, Field(ge=1)] = 1
    stop: Annotated[list[str] | None, Field(min_length=1)] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    model: str | None = None
    response_format: ResponseFormat | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    presence_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    frequency_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    top_k: Annotated[int | None, Field(ge=1)] = None


class ChatCompletionRequest(BaseRequestPayload):
    """A conversation so far, and how to go on."""

    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    tools: Annotated[list[ChatTool] | None, Field(min_length=1)] = None
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None


class ChatChoice(BaseModel):
    """One answer."""

    index: int
    message: ChatMessage
    finish_reason: str | None = None


class PromptTokensDetails(_Open):
    """Which tokens were read how."""

    cached_tokens: int | None = None


class ChatUsage(_Open):
    """How many tokens were read and written."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: PromptTokensDetails | None = None


class ChatCompletionResponse(BaseModel):
    """What a chat model answers. ``created``: seconds since the epoch."""

    id: str | None = None
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[ChatChoice]
    usage: ChatUsage


class ChatChoiceDelta(BaseModel):
    """The next piece of a message that is streamed."""

    role: str | None = None
    content: str | None = None
    tool_calls: list[ToolCallDelta] | None = None


class ChatChunkChoice(BaseModel):
    """The next piece of one answer."""

    index: int
    finish_reason: str | None = None
    delta: ChatChoiceDelta


class ChatCompletionChunk(BaseModel):
    """A piece of what a chat model answers while it does. ``created``: seconds since the epoch."""

    id: str | None = None
    object: str = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChatChunkChoice]
    usage: ChatUsage | None = None
