"""The signatures that models of language have by convention, as MLflow writes them."""

from __future__ import annotations

from typing import Any

from flowmill.models.datatypes import AnyType, Array, DataType, Map, Object, Property, ValueType
from flowmill.models.schema import ColSpec, Schema

_TEXT, _WHOLE, _NUMBER, _FLAG = DataType.string, DataType.long, DataType.double, DataType.boolean
_TEXTS = Array(_TEXT)


def _object(required: dict[str, ValueType], optional: dict[str, ValueType] | None = None) -> Object:
    members = [Property(name, kind) for name, kind in required.items()]
    return Object(members + [Property(name, kind, False) for name, kind in (optional or {}).items()])


def _columns(*columns: tuple[str, ValueType, bool]) -> Schema:
    return Schema([ColSpec(kind, name, required) for name, kind, required in columns])


_CALL = _object({"id": _TEXT, "type": _TEXT, "function": _object({"name": _TEXT, "arguments": _TEXT})})
_MESSAGE = _object(
    {"role": _TEXT},
    {"content": _TEXT, "name": _TEXT, "refusal": _TEXT, "tool_calls": Array(_CALL), "tool_call_id": _TEXT},
)
_PARAMETER = _object({"type": _TEXT}, {"description": _TEXT, "enum": _TEXTS, "items": _object({"type": _TEXT})})
_PARAMETERS = _object(
    {"properties": Map(_PARAMETER)}, {"type": _TEXT, "required": _TEXTS, "additionalProperties": _FLAG}
)
_TOOL = Object(
    [
        Property("type", _TEXT),
        Property(
            "function",
            _object({"name": _TEXT, "parameters": _PARAMETERS}, {"description": _TEXT, "strict": _FLAG}),
            False,
        ),
    ]
)
_TOKENS = _object({"prompt_tokens": _WHOLE, "completion_tokens": _WHOLE, "total_tokens": _WHOLE})
_SHARED_INPUTS: tuple[tuple[str, ValueType, bool], ...] = (
    ("temperature", _NUMBER, False),
    ("max_tokens", _WHOLE, False),
    ("stop", _TEXTS, False),
    ("n", _WHOLE, False),
    ("stream", _FLAG, False),
)
_SHARED_OUTPUTS: tuple[tuple[str, ValueType, bool], ...] = (
    ("id", _TEXT, True),
    ("object", _TEXT, True),
    ("created", _WHOLE, True),
    ("model", _TEXT, True),
)

CHAT_MODEL_INPUT_SCHEMA = _columns(
    ("messages", Array(_MESSAGE), True),
    *_SHARED_INPUTS,
    ("top_p", _NUMBER, False),
    ("top_k", _WHOLE, False),
    ("frequency_penalty", _NUMBER, False),
    ("presence_penalty", _NUMBER, False),
    ("tools", Array(_TOOL), False),
    ("custom_inputs", Map(AnyType()), False),
)
CHAT_MODEL_OUTPUT_SCHEMA = _columns(
    *_SHARED_OUTPUTS,
    ("choices", Array(_object({"index": _WHOLE, "message": _MESSAGE, "finish_reason": _TEXT})), True),
    ("usage", _TOKENS, False),
    ("custom_outputs", Map(AnyType()), False),
)
CHAT_MODEL_INPUT_EXAMPLE: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hello!"}],
    "temperature": 1.0,
    "max_tokens": 10,
    "stop": ["\n"],
    "n": 1,
    "stream": False,
}
COMPLETIONS_MODEL_INPUT_SCHEMA = _columns(("prompt", _TEXT, True), *_SHARED_INPUTS)
COMPLETIONS_MODEL_OUTPUT_SCHEMA = _columns(
    *_SHARED_OUTPUTS,
    ("choices", Array(_object({"index": _WHOLE, "text": _TEXT, "finish_reason": _TEXT})), True),
    ("usage", _TOKENS, True),
)
EMBEDDING_MODEL_INPUT_SCHEMA = _columns(("input", _TEXT, True))
EMBEDDING_MODEL_OUTPUT_SCHEMA = _columns(
    ("object", _TEXT, True),
    ("data", Array(_object({"index": _WHOLE, "object": _TEXT, "embedding": Array(_NUMBER)})), True),
    ("usage", _object({"prompt_tokens": _WHOLE, "total_tokens": _WHOLE}), True),
)

_AGENT_MESSAGE = _object(
    {"role": _TEXT},
    {
        "content": _TEXT,
        "name": _TEXT,
        "id": _TEXT,
        "tool_calls": Array(_CALL),
        "tool_call_id": _TEXT,
        "attachments": Map(_TEXT),
    },
)
CHAT_AGENT_INPUT_SCHEMA = Schema(
    [
        ColSpec(Array(_AGENT_MESSAGE), "messages"),
        ColSpec(_object({}, {"conversation_id": _TEXT, "user_id": _TEXT}), "context", False),
        ColSpec(Map(AnyType()), "custom_inputs", False),
        ColSpec(_FLAG, "stream", False),
    ]
)
CHAT_AGENT_OUTPUT_SCHEMA = Schema(
    [
        ColSpec(Array(_AGENT_MESSAGE), "messages"),
        ColSpec(_TEXT, "finish_reason", False),
        ColSpec(Map(AnyType()), "custom_outputs", False),
        ColSpec(_TOKENS, "usage", False),
    ]
)
CHAT_AGENT_INPUT_EXAMPLE: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello!"}]}

_RESPONSE_TOOLS = Array(_object({"type": _TEXT}))
_REASONING = _object({}, {"effort": _TEXT, "generate_summary": _TEXT})
RESPONSES_AGENT_INPUT_SCHEMA = Schema(
    [
        ColSpec(_FLAG, "background", False),
        ColSpec(_object({}, {"conversation_id": _TEXT, "user_id": _TEXT}), "context", False),
        ColSpec(Map(AnyType()), "custom_inputs", False),
        ColSpec(Array(AnyType()), "input"),
        ColSpec(_WHOLE, "max_output_tokens", False),
        ColSpec(Map(_TEXT), "metadata", False),
        ColSpec(_FLAG, "parallel_tool_calls", False),
        ColSpec(_REASONING, "reasoning", False),
        ColSpec(_FLAG, "store", False),
        ColSpec(_FLAG, "stream", False),
        ColSpec(_NUMBER, "temperature", False),
        ColSpec(AnyType(), "text", False),
        ColSpec(AnyType(), "tool_choice", False),
        ColSpec(_RESPONSE_TOOLS, "tools", False),
        ColSpec(_NUMBER, "top_p", False),
        ColSpec(_TEXT, "truncation", False),
        ColSpec(_TEXT, "user", False),
    ]
)
RESPONSES_AGENT_OUTPUT_SCHEMA = Schema(
    [
        ColSpec(
            _object(
                {"object": _TEXT, "output": Array(_object({"type": _TEXT}))},
                {
                    "created_at": _NUMBER,
                    "custom_outputs": Map(AnyType()),
                    "error": Object([Property("code", _TEXT, False), Property("message", _TEXT)]),
                    "id": _TEXT,
                    "incomplete_details": _object({}, {"reason": _TEXT}),
                    "instructions": _TEXT,
                    "max_output_tokens": _WHOLE,
                    "metadata": Map(_TEXT),
                    "model": _TEXT,
                    "parallel_tool_calls": _FLAG,
                    "previous_response_id": _TEXT,
                    "reasoning": _REASONING,
                    "status": _TEXT,
                    "temperature": _NUMBER,
                    "text": AnyType(),
                    "tool_choice": AnyType(),
                    "tools": _RESPONSE_TOOLS,
                    "top_p": _NUMBER,
                    "truncation": _TEXT,
                    "usage": _object(
                        {
                            "input_tokens": _WHOLE,
                            "input_tokens_details": _object({"cached_tokens": _WHOLE}),
                            "output_tokens": _WHOLE,
                            "output_tokens_details": _object({"reasoning_tokens": _WHOLE}),
                            "total_tokens": _WHOLE,
                        }
                    ),
                    "user": _TEXT,
                },
            )
        )
    ]
)
RESPONSES_AGENT_INPUT_EXAMPLE: dict[str, Any] = {"input": [{"role": "user", "content": "Hello!"}]}
