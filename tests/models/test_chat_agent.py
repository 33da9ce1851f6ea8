"""Agents: their messages as pydantic models, and how they are saved, loaded and asked, here and by the real MLflow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

import flowmill as mlflow
from flowmill.models import ModelSignature
from flowmill.types import agent, chat, responses, responses_helpers
from flowmill.types.agent import ChatAgentChunk, ChatAgentMessage, ChatAgentRequest, ChatAgentResponse
from tests.peer.peer import Peer

AGENT = """
import sys, json, mlflow
from mlflow.types.agent import *

class Agent(mlflow.pyfunc.ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        said = f"{messages[-1].content.upper()} {context.user_id if context else ''}"
        message = ChatAgentMessage(role="assistant", content=said, id="1")
        return ChatAgentResponse(messages=[message], custom_outputs=custom_inputs)

    def predict_stream(self, messages, context=None, custom_inputs=None):
        for word in messages[-1].content.split():
            yield ChatAgentChunk(delta=ChatAgentMessage(role="assistant", content=word, id="1"))

if sys.argv[1] == "save":
    mlflow.pyfunc.save_model(sys.argv[2], python_model=Agent())
else:
    model = mlflow.pyfunc.load_model(sys.argv[2])
    asked = json.loads(sys.argv[3])
    print("ANSWER" + json.dumps([model.predict(asked), list(model.predict_stream(asked))]))
"""
HI = {"messages": [{"role": "user", "content": "hi you"}]}
ASKED = {**HI, "context": {"user_id": "eve"}, "custom_inputs": {"a": 1}}
ANSWER = [
    {"messages": [{"role": "assistant", "content": "HI YOU eve", "id": "1"}], "custom_outputs": {"a": 1}},
    [{"delta": {"role": "assistant", "content": word, "id": "1"}} for word in ("hi", "you")],
]


def make_agent() -> mlflow.pyfunc.ChatAgent:
    """Of a class that is nowhere to be imported from, as one of a notebook."""

    class Agent(mlflow.pyfunc.ChatAgent):
        def predict(self, messages: Any, context: Any = None, custom_inputs: Any = None) -> ChatAgentResponse:
            said = f"{messages[-1].content.upper()} {context.user_id if context else ''}"
            message = ChatAgentMessage(role="assistant", content=said, id="1")
            return ChatAgentResponse(messages=[message], custom_outputs=custom_inputs)

        def predict_stream(
            self, messages: Any, context: Any = None, custom_inputs: Any = None
        ) -> Iterator[ChatAgentChunk]:
            for word in messages[-1].content.split():
                yield ChatAgentChunk(delta=ChatAgentMessage(role="assistant", content=word, id="1"))

    return Agent()


def test_an_agent_is_saved_and_asked(tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "agent", python_model=make_agent())
    model = mlflow.pyfunc.load_model(str(tmp_path / "agent"))
    assert [model.predict(ASKED), list(model.predict_stream(ASKED))] == ANSWER
    assert model.predict(pd.DataFrame({"messages": [HI["messages"]]}))["messages"][0]["content"] == "HI YOU "
    said = model.metadata
    assert said.signature == ModelSignature(agent.CHAT_AGENT_INPUT_SCHEMA, agent.CHAT_AGENT_OUTPUT_SCHEMA)
    assert (said.metadata, model.loader_module) == ({"task": "agent/v2/chat"}, "mlflow.pyfunc.loaders.chat_agent")
    for asked, why in (({"messages": [{"role": "user"}]}, "content or tool_calls"), ({"messages": "x"}, "messages")):
        with pytest.raises(mlflow.MlflowException, match=why) as error:
            model.predict(asked)
        assert error.value.error_code == "INVALID_PARAMETER_VALUE"


def test_an_agent_is_tried_before_it_is_saved() -> None:
    made = make_agent()
    assert made.predict(ASKED).model_dump(exclude_none=True) == ANSWER[0]  # type: ignore[arg-type]
    assert made.predict([ChatAgentMessage(role="user", content="x")]).messages[0].content == "X "
    assert len(list(made.predict_stream(HI))) == 2  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="abstract"):
        mlflow.pyfunc.ChatAgent()  # type: ignore[abstract]


def test_an_agent_that_answers_otherwise(tmp_path: Path) -> None:
    class Other(mlflow.pyfunc.ChatAgent):
        def predict(self, messages: Any, context: Any = None, custom_inputs: Any = None) -> Any:
            return {"messages": [{"role": "assistant", "content": "x", **(custom_inputs or {})}]}

    mlflow.pyfunc.save_model(tmp_path / "other", python_model=Other(), input_example=HI)
    model = mlflow.pyfunc.load_model(str(tmp_path / "other"))
    assert model.predict({**HI, "custom_inputs": {"id": "1"}})["messages"][0]["id"] == "1"
    with pytest.raises(mlflow.MlflowException, match="Other gave no ChatAgentResponse.*needs an id"):  # noqa: RUF043
        model.predict(HI)
    with pytest.raises(NotImplementedError, match="predict_stream"):
        list(model.predict_stream(HI))
    with pytest.raises(mlflow.MlflowException, match="leave signature out"):
        mlflow.pyfunc.save_model(tmp_path / "a", python_model=Other(), signature=mlflow.models.infer_signature([1]))


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


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ChatAgentMessage(role="user"), "content or tool_calls"),
        (lambda: ChatAgentMessage(role="tool", content="x", name="f"), "name and tool_call_id"),
        (lambda: ChatAgentResponse(messages=[{"role": "a", "content": "x"}]), "needs an id"),
        (lambda: ChatAgentResponse(messages=[{"role": "a", "content": "x", "id": "1"}] * 2), "id of its own"),
        (lambda: ChatAgentChunk(delta={"role": "a", "content": "x"}), "id of its message"),
        (lambda: chat.ChatCompletionRequest(messages=[]), "at least 1 item"),
        (lambda: chat.ChatCompletionRequest(messages=[{"role": "a", "content": "x"}], temperature=3), "less than"),
        (lambda: chat.ChatMessage(role="user", content=[{"type": "video"}]), "video"),
        (lambda: chat.ChatTool(type="thing"), "function"),
        (lambda: chat.ToolCall(function={"name": "f"}), "Field required"),
    ],
)
def test_values_that_are_refused(make: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        make()


def test_values_of_requests_and_answers() -> None:
    parts = [
        {"type": "text", "text": "x"},
        {"type": "image_url", "image_url": {"url": "http://x", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "x", "format": "mp3"}},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "y"}]},
    ]
    message = chat.ChatMessage(role="user", content=parts)  # type: ignore[arg-type]
    assert message.model_dump(exclude_none=True)["content"] == parts
    call = chat.Function(name="f", arguments="{}").to_tool_call()
    assert (len(call.id), call.type) == (36, "function")
    assert ChatAgentRequest(messages=[ChatAgentMessage(role="a", tool_calls=[call])]).stream is False
    usage = chat.ChatUsage(prompt_tokens=1, cost=2.5)  # type: ignore[call-arg]
    assert usage.model_dump(exclude_none=True) == {"prompt_tokens": 1, "cost": 2.5}
    assert chat.ParamProperty(type=["string", "null"], enum=[1, "a"]).model_dump(exclude_none=True) == {
        "type": ["string", "null"],
        "enum": [1, "a"],
    }


def test_pydantic_is_loaded_when_these_are_touched() -> None:
    script = """
import sys, flowmill
flowmill.pyfunc.ChatAgent, flowmill.pyfunc.ChatModel, flowmill.pyfunc.load_model
print("pydantic" in sys.modules)
flowmill.types.chat.ChatMessage
print("pydantic" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True"]


@pytest.mark.peer
def test_the_same_models_and_schemas_as_the_real_mlflow(peer: Peer, tmp_path: Path) -> None:
    script = """
import json, sys
if sys.argv[1] == "flowmill":
    import flowmill; flowmill.install_as_mlflow()
from mlflow.types import agent, chat, responses, responses_helpers
from pydantic import BaseModel

def cleaned(schema):
    if isinstance(schema, dict):
        return {key: cleaned(value) for key, value in schema.items() if key not in ("description", "title")}
    return [cleaned(each) for each in schema] if isinstance(schema, list) else schema

names = {"chat": chat, "agent": agent, "responses": responses, "responses_helpers": responses_helpers}
found = {}
for place, name in [each.split(".") for each in sys.argv[2:]]:
    kind = getattr(names[place], name)
    as_model = hasattr(kind, "model_json_schema")
    found[f"{place}.{name}"] = cleaned(kind.model_json_schema()) if as_model else kind.to_json()
print(json.dumps(found))
"""
    names = [
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in (chat, agent, responses, responses_helpers)
        for name in sorted(module.__all__)
        if not name.endswith("EXAMPLE") and not name.islower()
    ]
    theirs = json.loads(peer.run(script, "mlflow", *names, folder=tmp_path))
    done = subprocess.run([sys.executable, "-c", script, "flowmill", *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = json.loads(done.stdout)
    assert ours.keys() == theirs.keys() and len(ours) > 60
    for name, schema in theirs.items():
        assert ours[name] == schema, name
