"""What is said to an agent of OpenAI's responses and what it answers, as pydantic models (``types.responses``)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from flowmill.models.agent_types import ChatContext
from flowmill.models.responses_parts import (
    BaseRequestPayload,
    Message,
    OutputItem,
    Response,
    ResponseCompletedEvent,
    ResponseErrorEvent,
    ResponseOutputItemDoneEvent,
    ResponseTextAnnotationDeltaEvent,
    ResponseTextDeltaEvent,
)

_EVENTS: dict[str, type[BaseModel]] = {
    "response.output_item.done": ResponseOutputItemDoneEvent,
    "response.output_text.delta": ResponseTextDeltaEvent,
    "response.output_text.annotation.added": ResponseTextAnnotationDeltaEvent,
    "error": ResponseErrorEvent,
    "response.completed": ResponseCompletedEvent,
}


class ResponsesAgentRequest(BaseRequestPayload):
    """A conversation so far, and how to go on."""

    input: list[Message | OutputItem]
    custom_inputs: dict[str, Any] | None = None
    context: ChatContext | None = None


class ResponsesAgentResponse(Response):
    """What an agent answers: the items of ``output`` in their order."""

    custom_outputs: dict[str, Any] | None = None


class ResponsesAgentStreamEvent(BaseModel):
    """A piece of an answer while it is made; its other fields are those of its ``type``."""

    model_config = ConfigDict(extra="allow")

    type: str
    custom_outputs: dict[str, Any] | None = None

    @model_validator(mode="after")
    def check_type(self) -> ResponsesAgentStreamEvent:
        """ValueError unless it is whole for its type; types that are not known may hold anything."""
        if self.type in _EVENTS:
            _EVENTS[self.type](**self.model_dump())
        return self
