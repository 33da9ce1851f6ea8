"""sentence-transformers: forms of input, options of the call, modules of strangers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import flowmill
from tests.flavors.plugin import BothWays
from tests.flavors.sheets.sentence_transformers import TEXTS, tiny


def test_every_form_of_input_is_taken(both: BothWays) -> None:
    model = flowmill.pyfunc.load_model(str(both.ours / "tiny"))
    expected = model.predict(TEXTS)
    assert (expected.shape, expected.dtype) == ((2, 16), np.float32)
    for data in (np.array(TEXTS), pd.DataFrame({"text": TEXTS})):
        np.testing.assert_allclose(model.predict(data), expected, atol=1e-6)
    for one in (TEXTS[0], {"text": TEXTS[0]}):
        np.testing.assert_allclose(model.predict(one), expected[:1], atol=1e-6)
    for wrong in (3, pd.DataFrame({"a": TEXTS, "b": TEXTS})):
        with pytest.raises(flowmill.MlflowException):
            model.predict(wrong)


def test_options_of_the_call(tmp_path: Path) -> None:
    model = tiny()
    signature = flowmill.models.infer_signature(TEXTS, model.encode(TEXTS), {"precision": "float32"})
    flowmill.sentence_transformers.save_model(
        model, tmp_path / "m", signature=signature, inference_config={"batch_size": 1}
    )
    loaded = flowmill.pyfunc.load_model(str(tmp_path / "m"))
    assert loaded.model_config == {"batch_size": 1}
    assert loaded.predict(TEXTS, params={"precision": "int8"}).dtype == np.int8
    with pytest.raises(flowmill.MlflowException, match="cannot encode with the parameters"):
        loaded.predict(TEXTS, params={"precision": "none"})
    with pytest.raises(flowmill.MlflowException, match="expected 'llm/v1/embeddings', or none"):
        flowmill.sentence_transformers.save_model(model, tmp_path / "t", task="llm/v1/chat")


def with_a_class_of_another(folder: Path) -> None:
    file = folder / "modules.json"
    modules = json.loads(file.read_text())
    modules[-1]["type"] = "subprocess.Popen"
    file.write_text(json.dumps(modules))


def with_code(folder: Path) -> None:
    (folder / "own.py").write_text("raise SystemExit")


def with_code_elsewhere(folder: Path) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"auto_map": {"AutoModel": "evil/code--m.M"}}))


def with_trust_in_itself(folder: Path) -> None:
    file = folder / "sentence_bert_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_args": {"trust_remote_code": True}}))


@pytest.mark.parametrize("plant", [with_a_class_of_another, with_code, with_code_elsewhere, with_trust_in_itself])
def test_a_stranger_s_programs_do_not_run(both: BothWays, tmp_path: Path, stranger: None, plant: object) -> None:
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "tiny", folder)
    assert callable(plant)
    plant(folder / "model.sentence_transformer")
    for load in (flowmill.sentence_transformers.load_model, flowmill.pyfunc.load_model):
        with pytest.raises(flowmill.MlflowException, match="allow_pickle=True") as caught:
            load(str(folder))
        assert caught.value.error_code == "PERMISSION_DENIED"


@pytest.mark.parametrize("name", ["modules.json", "config.json", "model.safetensors", "1_Pooling/config.json"])
def test_damages_are_told(both: BothWays, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "tiny", folder)
    (folder / "model.sentence_transformer" / name).write_bytes(b"x")
    with pytest.raises(flowmill.MlflowException, match="restore it"):
        flowmill.sentence_transformers.load_model(str(folder))
