"""The MLmodel file, whole and broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.errors import FlowmillError
from flowmill.models import Model, ModelSignature, infer_signature, set_signature


@pytest.fixture
def saved(tmp_path: Path, classifier: LogisticRegression) -> Path:
    folder = tmp_path / "model"
    flowmill.sklearn.save_model(classifier, folder)
    return folder


def break_file(folder: Path, name: str, text: str | bytes | None) -> None:
    file = folder / name
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


FLAVORS = (
    "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: {0}\n"
    "  sklearn:\n    pickled_model: {0}\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "There is no MLmodel file at"),
        ("flavors: [", "is no readable YAML"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        ("just text", "instead of a mapping"),
        ("run_id: abc", "has no flavors"),
        ("flavors: 3", "has no flavors"),
        ("flavors: {}", "does not have the"),
        ("flavors: {keras: {}}", 'does not have the "sklearn" flavor; it has'),
        ("flavors: !!python/object/apply:os.system ['touch pwned']", "holds more than plain data"),
        ("flavors: !!js/function 'x'", "holds more than plain data"),
        (FLAVORS.format("../secret"), "leads out of the model folder"),
        (FLAVORS.format("/etc/passwd"), "leads out of the model folder"),
        (FLAVORS.format("a/../../b"), "leads out of the model folder"),
        (FLAVORS.format("..\\\\secret"), "leads out of the model folder"),
        (FLAVORS.format("missing.skops"), "is missing in"),
        (FLAVORS.format("[1]"), "expected a path inside the model folder"),
        (FLAVORS.format("model.skops") + "signature: 5", "signature is 5"),
        (FLAVORS.format("model.skops") + "signature: {inputs: 'no json'}", "cannot be read"),
    ],
)
def test_a_broken_file_says_what_is_wrong(saved: Path, text: str | bytes | None, message: str) -> None:
    break_file(saved, "MLmodel", text)
    for load in (flowmill.sklearn.load_model, flowmill.pyfunc.load_model):
        with pytest.raises(FlowmillError) as caught:
            load(str(saved))
        if "sklearn" not in message:
            assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not Path("pwned").exists()


def test_a_bomb_of_aliases_is_refused(saved: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    break_file(saved, "MLmodel", "\n".join(lines))
    with pytest.raises(FlowmillError, match="YAML aliases"):
        flowmill.sklearn.load_model(str(saved))


def test_a_link_out_of_the_folder_is_refused(saved: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.skops"
    (saved / "model.skops").rename(outside)
    (saved / "model.skops").symlink_to(outside)
    with pytest.raises(FlowmillError, match="leads out of the model folder"):
        flowmill.sklearn.load_model(str(saved))


def test_a_damaged_model_file_is_refused(saved: Path) -> None:
    break_file(saved, "model.skops", b"PK\x03\x04 not a zip")
    with pytest.raises(FlowmillError, match=r"model\.skops cannot be loaded"):
        flowmill.sklearn.load_model(str(saved))


def test_the_wrong_flavor_names_the_right_one(tmp_path: Path) -> None:
    flowmill.pyfunc.save_model(tmp_path / "m", python_model=lambda model_input: model_input)
    with pytest.raises(FlowmillError) as caught:
        flowmill.sklearn.load_model(str(tmp_path / "m"))
    assert str(caught.value) == (
        "This model does not have the \"sklearn\" flavor; it has ['python_function']: "
        "load it with flowmill.pyfunc.load_model."
    )


def test_a_missing_library_says_what_to_install(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowmill.models.flavor.installed_version", lambda name: None)
    with pytest.raises(FlowmillError, match="run pip install scikit-learn"):
        flowmill.sklearn.load_model(str(saved))


def test_unknown_keys_are_kept() -> None:
    form = {"flavors": {"x": {"a": 1}}, "new_key": {"deep": [1]}, "model_uuid": "u", "utc_time_created": "now"}
    kept = Model.from_dict(form).to_dict()
    assert kept.items() >= form.items()
    assert Model.from_dict(kept) == Model.from_dict(form)


def test_a_model_describes_itself(saved: Path) -> None:
    model = Model.load(str(saved))
    assert repr(model) == "Model(flavors=['python_function', 'sklearn'])"
    assert model.to_dict()["mlflow_version"] == flowmill.models.mlmodel.MLFLOW_VERSION
    assert model.get_input_schema() is None


def test_a_signature_can_be_set_later(saved: Path) -> None:
    signature = infer_signature(np.zeros((1, 4)), np.array([0]))
    set_signature(str(saved), signature)
    assert Model.load(str(saved)).signature == signature
    assert isinstance(flowmill.pyfunc.load_model(str(saved)).metadata.signature, ModelSignature)
    with pytest.raises(FlowmillError, match="a registered version stays as it is"):
        set_signature("models:/name/1", signature)


def test_a_folder_that_is_not_empty_is_not_touched(saved: Path, classifier: LogisticRegression) -> None:
    before = sorted(file.name for file in saved.iterdir())
    with pytest.raises(FlowmillError, match="already exists and is not empty"):
        flowmill.sklearn.save_model(classifier, saved)
    assert sorted(file.name for file in saved.iterdir()) == before
