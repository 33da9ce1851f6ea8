"""transformers: pipelines of the common tasks, a dict of parts, templates of prompts, adapters of PEFT."""

from __future__ import annotations

import os

os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import peft
import torch
import transformers

from tests.flavors.sheet import Case
from tests.flavors.sheets.tiny import bert, bert_tokenizer, gpt, word_tokenizer

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

REQUIRES = ("transformers", "torch", "numpy")
NEW = transformers.__version__ >= "5"
"""Older releases read damaged vocabularies without a word; a logged model's files are known by their hashes."""
OLDER = "It looks for kinds of pipelines that transformers 5 has no more." if NEW else None
TEXTS = ["the cat sat", "a dog is bad"]


def adapted() -> Any:
    config = peft.LoraConfig(r=2, target_modules=["c_attn"], task_type="CAUSAL_LM", init_lora_weights=False)
    torch.manual_seed(1)
    return peft.get_peft_model(gpt(), config)


def cases() -> list[Case]:
    pipe = transformers.pipeline
    words, tokens = bert_tokenizer(), word_tokenizer()
    classifier = bert("BertForSequenceClassification", num_labels=2)
    classify = pipe("text-classification", model=classifier, tokenizer=words)
    generate = pipe("text-generation", model=gpt(), tokenizer=tokens)
    fill = pipe("fill-mask", model=bert("BertForMaskedLM"), tokenizer=words)
    label = pipe("token-classification", model=bert("BertForTokenClassification", num_labels=3), tokenizer=words)
    feature = pipe("feature-extraction", model=bert("BertModel"), tokenizer=words)
    about = {0: "contradiction", 1: "neutral", 2: "entailment"}
    zero = pipe(
        "zero-shot-classification",
        model=bert(
            "BertForSequenceClassification", id2label=about, label2id={value: key for key, value in about.items()}
        ),
        tokenizer=words,
    )
    with_adapter = pipe("text-generation", model=adapted(), tokenizer=tokens)
    masked = ["the [MASK] sat", "a dog is [MASK]"]
    question = {"sequences": "the cat is good", "candidate_labels": '["cat", "dog"]', "hypothesis_template": "a {}"}
    found = zero("the cat is good", candidate_labels=["cat", "dog"], hypothesis_template="a {}")
    sure = {"max_new_tokens": 4, "do_sample": False}  # copied for each case: MLflow writes into the dict
    scored = pd.DataFrame(classify(TEXTS))

    def texts(pipeline: Any, prompts: list[str], **more: Any) -> list[str]:
        found = [each[0]["generated_text"] for each in pipeline(prompts, **sure, **more)]
        return [each.strip() for each in found] if more else found

    def asked(name: str, model: Any, data: Any, answer: Any, native: Callable[[Any, Any], Any], **more: Any) -> Case:
        corrupt = name == "classify" and NEW
        return Case(
            name, model, data, answer, REQUIRES, native=native, close=1e-6, corrupt=corrupt, older=OLDER, **more
        )

    def scores(pipeline: Any, data: Any) -> Any:
        return pd.DataFrame(pipeline(data))

    return [
        asked("classify", classify, TEXTS, scored, scores),
        asked(
            "parts", {"model": classifier, "tokenizer": words}, TEXTS, scored, scores, options={"task": classify.task}
        ),
        asked("generate", generate, TEXTS, texts(generate, TEXTS), texts, options={"model_config": dict(sure)}),
        asked(
            "template",
            generate,
            ["the cat"],
            texts(generate, ["hello the cat is"], return_full_text=False),
            lambda pipeline, data: texts(pipeline, ["hello the cat is"], return_full_text=False),
            options={"model_config": dict(sure), "prompt_template": "hello {prompt} is"},
        ),
        asked(
            "fill",
            fill,
            masked,
            *same_answer(lambda pipe, data: [pipe(each)[0]["token_str"] for each in data], fill, masked),
        ),
        asked("label", label, TEXTS, *same_answer(entities, label, TEXTS)),
        asked(
            "feature",
            feature,
            ["the cat sat"],
            *same_answer(lambda pipe, data: np.array(pipe(data)[0][0]), feature, ["the cat sat"]),
        ),
        asked(
            "zero",
            zero,
            question,
            pd.DataFrame({"sequence": [found["sequence"]] * 2, "labels": found["labels"], "scores": found["scores"]}),
            lambda pipeline, data: pd.DataFrame(
                {"sequence": [found["sequence"]] * 2, "labels": found["labels"], "scores": found["scores"]}
            ),
            example=False,
        ),
        asked("adapter", with_adapter, TEXTS, texts(with_adapter, TEXTS), texts, options={"model_config": dict(sure)}),
    ]


def same_answer(ask: Callable[[Any, Any], Any], pipeline: Any, data: Any) -> tuple[Any, Callable[[Any, Any], Any]]:
    return ask(pipeline, data), ask


def entities(pipeline: Any, data: Any) -> list[str]:
    return [",".join(each["entity"] for each in row) for row in pipeline(data)]
