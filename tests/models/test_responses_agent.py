"""Agents of OpenAI's responses: their items and events, how they are saved, loaded and asked, here and by MLflow."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

import flowmill as mlflow
from flowmill.models import ModelSignature
from flowmill.types import responses
from flowmill.types.responses import (
    ResponsesAgentRequest,
    ResponsesAgentResponse,
    ResponsesAgentStreamEvent,
    create_text_output_item,
)
from tests.peer.peer import Peer

AGENT = """
import sys, json, mlflow
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse, ResponsesAgentStreamEvent
from mlflow.types.responses import create_text_output_item

class Agent(mlflow.pyfunc.ResponsesAgent):
    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        said = f"{request.input[-1].content.upper()} {request.context.user_id if request.context else ''}"
        return ResponsesAgentResponse(output=[create_text_output_item(said, "1")], custom_outputs=request.custom_inputs)

    def predict_stream(self, request):
        words = request.input[-1].content.split()
        for word in words:
            yield ResponsesAgentStreamEvent(**self.create_text_delta(word, "1"))
        item = self.create_text_output_item(" ".join(words), "1")
        yield ResponsesAgentStreamEvent(type="response.output_item.done", item=item)

if __name__ == "__main__":
    if sys.argv[1] == "save":
        mlflow.pyfunc.save_model(sys.argv[2], python_model=Agent())
    else:
        model = mlflow.pyfunc.load_model(sys.argv[2])
        asked = json.loads(sys.argv[3])
        print("ANSWER" + json.dumps([model.predict(asked), list(model.predict_stream(asked))]))
"""
HI = {"input": [{"role": "user", "content": "hi you"}]}
ASKED = {**HI, "context": {"user_id": "eve"}, "custom_inputs": {"a": 1}, "temperature": 0.5, "tool_choice": "auto"}


def _said(text: str) -> dict[str, Any]:
    content = {"text": text, "type": "output_text", "annotations": []}
    return {"id": "1", "content": [content], "role": "assistant", "type": "message"}


ANSWER = [
    {"object": "response", "output": [_said("HI YOU eve")], "custom_outputs": {"a": 1}},
    [
        *({"type": "response.output_text.delta", "item_id": "1", "delta": word} for word in ("hi", "you")),
        {"type": "response.output_item.done", "item": _said("hi you")},
    ],
]


def make_agent() -> mlflow.pyfunc.ResponsesAgent:
    """Of a class that is nowhere to be imported from, as one of a notebook."""

    class Agent(mlflow.pyfunc.ResponsesAgent):
        def predict(self, request: Any) -> ResponsesAgentResponse:
            said = f"{request.input[-1].content.upper()} {request.context.user_id if request.context else ''}"
            # A function found by its name goes into the pickle by MLflow's name.
            return ResponsesAgentResponse(
                output=[create_text_output_item(said, "1")],  # type: ignore[list-item]  # pydantic takes dicts
                custom_outputs=request.custom_inputs,
            )

        def predict_stream(self, request: Any) -> Any:
            words = request.input[-1].content.split()
            for word in words:
                yield ResponsesAgentStreamEvent(**self.create_text_delta(word, "1"))
            item = self.create_text_output_item(" ".join(words), "1")
            yield ResponsesAgentStreamEvent(type="response.output_item.done", item=item)  # type: ignore[call-arg]

    return Agent()


def test_an_agent_is_saved_and_asked(tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "agent", python_model=make_agent())
    model = mlflow.pyfunc.load_model(str(tmp_path / "agent"))
    assert [model.predict(ASKED), list(model.predict_stream(ASKED))] == ANSWER
    assert model.predict(pd.DataFrame({"input": [HI["input"]]}))["output"] == [_said("HI YOU ")]
    said = model.metadata
    expected = ModelSignature(responses.RESPONSES_AGENT_INPUT_SCHEMA, responses.RESPONSES_AGENT_OUTPUT_SCHEMA)
    assert said.signature == expected
    assert said.metadata == {"task": "agent/v1/responses"}
    assert model.loader_module == "mlflow.pyfunc.loaders.responses_agent"
    assert said.flavors["python_function"]["streamable"] is True
    for asked, why in (({"input": [{"role": "nobody", "content": "x"}]}, "nobody"), ({}, "input")):
        with pytest.raises(mlflow.MlflowException, match=why) as error:
            model.predict(asked)
        assert error.value.error_code == "INVALID_PARAMETER_VALUE"


def test_an_agent_from_a_script(tmp_path: Path) -> None:
    script = tmp_path / "agent.py"
    script.write_text(AGENT.replace("import mlflow", "import flowmill") + "\nmlflow.models.set_model(Agent())\n")
    mlflow.pyfunc.save_model(tmp_path / "agent", python_model=script, input_example=HI)
    model = mlflow.pyfunc.load_model(str(tmp_path / "agent"))
    assert [model.predict(ASKED), list(model.predict_stream(ASKED))] == ANSWER
    assert model.input_example == HI


def test_an_agent_is_tried_before_it_is_saved() -> None:
    made: Any = make_agent()
    assert made.predict(ASKED).model_dump(exclude_none=True) == ANSWER[0]
    assert made.predict(ResponsesAgentRequest.model_validate(HI)).output_text == "HI YOU "
    assert len(list(made.predict_stream(HI))) == 3
    with pytest.raises(mlflow.MlflowException, match="input: Field required"):
        made.predict({"x": 1})
    with pytest.raises(TypeError, match="abstract"):
        mlflow.pyfunc.ResponsesAgent()  # type: ignore[abstract]


def test_an_agent_that_answers_otherwise(tmp_path: Path) -> None:
    class Other(mlflow.pyfunc.ResponsesAgent):
        def predict(self, request: Any) -> Any:
            return {"output": [{"type": "message", "id": "1", "content": [], **(request.custom_inputs or {})}]}

    example = ResponsesAgentRequest.model_validate(HI)
    mlflow.pyfunc.save_model(tmp_path / "other", python_model=Other(), input_example=example)
    model = mlflow.pyfunc.load_model(str(tmp_path / "other"))
    assert model.input_example == {"input": [{"role": "user", "content": "hi you", "type": "message"}]}
    parts = [{"type": "refusal", "refusal": "no"}]
    assert model.predict({**HI, "custom_inputs": {"content": parts}}) == {
        "output": [{"type": "message", "id": "1", "content": parts}]
    }
    with pytest.raises(mlflow.MlflowException, match="Other gave no ResponsesAgentResponse.*content is empty"):  # noqa: RUF043
        model.predict(HI)
    with pytest.raises(NotImplementedError, match="predict_stream"):
        list(model.predict_stream(HI))
    with pytest.raises(mlflow.MlflowException, match="leave signature out"):
        mlflow.pyfunc.save_model(tmp_path / "a", python_model=Other(), signature=mlflow.models.infer_signature([1]))
    for example, why in (({"inputs": 1}, "input: Field required"), ([1], "of type list")):
        with pytest.raises(mlflow.MlflowException, match=why):
            mlflow.pyfunc.save_model(tmp_path / "b", python_model=Other(), input_example=example)


@pytest.mark.peer
def test_both_ways_with_the_real_mlflow(peer: Peer, tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "ours", python_model=make_agent())
    peer.run(AGENT, "save", str(tmp_path / "theirs"), folder=tmp_path)
    model = mlflow.pyfunc.load_model(str(tmp_path / "theirs"), allow_pickle=True)
    assert [model.predict(ASKED), list(model.predict_stream(ASKED))] == ANSWER
    own = mlflow.pyfunc.load_model(str(tmp_path / "ours")).metadata
    assert (own.signature, own.metadata) == (model.metadata.signature, model.metadata.metadata)
    for file in ("input_example.json", "serving_input_example.json"):
        assert json.loads((tmp_path / "ours" / file).read_text()) == json.loads(
            (tmp_path / "theirs" / file).read_text()
        )
    answer = peer.run(AGENT, "load", str(tmp_path / "ours"), json.dumps(ASKED), folder=tmp_path)
    assert json.loads(answer.partition("ANSWER")[2]) == ANSWER


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: responses.ResponsesAgentRequest(input=[{"role": "tool", "content": "x"}]), "tool"),  # type: ignore[list-item]
    (lambda: ResponsesAgentResponse(output=[{"type": "thing"}]), "thing"),  # type: ignore[list-item]
    (lambda: ResponsesAgentResponse(output=[{"type": "message", "id": "1"}]), "content"),  # type: ignore[list-item]
    (lambda: ResponsesAgentResponse(output=[{"type": "function_call"}]), "call_id"),  # type: ignore[list-item]
    (lambda: ResponsesAgentStreamEvent(type="response.output_text.delta"), "delta"),
    (lambda: ResponsesAgentStreamEvent(type="response.output_item.done", item={"type": "x"}), "type of an item"),  # type: ignore[call-arg]
    (lambda: ResponsesAgentResponse(output=[_said("x") | {"role": "user"}]), "role"),  # type: ignore[list-item]
    (lambda: ResponsesAgentResponse(output=[_said("x") | {"status": "failed"}]), "status"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("make", "said"), REFUSED)
def test_values_that_are_refused(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        make()


def test_words_of_tomorrow_are_kept_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="tool_choice is 'maybe'"):
        asked = ResponsesAgentRequest.model_validate({**HI, "tool_choice": "maybe"})
    assert asked.tool_choice == "maybe"
    with pytest.warns(UserWarning, match="type of a tool is 'telepathy'"):
        asked = ResponsesAgentRequest.model_validate({**HI, "tools": [{"type": "telepathy"}], "truncation": "auto"})
    assert asked.tools is not None and asked.tools[0].type == "telepathy"


# What an agent is asked with and what a model of chat completions streams; the answers are the real MLflow's.
CONVERSATION: list[dict[str, Any]] = [
    {"role": "system", "content": "be kind"},
    {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
    {"type": "reasoning", "id": "r1", "summary": [{"type": "summary_text", "text": "th"}]},
    {"type": "message", "role": "assistant", "id": "1", "content": [{"type": "output_text", "text": "x"}] * 2},
    {"type": "function_call", "id": "i", "name": "f", "arguments": "{}", "call_id": "c"},
    {"type": "function_call_output", "call_id": "c", "output": "res"},
    {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "q"}]},
    {"type": "mcp_approval_request", "id": "i", "arguments": "a", "name": "n", "server_label": "s"},
    {"type": "mcp_approval_response", "id": "i", "approval_request_id": "a", "approve": True, "reason": "r"},
    {"type": "web_search_call", "id": "9"},
]


def _chunk(**delta: Any) -> dict[str, Any]:
    return {"id": "x", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}


def _call(index: int, arguments: str, **first: Any) -> dict[str, Any]:
    name = {"name": first.pop("name")} if "name" in first else {}
    return _chunk(tool_calls=[{"index": index, **first, "function": {**name, "arguments": arguments}}])


_THOUGHT = [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}]
STREAMS = [
    [_chunk(role="assistant", content="Hel"), _chunk(content="lo"), _chunk()],
    [_chunk(content="wait"), _call(0, "{", id="c1", name="f"), _call(1, "[", id="c2", name="g"), _call(0, "}")],
    [_chunk(content=_THOUGHT), _chunk(content=_THOUGHT), _chunk(content="yes"), _chunk(content=" ok")],
    [_chunk(content=""), {"id": "x", "choices": []}],
]
CONVERSIONS = """
import json, sys
if sys.argv[1] == "flowmill":
    import flowmill; flowmill.install_as_mlflow()
import mlflow
agent = mlflow.pyfunc.ResponsesAgent
conversation, streams = json.loads(sys.argv[2])
found = []
for items in [conversation, *([each] for each in conversation)]:
    found.append(agent.prep_msgs_for_cc_llm(items))
    found.append(agent.prep_msgs_for_cc_llm(mlflow.types.responses.ResponsesAgentRequest(input=items).input))
for chunks in streams:
    gathered = []
    events = list(agent.output_to_responses_items_stream(iter(chunks), gathered))
    found += [[event.model_dump() for event in events], gathered]
    found.append(agent.responses_agent_output_reducer(events))
found.append(agent.create_annotation_added("1", {"type": "url_citation", "title": "t", "url": "u"}))
found.append(agent.create_text_output_item("a", "1", [{"type": "url_citation", "title": "t", "url": "u"}]))
found += [agent.create_reasoning_item("1", "hm"), agent.create_function_call_item("1", "c", "f", "{}")]
found += [agent.create_function_call_output_item("c", "42"), agent.create_text_delta("a", "1")]
found += [mlflow.types.responses.create_mcp_approval_request_item("1", "{}", "n", "s")]
found += [mlflow.types.responses.create_mcp_approval_response_item("1", "2", True, "r")]
print("FOUND" + json.dumps(found))
"""


@pytest.mark.peer
def test_items_and_conversions_are_those_of_the_real_mlflow(peer: Peer, tmp_path: Path) -> None:
    given = json.dumps([CONVERSATION, STREAMS])
    theirs = json.loads(peer.run(CONVERSIONS, "mlflow", given, folder=tmp_path).partition("FOUND")[2])
    done = subprocess.run([sys.executable, "-c", CONVERSIONS, "flowmill", given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = json.loads(done.stdout.partition("FOUND")[2])
    assert len(ours) == len(theirs) > 30
    for place, (own, other) in enumerate(zip(ours, theirs, strict=True)):
        assert own == other, place


def test_what_is_said_beside_a_call_or_only_thought_is_kept() -> None:
    streamed = mlflow.pyfunc.ResponsesAgent.output_to_responses_items_stream
    beside = _chunk(content="wait", tool_calls=[{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}])
    kinds = [event.model_dump()["type"] for event in streamed(iter([beside]))]
    assert kinds == ["response.output_text.delta", "response.output_item.done", "response.output_item.done"]
    (only,) = list(streamed(iter([_chunk(content=_THOUGHT)])))
    assert only.model_dump()["item"]["type"] == "reasoning"
    refusal = [{"type": "message", "role": "assistant", "id": "1", "content": [{"type": "refusal", "refusal": "no"}]}]
    assert responses.to_chat_completions_input(refusal) == [{"role": "assistant", "content": "no"}]


def test_pictures_of_a_message_are_kept() -> None:
    picture = {"type": "input_image", "image_url": "http://x"}
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "look"}, picture]}
    assert responses.to_chat_completions_input([said]) == [
        {"role": "user", "content": "look"},
        {"role": "user", "content": [picture]},
    ]


def test_an_answer_is_made_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = ResponsesAgentResponse.model_validate({"output": [_said("a"), _said("b")], "status": "completed"})
    assert whole.output_text == "ab"
