"""Models that talk, over HTTP: requests as agents' clients send them, answers whole, mistakes named.

A request that asks for a stream is answered whole, as MLflow's scoring server does: what streams is for callers in
Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import flowmill
from flowmill.testing.server import running
from tests.server.conftest import Http
from tests.serving.conftest import application
from tests.serving.test_app import JSON, refused

CHAT = """
from flowmill.pyfunc import ChatModel
from flowmill.models import set_model
from flowmill.types.llm import ChatChoice, ChatCompletionResponse, ChatMessage

class Echo(ChatModel):
    def predict(self, context, messages, params):
        said = ChatMessage(role="assistant", content=f"{messages[-1].content} {params.temperature}")
        return ChatCompletionResponse(choices=[ChatChoice(message=said)], id="1", created=5)

set_model(Echo())
"""
AGENT = """
from flowmill.pyfunc import ChatAgent
from flowmill.models import set_model
from flowmill.types.agent import ChatAgentMessage, ChatAgentResponse

class Echo(ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        said = f"{messages[-1].content} {custom_inputs}"
        return ChatAgentResponse(messages=[ChatAgentMessage(role="assistant", content=said, id="1")])

set_model(Echo())
"""
RESPONSES = """
from flowmill.pyfunc import ResponsesAgent
from flowmill.models import set_model
from flowmill.types.responses import ResponsesAgentResponse

class Echo(ResponsesAgent):
    def predict(self, request):
        said = f"{request.input[-1].content} {request.custom_inputs}"
        return ResponsesAgentResponse(output=[self.create_text_output_item(said, "1")])

set_model(Echo())
"""
PLAIN = """
from flowmill.models import set_model

set_model(lambda request: {"asked": dict(request)})
"""


@contextmanager
def served(script: str, folder: Path) -> Iterator[Callable[[Any], Any]]:
    """Asks the model of a script, by whose server requests go."""
    file = folder / "talker.py"
    file.write_text(script)
    flowmill.pyfunc.save_model(folder / "model", python_model=str(file), pip_requirements=["pydantic"])
    with running(application(folder / "model")) as address:
        client = Http(address, folder)
        yield lambda body: client.send("POST", "/invocations", json.dumps(body).encode(), Content_Type=JSON)


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "config"))


HI = {"messages": [{"role": "user", "content": "hi"}]}
ASKED = {"input": [{"role": "user", "content": "hi"}]}


def test_a_chat_model(tmp_path: Path) -> None:
    with served(CHAT, tmp_path) as ask:
        answer = {
            "choices": [{"message": {"role": "assistant", "content": "hi 1.0"}, "index": 0, "finish_reason": "stop"}],
            "id": "1",
            "object": "chat.completion",
            "created": 5,
        }
        for body in (HI, {**HI, "stream": True}, {**HI, "nobody knows": 1}):
            assert (ask(body).status, ask(body).json) == (200, answer)
        assert ask({**HI, "temperature": 0.5}).json["choices"][0]["message"]["content"] == "hi 0.5"
        assert ask({"inputs": HI}).json == {"predictions": answer}
        wrong = {"messages": [{"role": 5, "content": "x"}, {"role": "user", "content": 7}], "temperature": "hot"}
        refused(ask(wrong), 400, "found 5 (int) at [0].role", "found 7 (int) at [1].content", "'temperature'", "'hot'")
        refused(ask({"messages": [{"content": "x"}]}), 400, "no value for 'role' at [0]")
        refused(ask({"messages": [{"role": "user"}]}), 400, "`messages[0]`", "needs `content`")
        refused(ask({"messages": "hi"}), 400, "column 'messages'", "found 'hi' (str)")
        refused(ask({"messages": []}), 400, "could not predict")


def test_an_agent(tmp_path: Path) -> None:
    with served(AGENT, tmp_path) as ask:
        for body in (HI, {**HI, "stream": True}):
            assert ask(body).json == {"messages": [{"role": "assistant", "content": "hi None", "id": "1"}]}
        told = {**HI, "custom_inputs": {"a": 1}, "context": {"conversation_id": "c", "user_id": "u"}}
        assert ask(told).json["messages"][0]["content"] == "hi {'a': 1}"
        wrong = {"messages": [{"role": 5, "content": 3}], "custom_inputs": 7}
        refused(ask(wrong), 400, "found 5 (int) at [0].role", "found 3 (int) at [0].content", "'custom_inputs'")
        refused(ask({"messages": [{"role": "user"}]}), 400, "messages.0: A message needs content or tool_calls.")


def test_an_agent_of_responses(tmp_path: Path) -> None:
    with served(RESPONSES, tmp_path) as ask:
        for body in (ASKED, {**ASKED, "stream": True}):
            (output,) = ask(body).json["output"]
            assert output["content"] == [{"text": "hi None", "type": "output_text", "annotations": []}]
        assert ask({**ASKED, "custom_inputs": {"a": 1}}).json["output"][0]["content"][0]["text"] == "hi {'a': 1}"
        wrong = {"input": "hi", "custom_inputs": 7, "temperature": "hot"}
        refused(ask(wrong), 400, "column 'input'", "found 'hi' (str)", "'custom_inputs'", "'temperature'")
        answer = ask({"input": [{"role": "user"}]})
        refused(answer, 400, "input.0", "content: Field required")
        assert "function" not in answer.json["message"]
        refused(ask({"messages": []}), 400, "'input'", "is missing", "['messages']")


def test_requests_of_language_models_come_whole_to_any_model(tmp_path: Path) -> None:
    """``llm/v1/chat`` and ``llm/v1/completions``: the body is what the model gets, its answer goes back."""
    with served(PLAIN, tmp_path) as ask:
        for body in (
            HI,
            {**HI, "stream": True},
            {"prompt": "hi"},
            {"prompt": ["a", "b"], "temperature": 0},
            {"input": ["a"], "model": "m"},
            {"prompt": "x", "inputs": [1]},
        ):
            answer = ask(body)
            assert (answer.status, answer.json) == (200, {"asked": body})
