"""The items of an answer as dicts, and the way from and to the messages of OpenAI's chat completions."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowmill.models.responses_parts import Message, OutputItem
    from flowmill.models.responses_types import ResponsesAgentStreamEvent

_DONE = "response.output_item.done"


def create_text_output_item(text: str, id: str, annotations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A message of the agent; ``annotations``: what its text refers to."""
    content = {"text": text, "type": "output_text", "annotations": annotations or []}
    return {"id": id, "content": [content], "role": "assistant", "type": "message"}


def create_reasoning_item(id: str, reasoning_text: str) -> dict[str, Any]:
    """What the model thought."""
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": reasoning_text}], "id": id}


def create_function_call_item(id: str, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    """A function that the agent wants called; ``arguments`` as JSON text."""
    return {"type": "function_call", "id": id, "call_id": call_id, "name": name, "arguments": arguments}


def create_function_call_output_item(call_id: str, output: str) -> dict[str, Any]:
    """What the function of this call gave."""
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def create_mcp_approval_request_item(id: str, arguments: str, name: str, server_label: str) -> dict[str, Any]:
    """A question whether a tool of a server may be called; ``arguments`` as JSON text."""
    named = {"name": name, "server_label": server_label}
    return {"type": "mcp_approval_request", "id": id, "arguments": arguments, **named}


def create_mcp_approval_response_item(
    id: str, approval_request_id: str, approve: bool, reason: str | None = None
) -> dict[str, Any]:
    """The answer to such a question."""
    said = {"approve": approve, "reason": reason}
    return {"type": "mcp_approval_response", "id": id, "approval_request_id": approval_request_id, **said}


def create_text_delta(delta: str, item_id: str) -> dict[str, Any]:
    """The event that brings the next piece of the text of an item."""
    return {"type": "response.output_text.delta", "item_id": item_id, "delta": delta}


def create_annotation_added(
    item_id: str, annotation: dict[str, Any], annotation_index: int | None = 0
) -> dict[str, Any]:
    """The event that says what the text of an item refers to."""
    return {
        "type": "response.output_text.annotation.added",
        "item_id": item_id,
        "annotation_index": annotation_index,
        "annotation": annotation,
    }


def responses_agent_output_reducer(
    chunks: list[ResponsesAgentStreamEvent | dict[str, Any]],
) -> dict[str, Any]:
    """The whole answer, as a dict, that the events of a stream add up to: the items that they say are done."""
    from flowmill.models.responses_types import ResponsesAgentResponse

    events = [chunk if isinstance(chunk, dict) else chunk.model_dump(exclude_none=True) for chunk in chunks]
    items = [event["item"] for event in events if event.get("type") == _DONE]
    return ResponsesAgentResponse.model_validate({"output": items}).model_dump(exclude_none=True)


def to_chat_completions_input(
    responses_input: Sequence[dict[str, Any] | Message | OutputItem],
) -> list[dict[str, Any]]:
    """The conversation as messages that a model of chat completions takes.

    A thought becomes a message of the assistant, a call a message with ``tool_calls``; searches are left out.
    """
    messages: list[dict[str, Any]] = []
    for item in responses_input:
        messages += _as_chat(item if isinstance(item, dict) else item.model_dump(exclude_none=True))
    return messages


def _as_chat(item: dict[str, Any]) -> list[dict[str, Any]]:
    kind = item.get("type")
    if kind == "function_call":
        return [_chat_call("tool call", item["call_id"], item)]
    if kind == "function_call_output":
        output = item["output"]
        content = output if isinstance(output, str) else json.dumps(output)
        return [{"role": "tool", "content": content, "tool_call_id": item["call_id"]}]
    if kind == "reasoning":
        return [{"role": "assistant", "content": json.dumps(item["summary"])}]
    if kind == "mcp_approval_request":
        return [_chat_call("mcp approval request", item["id"], item)]
    if kind == "mcp_approval_response":
        return [{"role": "tool", "content": str(item["approve"]), "tool_call_id": item["approval_request_id"]}]
    content = item.get("content")
    if kind == "message" and isinstance(content, list):
        return [{"role": item["role"], "content": _chat_content(part)} for part in _parts(content)]
    if "role" in item and content is not None:
        return [{"role": item["role"], "content": content}]
    return []


def _parts(content: list[Any]) -> list[dict[str, Any]]:
    return content


def _chat_content(part: dict[str, Any]) -> str | list[dict[str, Any]]:
    """A text; what is none, such as a picture, as it is."""
    return part["text"] if "text" in part else part.get("refusal") or [part]


def _chat_call(content: str, call_id: str, item: dict[str, Any]) -> dict[str, Any]:
    function = {"arguments": item["arguments"], "name": item["name"]}
    calls = [{"id": call_id, "type": "function", "function": function}]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def output_to_responses_items_stream(
    chunks: Iterator[dict[str, Any]], aggregator: list[dict[str, Any]] | None = None
) -> Generator[ResponsesAgentStreamEvent]:
    """The chunks of a chat completion as events; finished items are added to ``aggregator``, too."""
    from flowmill.models.responses_types import ResponsesAgentStreamEvent

    def done(item: dict[str, Any]) -> ResponsesAgentStreamEvent:
        if aggregator is not None:
            aggregator.append(item)
        return ResponsesAgentStreamEvent.model_validate({"type": _DONE, "item": item})

    texts: list[str] = []
    thoughts: list[str] = []
    calls: dict[Any, dict[str, Any]] = {}
    id = ""
    for chunk, delta in _deltas(chunks):
        id = str(chunk.get("id"))
        for call in delta.get("tool_calls") or []:
            _gather(calls, call)
        for thinking, piece in _pieces(delta.get("content")):
            if thinking:
                thoughts.append(piece)
                continue
            if thoughts:  # what was thought is over when something is said
                yield done(create_reasoning_item(id, "".join(thoughts)))
                thoughts.clear()
            yield ResponsesAgentStreamEvent.model_validate(create_text_delta(piece, id))
            texts.append(piece)
    if thoughts:
        yield done(create_reasoning_item(id, "".join(thoughts)))
    if any(texts):
        yield done(create_text_output_item("".join(texts), id))
    for call in calls.values():
        yield done(create_function_call_item(id, call["id"], call["name"], call["arguments"]))


def _deltas(chunks: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for chunk in chunks:
        choices: list[Any] = chunk.get("choices") or []
        if choices:
            yield chunk, choices[0].get("delta") or {}


def _gather(calls: dict[Any, dict[str, Any]], piece: dict[str, Any]) -> None:
    """A call comes in pieces of its arguments; the first has its id and name, all have its place."""
    call = calls.setdefault(piece.get("index"), {"id": "", "name": "", "arguments": ""})
    function = piece.get("function") or {}
    call["id"] = piece.get("id") or call["id"]
    call["name"] = function.get("name") or call["name"]
    call["arguments"] += function.get("arguments") or ""


def _pieces(content: Any) -> Iterator[tuple[bool, str]]:
    """The texts of a chunk, and whether each is a thought."""
    if isinstance(content, str):
        yield False, content
    for part in _parts(content) if isinstance(content, list) else ():
        if part.get("type") == "reasoning":
            for summary in part.get("summary") or []:
                yield True, summary["text"]
        elif part.get("text"):
            yield False, part["text"]
