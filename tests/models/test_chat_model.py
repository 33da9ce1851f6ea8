"""Models that talk: their messages as values, and how they are saved, loaded and asked, here and by the real MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import flowmill as mlflow
from flowmill.models import ModelSignature, rag_signatures
from flowmill.types import llm
from flowmill.types.llm import (
    ChatChoice,
    ChatChoiceDelta,
    ChatChunkChoice,
    ChatCompletionChunk,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatMessage,
    ChatParams,
)
from tests.peer.peer import Peer

BOT = """
import sys
if sys.argv[1] == "flowmill":
    import flowmill
    flowmill.install_as_mlflow()
import json, mlflow
from mlflow.types.llm import *

class Bot(mlflow.pyfunc.ChatModel):
    def predict(self, context, messages, params):
        said = f"{messages[-1].content.upper()} {params.temperature}"
        choice = ChatChoice(message=ChatMessage("assistant", said))
        return ChatCompletionResponse(choices=[choice], model="bot", created=1)

    def predict_stream(self, context, messages, params):
        for word in messages[-1].content.split():
            yield ChatCompletionChunk(choices=[ChatChunkChoice(delta=ChatChoiceDelta(content=word))], created=1)

if sys.argv[2] == "save":
    mlflow.pyfunc.save_model(sys.argv[3], python_model=Bot())
else:
    model = mlflow.pyfunc.load_model(sys.argv[3])
    asked = {"messages": [{"role": "user", "content": "hi you"}], "temperature": 0.5}
    print("ANSWER" + json.dumps([model.predict(asked), list(model.predict_stream(asked))]))
"""
ANSWER = [
    {
        "choices": [{"message": {"role": "assistant", "content": "HI YOU 0.5"}, "index": 0, "finish_reason": "stop"}],
        "model": "bot",
        "object": "chat.completion",
        "created": 1,
    },
    [
        {
            "choices": [{"delta": {"role": "assistant", "content": word}, "index": 0}],
            "object": "chat.completion.chunk",
            "created": 1,
        }
        for word in ("hi", "you")
    ],
]


def bot() -> mlflow.pyfunc.ChatModel:
    """Of a class that is nowhere to be imported from, as one of a notebook."""

    class Bot(mlflow.pyfunc.ChatModel):
        def predict(self, context: Any, messages: list[ChatMessage], params: ChatParams) -> ChatCompletionResponse:
            said = f"{str(messages[-1].content).upper()} {params.temperature}"
            return ChatCompletionResponse(
                choices=[ChatChoice(message=ChatMessage("assistant", said))], model="bot", created=1
            )

        def predict_stream(
            self, context: Any, messages: list[ChatMessage], params: ChatParams
        ) -> Iterator[ChatCompletionChunk]:
            for word in str(messages[-1].content).split():
                yield ChatCompletionChunk(choices=[ChatChunkChoice(delta=ChatChoiceDelta(content=word))], created=1)

    return Bot()


HI = {"messages": [{"role": "user", "content": "hi you"}]}


def test_a_chat_model_is_saved_and_asked(tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "bot", python_model=bot())
    model = mlflow.pyfunc.load_model(str(tmp_path / "bot"))
    assert model.predict({**HI, "temperature": 0.5}) == ANSWER[0]
    assert list(model.predict_stream({**HI, "temperature": 0.5})) == ANSWER[1]
    frame = pd.DataFrame({"messages": [HI["messages"]], "temperature": [1], "unknown": [2]})
    assert model.predict(frame)["choices"][0]["message"]["content"] == "HI YOU 1.0"
    said = model.metadata
    assert said.signature == ModelSignature(llm.CHAT_MODEL_INPUT_SCHEMA, llm.CHAT_MODEL_OUTPUT_SCHEMA)
    assert said.metadata == {"task": "agent/v1/chat"}
    assert model.loader_module == "mlflow.pyfunc.loaders.chat_model"
    assert said.flavors["python_function"]["streamable"] is True
    assert json.loads((tmp_path / "bot" / "serving_input_example.json").read_text()) == llm.CHAT_MODEL_INPUT_EXAMPLE


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "user"}]}, r"`messages\[0\]`: A message needs `content`"),
        ({}, "messages"),
        (pd.DataFrame({"messages": [HI["messages"]] * 2}), "one conversation at a time"),
    ],
)
def test_what_is_no_conversation(asked: Any, said: str, tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "bot", python_model=bot())
    with pytest.raises(mlflow.MlflowException, match=said) as error:
        mlflow.pyfunc.load_model(str(tmp_path / "bot")).predict(asked)
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_chat_model_that_answers_otherwise(tmp_path: Path) -> None:
    class Mute(mlflow.pyfunc.ChatModel):
        def predict(self, context: Any, messages: Any, params: Any) -> Any:
            return {"choices": []}

    mlflow.pyfunc.save_model(tmp_path / "mute", python_model=Mute(), input_example=[ChatMessage("user", "own")])
    assert json.loads((tmp_path / "mute" / "input_example.json").read_text())["messages"] == [
        {"role": "user", "content": "own"}
    ]
    model = mlflow.pyfunc.load_model(str(tmp_path / "mute"))
    assert model.metadata.flavors["python_function"]["streamable"] is False
    with pytest.raises(mlflow.MlflowException, match=r"ChatCompletionResponse\.from_dict"):
        model.predict(HI)
    with pytest.raises(mlflow.MlflowException, match="leave signature out"):
        mlflow.pyfunc.save_model(tmp_path / "other", python_model=Mute(), signature=mlflow.models.infer_signature([1]))
    with pytest.raises(TypeError, match="abstract"):
        mlflow.pyfunc.ChatModel()


def test_a_chat_model_from_code(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "import mlflow\n"
        "from mlflow.types.llm import ChatChoice, ChatCompletionResponse, ChatMessage\n"
        "class Bot(mlflow.pyfunc.ChatModel):\n"
        "    def predict(self, context, messages, params):\n"
        "        return ChatCompletionResponse([ChatChoice(ChatMessage('assistant', messages[0].content))])\n"
        "mlflow.models.set_model(Bot())\n"
    )
    mlflow.install_as_mlflow()
    mlflow.pyfunc.save_model(tmp_path / "bot", python_model=tmp_path / "bot.py")
    model = mlflow.pyfunc.load_model(str(tmp_path / "bot"))
    assert model.predict(HI)["choices"][0]["message"]["content"] == "hi you"


@pytest.mark.peer
def test_both_ways_with_the_real_mlflow(peer: Peer, tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "ours", python_model=bot())
    theirs = peer.run(BOT, "mlflow", "save", str(tmp_path / "theirs"), folder=tmp_path)
    assert "ANSWER" not in theirs
    asked = {**HI, "temperature": 0.5}
    model = mlflow.pyfunc.load_model(str(tmp_path / "theirs"), allow_pickle=True)
    assert [model.predict(asked), list(model.predict_stream(asked))] == ANSWER
    own = mlflow.pyfunc.load_model(str(tmp_path / "ours")).metadata
    assert (own.signature, own.metadata) == (model.metadata.signature, model.metadata.metadata)
    for file in ("input_example.json", "serving_input_example.json"):
        ours, said = (json.loads((tmp_path / who / file).read_text()) for who in ("ours", "theirs"))
        assert ours == said
    answer = peer.run(BOT, "mlflow", "load", str(tmp_path / "ours"), folder=tmp_path)
    assert json.loads(answer.partition("ANSWER")[2]) == ANSWER


def test_values_check_themselves() -> None:
    request = ChatCompletionRequest(messages=[{"role": "user", "content": "x"}], temperature=1)  # type: ignore[list-item]
    assert request.messages == [ChatMessage("user", "x")]
    assert request.to_dict() == {
        "temperature": 1.0,
        "n": 1,
        "stream": False,
        "messages": [{"role": "user", "content": "x"}],
    }
    assert ChatCompletionRequest.from_dict({**request.to_dict(), "unknown": 1}) == request
    tool = llm.FunctionToolDefinition(
        "f",
        parameters=llm.ToolParamsSchema({"a": {"type": "array", "items": {"type": "string"}}}),  # type: ignore[dict-item]
    )
    assert tool.to_tool_definition().to_dict() == {
        "function": {
            "name": "f",
            "strict": False,
            "parameters": {"properties": {"a": {"type": "array", "items": {"type": "string"}}}, "type": "object"},
        },
        "type": "function",
    }
    call = llm.FunctionToolCallArguments("f", "{}").to_tool_call("7")
    assert ChatMessage("assistant", tool_calls=[call]).to_dict()["tool_calls"][0]["id"] == "7"
    assert {"custom_inputs", "temperature"} < set(ChatParams.keys())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ChatMessage(5, "x"), "`role` must be of type str, got int"),  # type: ignore[arg-type]
        (lambda: ChatMessage("user"), "needs `content`"),
        (lambda: ChatMessage("user", "x", refusal="no"), "not both"),
        (lambda: ChatMessage.from_dict({"content": "x"}), "needs `role`"),
        (lambda: ChatParams(stop="x"), "`stop` must be a list, got str"),  # type: ignore[arg-type]
        (lambda: ChatParams(stop=["a", 5]), r"`stop\[1\]` must be of type str"),  # type: ignore[list-item]
        (lambda: ChatParams(n=1.5), "`n` must be of type int"),  # type: ignore[arg-type]
        (lambda: ChatParams(custom_inputs=5), "must be a dictionary"),  # type: ignore[arg-type]
        (lambda: ChatChoice(message=5), "`message` must be of type ChatMessage"),  # type: ignore[arg-type]
        (lambda: ChatCompletionResponse([{"index": 0}]), "needs `message`"),  # type: ignore[list-item]
        (lambda: llm.ParamType("text"), "must be one of"),  # type: ignore[arg-type]
        (lambda: ChatMessage.from_dict("x"), "is made from a dictionary"),  # type: ignore[arg-type]
    ],
)
def test_values_that_are_refused(make: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        make()
    assert isinstance(error.value, mlflow.MlflowException)


def test_signatures_from_dataclasses_of_chains() -> None:
    signature = ModelSignature(rag_signatures.ChatCompletionRequest, rag_signatures.ChatCompletionResponse)
    known = rag_signatures.SIGNATURE_FOR_LLM_INFERENCE_TASK["llm/v1/chat"]
    assert signature.inputs == known.inputs == rag_signatures.CHAT_COMPLETION_REQUEST_SCHEMA
    assert known.outputs == rag_signatures.CHAT_COMPLETION_RESPONSE_SCHEMA
    assert rag_signatures.MultiturnChatRequest().history == []
    assert rag_signatures.ChainCompletionChunk().delta.role == "assistant"


@pytest.mark.peer
def test_the_same_schemas_as_the_real_mlflow(peer: Peer, tmp_path: Path) -> None:
    names = [name for name in dir(llm) if name.endswith("_SCHEMA")]
    said = peer.run(
        "import sys, mlflow.types.llm as l, mlflow.models.rag_signatures as r\n"
        "for name in sys.argv[1:]: print(getattr(l, name, None) and getattr(l, name).to_json())\n"
        "print(r.CHAT_COMPLETION_REQUEST_SCHEMA.to_json()); print(r.CHAT_COMPLETION_RESPONSE_SCHEMA.to_json())",
        *names,
        folder=tmp_path,
    ).splitlines()
    ours = [getattr(llm, name).to_json() for name in names]
    chains = [rag_signatures.CHAT_COMPLETION_REQUEST_SCHEMA, rag_signatures.CHAT_COMPLETION_RESPONSE_SCHEMA]
    assert len(names) == 6
    assert said == [*ours, *(schema.to_json() for schema in chains)]
