"""Pipelines as tasks of language models, whichever MLflow this is: ``save FOLDER``, or ``ask FOLDER`` for answers."""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TQDM_DISABLE"] = "1"

import mlflow
import numpy as np
import pandas as pd
import transformers
import yaml
from tests.flavors.sheets.sentence_transformers import tiny as sentences
from tests.flavors.sheets.tiny import bert, bert_tokenizer, gpt, word_tokenizer

transformers.logging.set_verbosity_error()
HELLO = [{"role": "user", "content": "the cat"}]
REQUESTS = {
    "completions": [
        {"prompt": "the cat", "max_tokens": 3},
        {"prompt": "the cat"},
        [{"prompt": "a dog is", "max_tokens": 2}],
        pd.DataFrame({"prompt": ["the cat", "a dog"], "max_tokens": [2, 2]}),
    ],
    "template": [{"prompt": "the cat", "max_tokens": 3}],
    "chat": [{"messages": HELLO, "max_tokens": 3}, [{"messages": HELLO}], pd.DataFrame({"messages": [HELLO]})],
    "embeddings": [
        {"input": "the cat"},
        {"input": ["the cat", "a dog is good"]},
        pd.DataFrame({"input": ["a dog", "the cat"]}),
    ],
    "sentences": [{"input": "the cat"}, {"input": ["the cat", "a dog is good"]}],
}


def save(folder):
    tokens = word_tokenizer()
    tokens.chat_template = "{% for each in messages %}{{ each['role'] }} {{ each['content'] }} {% endfor %}"
    generate = transformers.pipeline("text-generation", model=gpt(), tokenizer=tokens)
    feature = transformers.pipeline("feature-extraction", model=bert("BertModel"), tokenizer=bert_tokenizer())
    sure = {"do_sample": False, "max_new_tokens": 8}
    write, pinned = mlflow.transformers.save_model, {"pip_requirements": ["x"]}
    # With an example, too: it is the task that says what the signature is.
    example = {"prompt": "the cat", "max_tokens": 3}
    write(
        generate, folder / "completions", task="llm/v1/completions", model_config={**sure}, input_example=example,
        **pinned,
    )  # fmt: skip
    write(
        generate, folder / "template", task="llm/v1/completions", model_config={**sure},
        prompt_template="hello {prompt} is", **pinned,
    )  # fmt: skip
    parts = {"model": generate.model, "tokenizer": tokens}
    write(parts, folder / "chat", task="llm/v1/chat", model_config={**sure}, metadata={"team": "a"}, **pinned)
    write(feature, folder / "embeddings", task="llm/v1/embeddings", **pinned)
    mlflow.sentence_transformers.save_model(sentences(), folder / "sentences", task="llm/v1/embeddings", **pinned)


def ask(folder):
    found = {}
    for name, requests in REQUESTS.items():
        model = mlflow.pyfunc.load_model(str(folder / name))
        form = yaml.safe_load((folder / name / "MLmodel").read_text())
        settings = {key: value for key, value in form["flavors"].items() if key != "python_function"}
        signature = {key: json.loads(form["signature"][key]) for key in ("inputs", "outputs")}
        config = form["flavors"]["python_function"].get("config")
        found[name] = {
            "answers": [plain(model.predict(request)) for request in requests],
            "form": [settings, config, form.get("metadata"), signature],
        }
    print(json.dumps(found))


def plain(value):
    """An answer without what differs each time; numbers as near as they are computed."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in ("id", "created")}
    if isinstance(value, list | np.ndarray):
        return [plain(item) for item in value]
    return round(float(value), 4) if isinstance(value, float | np.floating) else value


{"save": save, "ask": ask}[sys.argv[1]](Path(sys.argv[2]))
