"""The parts of requests to agents and of their answers, as OpenAI's responses have them (``types.responses_helpers``).

What OpenAI may add to at any time (a kind of tool, an effort) is kept with a warning; what decides how an item is read
is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

_STATES = ("in_progress", "completed", "incomplete")


def _one_of(what: str, value: object, known: Collection[str]) -> None:
    if value not in known:
        raise ValueError(f"{what} is {value!r}: expected one of {', '.join(known)}.")


def _usually(what: str, value: object, known: Collection[str]) -> None:
    if value is not None and value not in known:
        warnings.warn(f"{what} is {value!r}, and not one of {', '.join(known)}: it is kept.", stacklevel=2)


class _Open(BaseModel):
    """Keeps fields that it does not know, and has those of its ``type``."""

    model_config = ConfigDict(extra="allow")

    type: str


class Status(BaseModel):
    """How far an item is."""

    status: str | None = None

    @model_validator(mode="after")
    def check_status(self) -> Status:
        """ValueError unless it is in_progress, completed or incomplete."""
        if self.status is not None:
            _one_of("status", self.status, _STATES)
        return self


class AnnotationFileCitation(BaseModel):
    """A place in a file that a text cites."""

    file_id: str
    index: int
    type: str = "file_citation"


class AnnotationURLCitation(BaseModel):
    """A page that a text cites, and where in the text."""

    end_index: int | None = None
    start_index: int | None = None
    title: str
    type: str = "url_citation"
    url: str


class AnnotationFilePath(BaseModel):
    """A file that a text is about."""

    file_id: str
    index: int
    type: str = "file_path"


_ANNOTATIONS: dict[str, type[BaseModel]] = {
    "file_citation": AnnotationFileCitation,
    "url_citation": AnnotationURLCitation,
    "file_path": AnnotationFilePath,
}


class Annotation(_Open):
    """What a text refers to."""

    @model_validator(mode="after")
    def check_type(self) -> Annotation:
        """ValueError unless it is whole for its type."""
        _one_of("The type of an annotation", self.type, _ANNOTATIONS)
        _ANNOTATIONS[self.type](**self.model_dump())
        return self


class ResponseOutputText(BaseModel):
    """A text of an answer, and what it refers to."""

    annotations: list[Annotation] = Field(default_factory=list[Annotation])
    text: str
    type: str = "output_text"


class ResponseOutputRefusal(BaseModel):
    """Why there is no answer."""

    refusal: str
    type: str = "refusal"


_CONTENTS: dict[str, type[BaseModel]] = {"output_text": ResponseOutputText, "refusal": ResponseOutputRefusal}


class Content(_Open):
    """A part of a message that an agent writes."""

    @model_validator(mode="after")
    def check_type(self) -> Content:
        """ValueError unless it is whole for its type."""
        _one_of("The type of a content", self.type, _CONTENTS)
        _CONTENTS[self.type](**self.model_dump())
        return self


class ResponseOutputMessage(Status):
    """A message that an agent writes."""

    id: str
    content: list[Content]
    role: str = "assistant"
    type: str = "message"

    @model_validator(mode="after")
    def check_role(self) -> ResponseOutputMessage:
        """ValueError unless the assistant says it."""
        _one_of("role", self.role, ("assistant",))
        return self

    @model_validator(mode="after")
    def check_content(self) -> ResponseOutputMessage:
        """ValueError if there is nothing in it."""
        if not self.content:
            raise ValueError("content is empty: a message has at least one part.")
        return self


class ResponseFunctionToolCall(Status):
    """A function that an agent wants called, and its arguments as JSON text."""

    arguments: str
    call_id: str
    name: str
    type: str = "function_call"
    id: str | None = None


class Summary(BaseModel):
    """A summary of what a model thought."""

    text: str
    type: str = "summary_text"


class ResponseReasoningItem(Status):
    """What a model thought."""

    id: str
    summary: list[Summary]
    type: str = "reasoning"


class FunctionCallOutput(Status):
    """What a function gave."""

    call_id: str
    output: str | list[dict[str, Any]]
    type: str = "function_call_output"


class McpApprovalRequest(Status):
    """A question whether a tool of a server may be called."""

    id: str
    arguments: str
    name: str
    server_label: str
    type: str = "mcp_approval_request"


class McpApprovalResponse(Status):
    """The answer to such a question."""

    approval_request_id: str
    approve: bool
    type: str = "mcp_approval_response"
    id: str | None = None
    reason: str | None = None


_ITEMS: dict[str, type[BaseModel]] = {
    "message": ResponseOutputMessage,
    "function_call": ResponseFunctionToolCall,
    "reasoning": ResponseReasoningItem,
    "function_call_output": FunctionCallOutput,
    "mcp_approval_request": McpApprovalRequest,
    "mcp_approval_response": McpApprovalResponse,
}
_LOOSE_ITEMS = ("file_search_call", "computer_call", "web_search_call")


class OutputItem(_Open):
    """A step of an answer: a message, a call, what a call gave, a thought."""

    @model_validator(mode="after")
    def check_type(self) -> OutputItem:
        """ValueError unless it is whole for its type."""
        _one_of("The type of an item", self.type, (*_ITEMS, *_LOOSE_ITEMS))
        if self.type in _ITEMS:
            _ITEMS[self.type](**self.model_dump())
        return self


class ResponseInputTextParam(BaseModel):
    """A text that is said to an agent."""

    text: str
    type: str = "input_text"


class Message(Status):
    """What somebody says to an agent, or what it said before."""

    content: str | list[ResponseInputTextParam | dict[str, Any]]
    role: str
    type: str = "message"

    @model_validator(mode="after")
    def check_content(self) -> Message:
        """ValueError for parts of unknown types."""
        for part in self.content if isinstance(self.content, list) else ():
            kind = part.get("type") if isinstance(part, dict) else part.type
            _one_of(
                "The type of a content", kind, ("input_text", "input_image", "input_file", "output_text", "refusal")
            )
        return self

    @model_validator(mode="after")
    def check_role(self) -> Message:
        """ValueError unless it is user, assistant, system or developer."""
        _one_of("role", self.role, ("user", "assistant", "system", "developer"))
        return self


class IncompleteDetails(BaseModel):
    """Why an answer ends early."""

    reason: str | None = None

    @model_validator(mode="after")
    def check_reason(self) -> IncompleteDetails:
        """Warns of a reason that is none of OpenAI's."""
        _usually("reason", self.reason, ("max_output_tokens", "content_filter"))
        return self


class ResponseError(BaseModel):
    """What went wrong."""

    code: str | None = None
    message: str


class FunctionTool(BaseModel):
    """A function that may be called; ``parameters`` as JSON Schema."""

    name: str
    parameters: dict[str, Any]
    strict: bool | None = None
    type: str = "function"
    description: str | None = None


class Tool(_Open):
    """A tool that an agent may use."""

    @model_validator(mode="after")
    def check_type(self) -> Tool:
        """ValueError for a function that is not whole; warns of a kind that is none of OpenAI's."""
        if self.type == "function":
            FunctionTool(**self.model_dump())
        _usually("The type of a tool", self.type, ("function", "file_search", "computer_use", "web_search"))
        return self


class ToolChoiceFunction(BaseModel):
    """The function that must be called."""

    name: str
    type: str = "function"


class ToolChoice(BaseModel):
    """Whether a tool must be used, or which."""

    tool_choice: str | ToolChoiceFunction | None = None

    @model_validator(mode="after")
    def check_tool_choice(self) -> ToolChoice:
        """Warns of a word that is none of OpenAI's."""
        if isinstance(self.tool_choice, str):
            _usually("tool_choice", self.tool_choice, ("none", "auto", "required"))
        return self


class ReasoningParams(BaseModel):
    """How hard to think."""

    effort: str | None = None
    generate_summary: str | None = None

    @model_validator(mode="after")
    def check_generate_summary(self) -> ReasoningParams:
        """Warns of a word that is none of OpenAI's."""
        _usually("generate_summary", self.generate_summary, ("auto", "concise", "detailed"))
        return self

    @model_validator(mode="after")
    def check_effort(self) -> ReasoningParams:
        """Warns of a word that is none of OpenAI's."""
        _usually("effort", self.effort, ("none", "minimal", "low", "medium", "high", "xhigh"))
        return self


class InputTokensDetails(BaseModel):
    """Which tokens were read how."""

    cached_tokens: int


class OutputTokensDetails(BaseModel):
    """Which tokens were written for what."""

    reasoning_tokens: int


class ResponseUsage(BaseModel):
    """How many tokens were read and written."""

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class Truncation(BaseModel):
    """Whether a conversation that is too long may be cut."""

    truncation: str | None = None

    @model_validator(mode="after")
    def check_truncation(self) -> Truncation:
        """Warns of a word that is none of OpenAI's."""
        _usually("truncation", self.truncation, ("auto", "disabled"))
        return self


class BaseRequestPayload(Truncation, ToolChoice):
    """What a request may say of how to answer."""

    max_output_tokens: int | None = None
    metadata: dict[str, str] | None = None
    parallel_tool_calls: bool | None = None
    tools: list[Tool] | None = None
    reasoning: ReasoningParams | None = None
    store: bool | None = None
    stream: bool | None = None
    temperature: float | None = None
    text: Any | None = None
    top_p: float | None = None
    user: str | None = None
    background: bool | None = None


class Response(Truncation, ToolChoice):
    """An answer. ``created_at``: seconds since the epoch."""

    id: str | None = None
    created_at: float | None = None
    error: ResponseError | None = None
    incomplete_details: IncompleteDetails | None = None
    instructions: str | None = None
    metadata: dict[str, str] | None = None
    model: str | None = None
    object: str = "response"
    output: list[OutputItem]
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    tools: list[Tool] | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    reasoning: ReasoningParams | None = None
    status: str | None = None
    text: Any | None = None
    usage: ResponseUsage | None = None
    user: str | None = None

    @property
    def output_text(self) -> str:
        """The texts of all its messages, joined."""
        plain = [item.model_dump() for item in self.output if item.type == "message"]
        parts = [part for item in plain for part in item["content"]]
        return "".join(part["text"] for part in parts if part["type"] == "output_text")

    @model_validator(mode="after")
    def check_status(self) -> Response:
        """Warns of a word that is none of OpenAI's."""
        _usually("status", self.status, (*_STATES, "failed"))
        return self


class ResponseTextDeltaEvent(BaseModel):
    """The next piece of a text."""

    content_index: int | None = None
    delta: str
    item_id: str
    output_index: int | None = None
    type: str = "response.output_text.delta"


class ResponseTextAnnotationDeltaEvent(BaseModel):
    """What a text refers to, while it is written."""

    annotation: Annotation
    annotation_index: int
    content_index: int | None = None
    item_id: str
    output_index: int | None = None
    type: str = "response.output_text.annotation.added"


class ResponseOutputItemDoneEvent(BaseModel):
    """An item that is finished."""

    item: OutputItem
    output_index: int | None = None
    type: str = "response.output_item.done"


class ResponseErrorEvent(BaseModel):
    """What went wrong on the way."""

    code: str | None = None
    message: str
    param: str | None = None
    type: str = "error"


class ResponseCompletedEvent(BaseModel):
    """The whole answer, at the end."""

    response: Response
    type: str = "response.completed"
