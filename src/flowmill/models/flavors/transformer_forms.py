"""What pipelines of transformers are asked with and how they answer, in MLflow's forms."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import base64
import binascii
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import first_line
from flowmill.models.infer import is_array, is_frame
from flowmill.models.prediction_context import is_for_clients
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from flowmill.models.signature import ModelSignature

OWN_OPTIONS = ("include_prompt", "collapse_whitespace")
"""Options of text generation that are of the answer's form; the pipeline does not know them."""


@dataclass(frozen=True)
class Form:
    """How one kind of pipeline is asked.

    ``columns``: names and types of its input; one without a name is a list of values. ``optional``: names that may be
    there, too. ``outputs``: the columns of its answer, which ``answer(raw, options)`` makes of what the pipeline gives.
    """

    columns: tuple[tuple[str | None, str], ...]
    outputs: tuple[tuple[str | None, str], ...]
    answer: Callable[[Any, Mapping[str, Any]], Any]
    optional: tuple[str, ...] = ()


def _records(raw: Any, options: Mapping[str, Any]) -> Any:
    import pandas

    return pandas.DataFrame(raw)


def _scores(raw: Any, options: Mapping[str, Any]) -> Any:
    import pandas

    return pandas.DataFrame([each for item in raw for each in (item if isinstance(item, list) else [item])])


def _texts(raw: Any, options: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for each in _flat(raw):
        if not isinstance(each, dict):
            raise Invalid(f"The pipeline answers with {type(each).__name__}: leave out options that change its answer.")
        text = next((value for key, value in each.items() if key.endswith("text") or key == "answer"), None)
        if text is None:
            raise Invalid(f"The pipeline answers with {sorted(each)}: leave out options that change its answer.")
        found.append(str(text[-1]["content"] if isinstance(text, list) else text))
    return found


def _flat(raw: Any) -> list[Any]:
    if isinstance(raw, list):
        return [each for item in raw for each in _flat(item)]
    return [raw]


def _masks(raw: Any, options: Mapping[str, Any]) -> list[Any]:
    return [_best(item) for item in raw]


def _best(item: Any) -> Any:
    if isinstance(item[0], list):
        return [each[0]["token_str"] for each in item]
    return item[0]["token_str"]


def _entities(raw: Any, options: Mapping[str, Any]) -> list[str]:
    rows = raw if not raw or isinstance(raw[0], list) else [raw]
    return [",".join(str(each.get("entity_group") or each.get("entity")) for each in row) for row in rows]


def _features(raw: Any, options: Mapping[str, Any]) -> Any:
    import numpy

    arrays = [numpy.array(each[0] if len(each) == 1 else each) for each in raw]
    return arrays[0] if len(arrays) == 1 else arrays


def _labels(raw: Any, options: Mapping[str, Any]) -> Any:
    import pandas

    rows = [
        {"sequence": item["sequence"], "labels": label, "scores": score}
        for item in (raw if isinstance(raw, list) else [raw])
        for label, score in zip(item["labels"], item["scores"], strict=True)
    ]
    return pandas.DataFrame(rows)


_TEXT = ((None, "string"),)
_SCORED = (("label", "string"), ("score", "double"))
FORMS = {
    "TextClassificationPipeline": Form(_TEXT, _SCORED, _records, ("text", "text_pair")),
    "ImageClassificationPipeline": Form(_TEXT, _SCORED, _records),
    "TextGenerationPipeline": Form(_TEXT, _TEXT, _texts, ("messages",)),
    "Text2TextGenerationPipeline": Form(_TEXT, _TEXT, _texts),
    "SummarizationPipeline": Form(_TEXT, _TEXT, _texts),
    "TranslationPipeline": Form(_TEXT, _TEXT, _texts),
    "ImageToTextPipeline": Form(_TEXT, _TEXT, _texts),
    "FillMaskPipeline": Form(_TEXT, _TEXT, _masks),
    "TokenClassificationPipeline": Form(_TEXT, _TEXT, _entities),
    "FeatureExtractionPipeline": Form(_TEXT, (), _features),
    "QuestionAnsweringPipeline": Form((("question", "string"), ("context", "string")), _TEXT, _texts),
    "ZeroShotClassificationPipeline": Form(
        (("sequences", "string"), ("candidate_labels", "string"), ("hypothesis_template", "string")),
        (("sequence", "string"), ("labels", "string"), ("scores", "double")),
        _labels,
    ),
    "AutomaticSpeechRecognitionPipeline": Form(((None, "binary"),), _TEXT, _texts),
    "AudioClassificationPipeline": Form(((None, "binary"),), (("score", "double"), ("label", "string")), _scores),
}
_SOUNDS = ("AutomaticSpeechRecognitionPipeline", "AudioClassificationPipeline")
_IMAGES = ("ImageClassificationPipeline", "ImageToTextPipeline")
TEMPLATE_TASKS = ("feature-extraction", "fill-mask", "summarization", "text2text-generation", "text-generation")


def default_signature(instance_type: str) -> ModelSignature | None:
    """The signature of a kind of pipeline when no example tells a better one; None for a kind that is not known."""
    form = FORMS.get(instance_type)
    if form is None:
        return None
    outputs: list[Any] = [ColSpec(kind, name) for name, kind in form.outputs]
    if instance_type == "FeatureExtractionPipeline":
        import numpy

        outputs = [TensorSpec(numpy.dtype("float64"), (-1,), "double")]
    return ModelSignature(Schema([ColSpec(kind, name) for name, kind in form.columns]), Schema(outputs))


def require_template(template: object, task: str) -> str:
    """The template of prompts; Invalid unless it has one place, named ``prompt``, and the task takes texts."""
    if task not in TEMPLATE_TASKS:
        raise Invalid(f"prompt_template fits the tasks {', '.join(TEMPLATE_TASKS)}; this is {task}: leave it out.")
    try:
        names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]  # type: ignore[arg-type]
    except (TypeError, ValueError):
        names = []
    if names != ["prompt"]:
        raise Invalid(f"prompt_template is {template!r}: expected a text with one {{prompt}} in it.")
    return str(template)


def ask(pipeline: Any, data: Any, options: Mapping[str, Any], template: str | None) -> Any:
    """The answer of a pipeline for data of any of the forms that MLflow takes.

    ``options``: arguments of the pipeline's call; ``template``: the text around each prompt.
    """
    kind = next((each.__name__ for each in type(pipeline).__mro__ if each.__name__ in FORMS), None)
    form = FORMS.get(kind or "")
    given = {name: value for name, value in options.items() if name not in OWN_OPTIONS}
    if kind is None or form is None:
        return _called(pipeline, (_media(_plain(data)) if is_for_clients() else _plain(data),), given)
    items = _items(data, form)
    if not items:
        raise Invalid("The input is empty: pass at least one text.")
    if template is not None:
        items = [template.format(prompt=each) if isinstance(each, str) else each for each in items]
    if kind in _IMAGES:
        items = [_image(each) for each in items]
    elif kind in _SOUNDS and is_for_clients():
        items = [_bytes(each) for each in items]
    raw = _raw(kind, pipeline, items, given)
    answer = form.answer(raw, options)
    return _shaped(answer, items, options) if kind == "TextGenerationPipeline" else answer


def _raw(kind: str, pipeline: Any, items: list[Any], given: dict[str, Any]) -> Any:
    if kind == "FillMaskPipeline":
        return [_called(pipeline, (each,), given) for each in items]
    if kind == "QuestionAnsweringPipeline":
        names = {name: [_value(each, name) for each in items] for name in ("question", "context")}
        return _called(pipeline, (), {**names, **given})
    if kind == "ZeroShotClassificationPipeline":
        return [_called(pipeline, (sequence,), {**more, **given}) for sequence, more in _questions(items)]
    if kind == "AutomaticSpeechRecognitionPipeline":
        return [_called(pipeline, (each,), given) for each in items]
    return _called(pipeline, (items,), given)


def _called(pipeline: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:
    try:
        return pipeline(*args, **given)
    except (TypeError, ValueError, KeyError) as error:
        raise Invalid(
            f"The pipeline cannot answer with the parameters {sorted(given)} ({first_line(error)})."
        ) from error
    except Exception as error:
        if type(error).__name__ != "PipelineException":
            raise
        raise Invalid(f"The pipeline cannot answer: {first_line(error)}.") from error


def _questions(items: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each sequence with the labels that it may have: its own list of them, or all that stand in the column."""
    lists = [_list_of(_value(each, "candidate_labels")) for each in items]
    every = None
    if not any(isinstance(each, list) for each in lists):
        every = list(dict.fromkeys(str(each) for each in lists))
    found: list[tuple[str, dict[str, Any]]] = []
    for each, labels in zip(items, lists, strict=True):
        more = {"candidate_labels": labels if every is None else every}
        more |= {key: each[key] for key in ("hypothesis_template", "multi_label") if each.get(key) is not None}
        sequences = each["sequences"] if isinstance(each.get("sequences"), list) else [_value(each, "sequences")]
        found += [(str(sequence), more) for sequence in sequences]
    return found


def _list_of(value: Any) -> Any:
    """A list; also one that stands as JSON in a text, as tables and requests have it."""
    if is_array(value):
        return value.tolist()
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, str) and "," in value:
        return [each.strip() for each in value.split(",")]
    return value


def _value(item: Any, name: str) -> Any:
    if not isinstance(item, Mapping) or name not in item:
        raise Invalid(f"The input has no {name!r}: expected a dict or a DataFrame with it.")
    return item[name]


def _items(data: Any, form: Form) -> list[Any]:
    """One item a prediction: a text, bytes, or a dict of named parts."""
    names = {name for name, _ in form.columns if name is not None} | set(form.optional)
    if is_frame(data):
        columns = [str(name) for name in data.columns]
        if names & set(columns):
            rows = data.set_axis(columns, axis=1).to_dict(orient="records")
            return [_item(row, names) for row in rows]
        if len(columns) != 1:
            wanted = f"the columns {sorted(names)}" if names else "one column"
            raise Invalid(f"The input has the columns {columns}: expected {wanted}.")
        return data.iloc[:, 0].tolist()
    if is_array(data):
        return data.ravel().tolist() if data.dtype.kind in "OUST" else [data]
    if isinstance(data, Mapping):
        return _of_dict(data, names)
    if isinstance(data, list | tuple):
        if data and names & {"messages"} and all(isinstance(each, Mapping) and "role" in each for each in data):
            return [list(data)]
        return [part for each in data for part in _items(each, form)]
    return [data]


def _of_dict(data: Mapping[str, Any], names: set[str]) -> list[Any]:
    if not names & set(data):
        if len(data) != 1:
            raise Invalid(f"The input has the names {sorted(data)}: expected {sorted(names) or 'one'}.")
        (value,) = data.values()
        return list(value) if isinstance(value, list | tuple) else [value]
    lists = {name: value for name, value in data.items() if isinstance(value, list) and name != "messages"}
    if len(lists) == len(data) and len({len(value) for value in lists.values()}) == 1:
        return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]
    return [_item(data, names)]


def _item(row: Mapping[str, Any], names: set[str]) -> Any:
    kept = {name: value for name, value in row.items() if value is not None}
    if "messages" in names and "messages" in kept:
        messages = kept["messages"]
        return [dict(each) for each in (messages.tolist() if is_array(messages) else messages)]
    return kept


def _plain(data: Any) -> Any:
    if is_frame(data):
        return data.to_dict(orient="records") if len(data.columns) > 1 else data.iloc[:, 0].tolist()
    return data.tolist() if is_array(data) and data.dtype.kind in "OUST" else data


def _bytes(value: Any) -> Any:
    """What a base64 text or a data URI holds. A path or a URL is for the library, but not if a client named it."""
    if not isinstance(value, str):
        return value
    text = value.partition(";base64,")[2] if value.startswith("data:") else value
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        if is_for_clients():
            raise Invalid("Images and sounds are sent as base64: paths and URLs are not read for clients.") from None
        return value


def _media(value: Any, named: bool = True) -> Any:
    """Data of pipelines that no form is known for, without paths and URLs: images for their base64."""
    if isinstance(value, Mapping):
        return {
            key: _media(item, str(key).rstrip("s") in ("image", "audio", "video", "url")) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_media(item, named) for item in value]
    return _image(value) if named else value


def _image(value: Any) -> Any:
    """An image of bytes, base64 or a data URI; a path, a URL and an image are for the library."""
    value = _bytes(value)
    if not isinstance(value, bytes):
        return value
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(value)).convert("RGB")
    except UnidentifiedImageError as error:
        raise Invalid(f"The input is no image ({first_line(error)}).") from error


def _shaped(answer: list[str], items: list[Any], options: Mapping[str, Any]) -> list[str]:
    """Generated texts without their prompts and with single spaces, if the options say so."""
    if options.get("include_prompt") is False and items:
        count = max(1, len(answer) // len(items))
        prompts = [item for item in items for _ in range(count)]
        pairs = zip(answer, prompts, strict=False)
        answer = [text.removeprefix(item).strip() if isinstance(item, str) else text for text, item in pairs]
    if options.get("return_full_text") is False:
        answer = [text.strip() for text in answer]
    if options.get("collapse_whitespace"):
        answer = [re.sub(r"\s+", " ", text).strip() for text in answer]
    return answer
