"""What is said to an agent and what it answers, as pydantic models (MLflow's ``types.agent``)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from flowmill.models.chat_types import ChatUsage, ToolCall


class ChatAgentMessage(BaseModel):
    """A message: its text, or calls of tools; one of a tool says of which call it is."""

    role: str
    content: str | None = None
    name: str | None = None
    id: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    attachments: dict[str, str] | None = None

    @model_validator(mode="after")
    def check_content_and_tool_calls(self) -> ChatAgentMessage:
        """ValueError without text and without calls."""
        if self.content is None and not self.tool_calls:
            raise ValueError("A message needs content or tool_calls.")
        return self

    @model_validator(mode="after")
    def check_tool_messages(self) -> ChatAgentMessage:
        """ValueError if a tool does not say which it is."""
        if self.role == "tool" and not (self.name and self.tool_call_id):
            raise ValueError("A message of a tool needs name and tool_call_id.")
        return self


class ChatContext(BaseModel):
    """Whose conversation it is, and which."""

    conversation_id: str | None = None
    user_id: str | None = None


class ChatAgentRequest(BaseModel):
    """A conversation so far."""

    messages: list[ChatAgentMessage]
    context: ChatContext | None = None
    custom_inputs: dict[str, Any] | None = None
    stream: bool | None = False


class ChatAgentResponse(BaseModel):
    """What an agent answers: messages, each with an id of its own."""

    model_config = ConfigDict(validate_assignment=True)

    messages: list[ChatAgentMessage]
    finish_reason: str | None = None
    custom_outputs: dict[str, Any] | None = None
    usage: ChatUsage | None = None

    @model_validator(mode="after")
    def check_message_ids(self) -> ChatAgentResponse:
        """ValueError for messages without ids, or with the same one."""
        ids = [message.id for message in self.messages]
        if not all(ids):
            raise ValueError("Each message of an answer needs an id, such as str(uuid.uuid4()).")
        if len(set(ids)) < len(ids):
            raise ValueError("Each message of an answer needs an id of its own, such as str(uuid.uuid4()).")
        return self


class ChatAgentChunk(BaseModel):
    """A piece of an answer; pieces of one message share its id."""

    model_config = ConfigDict(validate_assignment=True)

    delta: ChatAgentMessage
    finish_reason: str | None = None
    custom_outputs: dict[str, Any] | None = None
    usage: ChatUsage | None = None

    @model_validator(mode="after")
    def check_message_id(self) -> ChatAgentChunk:
        """ValueError without an id."""
        if not self.delta.id:
            raise ValueError("A piece of an answer needs the id of its message.")
        return self
