"""Tasks of language models (``llm/v1/…``): a pipeline asked and answering as OpenAI's interfaces are, in MLflow's form.

The names of requests and answers are those of `flowmill.models.llm_schemas`. An answer is made for each request; a
request's own settings count for more than the model's configuration.
"""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.errors import Invalid
from flowmill.models import llm_schemas
from flowmill.models.flavor import first_line
from flowmill.models.infer import is_array, is_frame
from flowmill.models.schema import Schema
from flowmill.models.signature import ModelSignature

COMPLETIONS, CHAT, EMBEDDINGS = "llm/v1/completions", "llm/v1/chat", "llm/v1/embeddings"
TASKS = {"text-generation": (COMPLETIONS, CHAT), "feature-extraction": (EMBEDDINGS,)}
"""What each pipeline can be asked as."""
PIPELINES = {task: pipeline for pipeline, tasks in TASKS.items() for task in tasks}
_SCHEMAS: dict[str, tuple[Schema, Schema]] = {
    COMPLETIONS: (llm_schemas.COMPLETIONS_MODEL_INPUT_SCHEMA, llm_schemas.COMPLETIONS_MODEL_OUTPUT_SCHEMA),
    CHAT: (llm_schemas.CHAT_MODEL_INPUT_SCHEMA, llm_schemas.CHAT_MODEL_OUTPUT_SCHEMA),
    EMBEDDINGS: (llm_schemas.EMBEDDING_MODEL_INPUT_SCHEMA, llm_schemas.EMBEDDING_MODEL_OUTPUT_SCHEMA),
}
_KEYS = {COMPLETIONS: "prompt", CHAT: "messages", EMBEDDINGS: "input"}
_SETTINGS = {"max_tokens": "max_new_tokens", "n": "num_return_sequences", "top_p": "top_p", "top_k": "top_k"}
"""Settings of a request by the names that transformers has for them."""
_WITHOUT_EFFECT = {"stream": (False,), "frequency_penalty": (0,), "presence_penalty": (0,), "tools": ([],)}
"""Settings that a pipeline does not have, and the values with which a request asks for nothing."""


def is_task(task: object) -> bool:
    """Whether it is meant as a task of language models."""
    return isinstance(task, str) and task.startswith("llm/")


def require_task(task: str, pipeline: Any) -> str:
    """The task; Invalid unless the pipeline can be asked so."""
    known = TASKS.get(pipeline.task, ())
    if task not in known:
        fitting = f"expected {' or '.join(known)}" if known else f"expected a pipeline of {' or '.join(TASKS)}"
        raise Invalid(f"The task {task!r} does not fit a pipeline of {pipeline.task}: {fitting}.")
    return task


def signature_of(task: str) -> ModelSignature:
    """The signature that every model of this task has."""
    return ModelSignature(*_SCHEMAS[task])


def ask_as(task: str, pipeline: Any, data: Any, config: Mapping[str, Any], template: str | None, name: str) -> Any:
    """The answers to requests of a task: a list of them; one for all texts if vectors are asked for.

    ``config``: arguments of generation that requests need not name; ``template``: the text around each prompt;
    ``name``: what the answers call the model.
    """
    requests = requests_of(data, _KEYS[task])
    if task == EMBEDDINGS:
        texts = [template.format(prompt=each["input"]) if template else each["input"] for each in requests]
        return embeddings_of([_first_vector(pipeline, text) for text in texts], texts, pipeline.tokenizer)
    return [_generated(task, pipeline, each, dict(config), template, name) for each in requests]


def requests_of(data: Any, key: str) -> list[dict[str, Any]]:
    """The requests in a frame, a dict, a list of dicts or of texts; each has a text, or messages, at ``key``."""
    if is_frame(data):
        rows: list[Any] = data.to_dict(orient="records")
    elif isinstance(data, Mapping):
        value = _listed(data.get(key))
        many = isinstance(value, list) and not any(isinstance(each, Mapping) for each in value)
        rows = [{**data, key: each} for each in value] if many else [data]
    else:
        rows = _listed(data) if isinstance(_listed(data), list) else [data]
    found: list[dict[str, Any]] = []
    for row in rows:
        request = dict(row) if isinstance(row, Mapping) else {key: row}
        kept = {str(name): _listed(value) for name, value in request.items() if not _is_missing(value)}
        if not isinstance(kept.get(key), list if key == "messages" else str):
            wanted = "a list of messages" if key == "messages" else "a text"
            raise Invalid(f"A request has the names {sorted(request)}: expected {key!r} with {wanted}.")
        found.append(kept)
    if not found:
        raise Invalid(f"The input is empty: expected at least one {key!r}.")
    return found


def embeddings_of(vectors: list[Any], texts: list[str], tokenizer: Any) -> dict[str, Any]:
    """The answer with the vectors of texts, and how many tokens these have."""
    tokens = sum(len(tokenizer(text)["input_ids"]) for text in texts)
    data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    return {"object": "list", "data": data, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def _first_vector(pipeline: Any, text: str) -> Any:
    """What the model makes of the text's first token, which stands for the whole: float32, shape (dimensions,)."""
    import numpy

    return numpy.array(pipeline(text)[0][0], "float32")


def _listed(value: Any) -> Any:
    if is_array(value):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _generated(
    task: str, pipeline: Any, request: dict[str, Any], config: dict[str, Any], template: str | None, name: str
) -> dict[str, Any]:
    for setting, harmless in _WITHOUT_EFFECT.items():
        if request.get(setting) is not None and request[setting] not in harmless:
            raise Invalid(f"{setting} is {request[setting]!r}, which a pipeline of transformers has not: leave it out.")
    prompt = _prompt(task, pipeline.tokenizer, request[_KEYS[task]])
    if template is not None:
        prompt = template.format(prompt=prompt)
    stops = [str(each) for each in request.get("stop") or []]
    given = {**config, **_arguments(request)}
    start = len(pipeline.tokenizer(prompt, add_special_tokens=task != CHAT)["input_ids"])
    # The template of a chat writes special tokens itself.
    asked = {**given, "add_special_tokens": False} if task == CHAT else given
    if stops:
        asked = {**asked, "stopping_criteria": [_stop_at(stops, pipeline.tokenizer, start)]}
    try:
        raw = pipeline(prompt, return_tensors=True, **asked)
    except (TypeError, ValueError, KeyError) as error:
        raise Invalid(f"The pipeline cannot answer with {sorted(given)} ({first_line(error)}).") from error
    choices: list[dict[str, Any]] = []
    used = 0
    for place, each in enumerate(raw):
        text, tokens, reason = _ended(pipeline, list(each["generated_token_ids"])[start:], stops)
        used += tokens
        said = {"message": {"role": "assistant", "content": text}} if task == CHAT else {"text": text}
        choices.append({"index": place, "finish_reason": reason, **said})
    return {
        "id": str(uuid.uuid4()),
        "object": "chat.completion" if task == CHAT else "text_completion",
        "created": int(time.time()),
        "model": name,
        "usage": {"prompt_tokens": start, "completion_tokens": used, "total_tokens": start + used},
        "choices": choices,
    }


def _prompt(task: str, tokenizer: Any, given: Any) -> str:
    if task != CHAT:
        return given
    messages = [{key: value for key, value in dict(each).items() if value is not None} for each in given]
    try:
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    except Exception as error:
        # A tokenizer without a template, or one that refuses these roles, raises errors of many kinds.
        raise Invalid(f"The tokenizer cannot write these messages as a prompt ({first_line(error)}).") from error


def _arguments(request: Mapping[str, Any]) -> dict[str, Any]:
    found = {theirs: request[ours] for ours, theirs in _SETTINGS.items() if ours in request}
    found |= {name: int(value) for name, value in found.items() if name != "top_p"}
    temperature = request.get("temperature")
    if temperature is not None:
        found |= {"temperature": float(temperature)} if temperature > 0 else {"do_sample": False}
    return found


def _stop_at(stops: list[str], tokenizer: Any, start: int) -> Callable[..., Any]:
    """Whether each of the answers so far, tokens from ``start`` on, holds one of these texts.

    transformers' own ``stop_strings`` needs tokenizers of a certain make.
    """
    import torch

    def is_over(tokens: Any, scores: Any, **more: Any) -> Any:
        texts = [str(tokenizer.decode(row[start:], skip_special_tokens=True)) for row in tokens]
        over = [any(stop in text for stop in stops) for text in texts]
        return torch.tensor(over, dtype=torch.bool, device=tokens.device)

    return is_over


def _ended(pipeline: Any, tokens: list[int], stops: list[str]) -> tuple[str, int, str]:
    """The text of generated tokens up to where it ends, the number of tokens, and whether it ended or was cut."""
    ends = getattr(pipeline.model.generation_config, "eos_token_id", None)
    known = ends if isinstance(ends, list) else [ends]
    place = next((place for place, token in enumerate(tokens) if token in known), None)
    if place is not None:
        tokens = tokens[: place + 1]  # what follows fills up to the longest of several answers
    text = str(pipeline.tokenizer.decode(tokens, skip_special_tokens=True))
    cut = min((at for stop in stops if (at := text.find(stop)) >= 0), default=None)
    reason = "length" if place is None and cut is None else "stop"
    return text[:cut].strip(), len(tokens), reason
