"""Tasks of language models, both ways with the real MLflow, and what it has not: limits, stops, several answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import transformers

import flowmill
from flowmill.serving.functions import init, invocations
from tests.flavors.environments import ROOT
from tests.flavors.sheets.tiny import bert, bert_tokenizer, gpt, word_tokenizer

SCRIPT = ROOT / "tests" / "flavors" / "scripts" / "language_tasks.py"
SURE = {"do_sample": False, "max_new_tokens": 8}
HELLO = [{"role": "user", "content": "the cat"}]


def run(what: str, folder: Path, *command: str) -> Any:
    settings = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, *command, str(SCRIPT), what, str(folder)], cwd=folder.parent, env=settings,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]) if what == "ask" else None


def test_either_side_answers_the_same_from_either_s_files(tmp_path: Path) -> None:
    ours = ("-m", "flowmill", "run")
    run("save", tmp_path / "ours", *ours)
    run("save", tmp_path / "theirs")
    expected = run("ask", tmp_path / "theirs")
    # With MLflow the settings of the first row of a frame are those of all rows: here both are the same.
    assert run("ask", tmp_path / "ours", *ours) == expected
    assert run("ask", tmp_path / "ours") == expected
    assert run("ask", tmp_path / "theirs", *ours) == expected
    (first, *_) = expected["completions"]["answers"][0]
    assert first["choices"][0]["finish_reason"] == "length"
    assert first["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}


@pytest.fixture
def generate() -> Any:
    tokens = word_tokenizer()
    tokens.chat_template = "{% for each in messages %}{{ each['content'] }} {% endfor %}"
    return transformers.pipeline("text-generation", model=gpt(), tokenizer=tokens)


@pytest.fixture
def model(generate: Any, tmp_path: Path) -> Any:
    flowmill.transformers.save_model(generate, tmp_path / "m", task="llm/v1/completions", model_config=dict(SURE))
    return flowmill.pyfunc.load_model(str(tmp_path / "m"))


def text_of(answer: dict[str, Any], place: int = 0) -> str:
    return answer["choices"][place]["text"]


def test_each_request_has_its_own_settings(model: Any) -> None:
    short, long = model.predict(pd.DataFrame({"prompt": ["the cat", "the cat"], "max_tokens": [1, 4]}))
    assert (short["usage"]["completion_tokens"], long["usage"]["completion_tokens"]) == (1, 4)
    (none,) = model.predict({"prompt": "the cat", "temperature": 0.0, "max_tokens": 2})
    assert none["usage"]["completion_tokens"] == 2
    (other,) = model.predict({"prompt": "the cat"})
    assert (other["object"], other["model"]) == ("text_completion", "")


def test_a_stop_ends_the_text_before_it(model: Any) -> None:
    (whole,) = model.predict({"prompt": "a dog is"})
    words = text_of(whole).split()
    stop = words[2]
    (cut,) = model.predict({"prompt": "a dog is", "stop": [stop]})
    assert text_of(cut).split() == words[: words.index(stop)]
    assert cut["choices"][0]["finish_reason"] == "stop"


def test_several_answers_to_one_request(generate: Any, tmp_path: Path) -> None:
    flowmill.transformers.save_model(generate, tmp_path / "m", task="llm/v1/chat", model_config={"do_sample": True})
    (answer,) = flowmill.pyfunc.load_model(str(tmp_path / "m")).predict(
        {"messages": HELLO, "n": 2, "temperature": 0.7, "top_k": 5, "max_tokens": 4}
    )
    assert [each["index"] for each in answer["choices"]] == [0, 1]
    assert {each["message"]["role"] for each in answer["choices"]} == {"assistant"}
    assert answer["usage"]["prompt_tokens"] == 2


def test_what_a_pipeline_has_not_is_told(generate: Any, tmp_path: Path, model: Any) -> None:
    for wrong in ({"prompt": "a", "stream": True}, {"prompt": "a", "n": 2}):
        with pytest.raises(flowmill.MlflowException, match=r"leave it out|cannot answer"):
            model.predict(wrong)
    feature = transformers.pipeline("feature-extraction", model=bert("BertModel"), tokenizer=bert_tokenizer())
    for pipeline, task, told in (
        (generate, "llm/v1/embeddings", "expected llm/v1/completions or llm/v1/chat"),
        (generate, "llm/v1/no", "expected llm/v1/completions or llm/v1/chat"),
        (feature, "llm/v1/chat", "expected llm/v1/embeddings"),
    ):
        with pytest.raises(flowmill.MlflowException, match=told):
            flowmill.transformers.save_model(pipeline, tmp_path / "n", task=task)
    generate.tokenizer.chat_template = None
    flowmill.transformers.save_model(generate, tmp_path / "c", task="llm/v1/chat")
    with pytest.raises(flowmill.MlflowException, match="cannot write these messages"):
        flowmill.pyfunc.load_model(str(tmp_path / "c")).predict({"messages": HELLO})


def test_a_scoring_server_answers_as_openai_s_do(model: Any) -> None:
    assert init(model) is not None
    body = json.dumps({"prompt": "the cat", "max_tokens": 2})
    found = invocations(body, "application/json", model, model.metadata.get_input_schema())
    assert found.status == 200
    (answer,) = json.loads(found.response)
    assert answer["usage"]["completion_tokens"] == 2


def test_what_mlflow_wrote_of_how_a_model_is_asked_counts(tmp_path: Path) -> None:
    from tests.flavors.sheets.sentence_transformers import tiny

    flowmill.sentence_transformers.save_model(tiny(), tmp_path / "m")
    (tmp_path / "m" / "inference_config").write_text('{"truncate_dim": 4}')
    assert flowmill.pyfunc.load_model(str(tmp_path / "m")).predict(["the cat"]).shape == (1, 4)
    (tmp_path / "m" / "inference_config").write_text("no")
    with pytest.raises(flowmill.MlflowException, match="no JSON object"):
        flowmill.pyfunc.load_model(str(tmp_path / "m"))
