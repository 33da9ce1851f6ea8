"""transformers beyond the shared check: parts, checkpoints, references to a hub, programs of strangers, clients."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
import yaml

import flowmill
from flowmill.models.prediction_context import predicting_for_clients
from tests.flavors.plugin import BothWays
from tests.flavors.sheets.tiny import bert, bert_tokenizer, gpt, word_tokenizer

TEXTS = ["the cat sat", "a dog is bad"]
REVISION = "a" * 40


@pytest.fixture
def classify() -> Any:
    model = bert("BertForSequenceClassification", num_labels=2)
    return transformers.pipeline("text-classification", model=model, tokenizer=bert_tokenizer())


@pytest.fixture
def repository(classify: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository of the hub that was downloaded once: only its cache is there."""
    import huggingface_hub.constants
    import huggingface_hub.file_download

    hub = tmp_path / "hub"
    snapshot = hub / "models--acme--tiny" / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (hub / "models--acme--tiny" / "refs").mkdir()
    (hub / "models--acme--tiny" / "refs" / "main").write_text(REVISION)
    classify.save_pretrained(str(snapshot))
    for module in (huggingface_hub.constants, huggingface_hub.file_download, transformers.utils.hub):
        for name in ("HF_HUB_CACHE", "TRANSFORMERS_CACHE"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, str(hub))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return "acme/tiny"


def settings_of(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["transformers"]


def test_every_form_of_input_is_taken(classify: Any, tmp_path: Path) -> None:
    flowmill.transformers.save_model(classify, tmp_path / "m")
    model = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    expected = pd.DataFrame(classify(TEXTS))
    for data in (TEXTS, np.array(TEXTS), pd.DataFrame({"any": TEXTS}), [[text] for text in TEXTS]):
        pd.testing.assert_frame_equal(model.predict(data), expected, atol=1e-6)
    for one in (TEXTS[0], {"text": TEXTS[0]}, pd.DataFrame({"text": TEXTS[:1]}), [{"text": TEXTS[0]}]):
        pd.testing.assert_frame_equal(model.predict(one), expected.head(1), atol=1e-6)
    for wrong in ([], pd.DataFrame({"a": ["x"], "b": ["y"]})):
        with pytest.raises(flowmill.MlflowException):
            model.predict(wrong)


def test_pairs_of_texts_are_two_columns(classify: Any, tmp_path: Path) -> None:
    pair = {"text": "the cat", "text_pair": "a dog"}
    flowmill.transformers.save_model(classify, tmp_path / "m", input_example=[pair])
    model = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    expected = pd.DataFrame(classify([pair, pair]))
    for data in ([pair, pair], pd.DataFrame([pair, pair])):
        pd.testing.assert_frame_equal(model.predict(data), expected, atol=1e-6)


def test_options_come_from_the_config_and_params(classify: Any, tmp_path: Path) -> None:
    flowmill.transformers.save_model(classify, tmp_path / "m", model_config={"top_k": 2})
    model = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    assert model.model_config == {"top_k": 2}
    assert model.predict(TEXTS).shape == (2, 2)
    other = flowmill.pyfunc.load_model(str(tmp_path / "m"), model_config={"top_k": 1})
    assert other.predict(TEXTS).shape == (2, 1)
    signature = flowmill.models.infer_signature(TEXTS, None, {"max_new_tokens": 3, "do_sample": False})
    generate = transformers.pipeline("text-generation", model=gpt(), tokenizer=word_tokenizer())
    own = {"include_prompt": False, "collapse_whitespace": True}
    flowmill.transformers.save_model(generate, tmp_path / "g", signature=signature, model_config=own)
    model = flowmill.pyfunc.load_model(str(tmp_path / "g"))
    (text,) = model.predict("the cat", params={"max_new_tokens": 2})
    assert len(text.split()) == 2
    with pytest.raises(flowmill.MlflowException, match="cannot answer with the parameters"):
        flowmill.pyfunc.load_model(str(tmp_path / "g"), model_config={"no_such_thing": 1}).predict("the cat")


def test_parts_come_back(classify: Any, tmp_path: Path) -> None:
    flowmill.transformers.save_model(classify, tmp_path / "m", torch_dtype=torch.float16)
    parts = flowmill.transformers.load_model(str(tmp_path / "m"), return_type="components")
    assert parts["task"] == "text-classification"
    assert type(parts["tokenizer"]).__name__ == type(classify.tokenizer).__name__
    assert parts["model"].dtype == torch.float16
    assert flowmill.transformers.load_model(str(tmp_path / "m"), torch_dtype=torch.float64).model.dtype == torch.float64
    assert flowmill.transformers.load_model(str(tmp_path / "m"), device="cpu").device.type == "cpu"
    with pytest.raises(flowmill.MlflowException, match="expected 'pipeline' or 'components'"):
        flowmill.transformers.load_model(str(tmp_path / "m"), return_type="all")


def test_a_checkpoint_s_folder_is_a_model(classify: Any, tmp_path: Path) -> None:
    classify.save_pretrained(str(tmp_path / "checkpoint"))
    flowmill.transformers.save_model(str(tmp_path / "checkpoint"), tmp_path / "m", task="text-classification")
    assert settings_of(tmp_path / "m")["source_model_name"] == ""
    answer = flowmill.pyfunc.load_model(str(tmp_path / "m")).predict(TEXTS)
    pd.testing.assert_frame_equal(answer, pd.DataFrame(classify(TEXTS)), atol=1e-6)
    for path, task, words in (("checkpoint", None, "task is missing"), ("nowhere", "fill-mask", "no config.json")):
        with pytest.raises(flowmill.MlflowException, match=words):
            flowmill.transformers.save_model(str(tmp_path / path), tmp_path / "wrong", task=task)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ({"tokenizer": None}, {}, "expected a model of transformers"),
        ("parts", {"task": "text-classification"}, "No pipeline of 'text-classification' can be made"),
        ("classify", {"prompt_template": "hello {prompt}"}, "prompt_template fits the tasks"),
        ("generate", {"prompt_template": "hello"}, "expected a text with one {prompt}"),
        ("classify", {"base_model_path": "."}, "for models with an adapter"),
        ("classify", {"task": "llm/v1/chat"}, "does not fit a pipeline of text-classification"),
        ("classify", {"model_card": "hello"}, "expected a huggingface_hub.ModelCard"),
    ],
)
def test_what_cannot_be_saved_is_told(
    classify: Any, tmp_path: Path, model: Any, options: dict[str, Any], words: str
) -> None:
    generate = transformers.pipeline("text-generation", model=gpt(), tokenizer=word_tokenizer())
    known: dict[str, Any] = {"classify": classify, "generate": generate, "parts": {"model": classify.model}}
    given = known[model] if isinstance(model, str) else model
    with pytest.raises(flowmill.MlflowException, match=words):
        flowmill.transformers.save_model(given, tmp_path / "m", **options)


def test_the_task_is_found_for_parts(classify: Any, tmp_path: Path) -> None:
    parts = {"model": classify.model, "tokenizer": classify.tokenizer}
    flowmill.transformers.save_model(parts, tmp_path / "m")
    assert settings_of(tmp_path / "m")["task"] == "text-classification"


def test_a_repository_is_kept_by_reference_until_its_weights_are_fetched(repository: str, tmp_path: Path) -> None:
    pipeline = transformers.pipeline("text-classification", repository)
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    info = flowmill.transformers.log_model(pipeline, name="m", save_pretrained=False)
    about = flowmill.models.get_model_info(info.model_uri).flavors["transformers"]
    assert (about["source_model_name"], about["source_model_revision"]) == (repository, REVISION)
    assert (about["tokenizer_name"], about["tokenizer_revision"]) == (repository, REVISION)
    assert "model_binary" not in about
    expected = pd.DataFrame(pipeline(TEXTS))
    pd.testing.assert_frame_equal(flowmill.pyfunc.load_model(info.model_uri).predict(TEXTS), expected, atol=1e-6)
    flowmill.transformers.persist_pretrained_model(info.model_uri)
    shutil.rmtree(tmp_path / "hub")
    pd.testing.assert_frame_equal(flowmill.pyfunc.load_model(info.model_uri).predict(TEXTS), expected, atol=1e-6)
    about = flowmill.models.get_model_info(info.model_uri).flavors["transformers"]
    assert about["model_binary"] == "model"
    assert "source_model_revision" not in about
    flowmill.transformers.persist_pretrained_model(info.model_uri)


def change(folder: Path, file: str, **values: Any) -> None:
    content = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps(content | values))


def with_code(folder: Path, canary: Path) -> None:
    (folder / "model" / "modeling_own.py").write_text(f"open({str(canary)!r}, 'w')")
    change(folder, "model/config.json", auto_map={"AutoConfig": "modeling_own.C", "AutoModel": "modeling_own.M"})


def with_code_elsewhere(folder: Path, canary: Path) -> None:
    change(folder, "model/config.json", auto_map={"AutoModel": "evil/code--modeling.M"})


def with_kernels_elsewhere(folder: Path, canary: Path) -> None:
    change(folder, "model/config.json", attn_implementation="evil/kernels")


def with_pickled_weights(folder: Path, canary: Path) -> None:
    (folder / "model" / "model.safetensors").unlink()
    torch.save({}, folder / "model" / "pytorch_model.bin")


def with_code_of_the_tokenizer(folder: Path, canary: Path) -> None:
    (folder / "components" / "tokenizer" / "own.py").write_text(f"open({str(canary)!r}, 'w')")
    change(folder, "components/tokenizer/tokenizer_config.json", auto_map={"AutoTokenizer": ["own.T", None]})


@pytest.mark.parametrize(
    "plant",
    [with_code, with_code_elsewhere, with_kernels_elsewhere, with_pickled_weights, with_code_of_the_tokenizer],
)
def test_a_stranger_s_programs_do_not_run(both: BothWays, tmp_path: Path, stranger: None, plant: Any) -> None:
    folder, canary = tmp_path / "model", tmp_path / "canary"
    shutil.copytree(both.ours / "classify", folder)
    plant(folder, canary)
    for load in (flowmill.transformers.load_model, flowmill.pyfunc.load_model):
        with pytest.raises(flowmill.MlflowException, match="allow_pickle=True") as caught:
            load(str(folder))
        assert caught.value.error_code == "PERMISSION_DENIED"
    assert not canary.exists()


def test_a_stranger_s_model_names_no_folders_of_mine(both: BothWays, tmp_path: Path, stranger: None) -> None:
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "classify", folder)
    form = yaml.safe_load((folder / "MLmodel").read_text())
    del form["flavors"]["transformers"]["model_binary"]
    form["flavors"]["transformers"]["source_model_name"] = str(both.ours / "classify" / "model")
    (folder / "MLmodel").write_text(yaml.safe_dump(form))
    with pytest.raises(flowmill.MlflowException, match="expected the name of a repository"):
        flowmill.transformers.load_model(str(folder))


def test_clients_name_no_files(tmp_path: Path) -> None:
    import base64
    import io

    from PIL import Image

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = transformers.ViTConfig(image_size=16, patch_size=8, num_labels=2, **sizes)
    processor = transformers.ViTImageProcessor(size={"height": 16, "width": 16})
    model = transformers.ViTForImageClassification(config).eval()
    pipeline = transformers.pipeline("image-classification", model=model, image_processor=processor)
    flowmill.transformers.save_model(pipeline, tmp_path / "m")
    loaded = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    stream = io.BytesIO()
    Image.fromarray(np.zeros((16, 16, 3), "uint8")).save(stream, "png")
    (tmp_path / "a.png").write_bytes(stream.getvalue())
    text = base64.b64encode(stream.getvalue()).decode()
    assert len(loaded.predict(str(tmp_path / "a.png"))) == 1
    with predicting_for_clients():
        assert len(loaded.predict([text, f"data:image/png;base64,{text}"])) == 2
        for place in (str(tmp_path / "a.png"), "http://127.0.0.1:1/a.png", "file:///etc/passwd"):
            with pytest.raises(flowmill.MlflowException, match="sent as base64"):
                loaded.predict(place)


def test_what_runs_inside_of_a_training_logs_no_run_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.linear_model import LogisticRegression

    monkeypatch.chdir(tmp_path)
    flowmill.set_tracking_uri(tmp_path / "runs")
    flowmill.autolog(log_models=False, silent=True)

    def measure(predicted: Any) -> dict[str, float]:
        fitted = LogisticRegression().fit(predicted.predictions, [0, 1])
        return {"fit": float(fitted.score(predicted.predictions, [0, 1]))}

    rows = [{"input_ids": [2, 5, 7, 3], "labels": 0}, {"input_ids": [2, 6, 8, 3], "labels": 1}]
    arguments = transformers.TrainingArguments(
        str(tmp_path / "out"), max_steps=1, report_to=[], use_cpu=True, disable_tqdm=True
    )
    trainer = transformers.Trainer(
        bert("BertForSequenceClassification", num_labels=2), arguments, train_dataset=rows, eval_dataset=rows,
        compute_metrics=measure,
    )  # fmt: skip
    trainer.train()
    assert trainer.evaluate()["eval_fit"] >= 0
    assert flowmill.search_runs(output_format="list") == []
    flowmill.transformers.autolog(disable=True)
    trainer.evaluate()
    assert len(flowmill.search_runs(output_format="list")) == 1
    flowmill.autolog(disable=True)
    flowmill.set_tracking_uri("")
