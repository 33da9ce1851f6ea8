"""The one check of every flavor: its data sheet, in an environment with its library and the real MLflow."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import flowmill
from flowmill.models import Model
from flowmill.models.flavor import find, find_by_loader, find_by_model
from flowmill.models.formats import write_answer
from tests.flavors.plugin import BothWays
from tests.flavors.sheet import Case, cases_of, plain, plants_of


def same(one: Any, other: Any, close: float) -> None:
    """The answers are equal: exactly, or as closely as the case says."""
    one, other = plain(one), plain(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            same(one[name], other[name], close)
    elif isinstance(one, list) and any(isinstance(each, dict) for each in one):
        assert len(one) == len(other)
        for each, its in zip(one, other, strict=True):
            same(each, its, close)
    elif close and isinstance(one, list | float) and np.array(one).dtype.kind in "fiub":
        np.testing.assert_allclose(np.array(one, float), np.array(other, float), rtol=close, atol=close)
    else:
        np.testing.assert_array_equal(np.array(one, object), np.array(other, object))


def load(flavor: str, path: Path, **more: Any) -> Any:
    functions = getattr(flowmill, flavor)
    return (getattr(functions, "load_model", None) or functions.load_explainer)(str(path), **more)


def test_functions_are_called_as_mlflow_s(flavor: str, both: BothWays) -> None:
    for name, parameters in both.said["parameters"].items():
        ours = list(inspect.signature(getattr(getattr(flowmill, flavor), name)).parameters)
        ours = [each for each in ours if each != "allow_pickle"]
        assert [each for each in ours if each != "kwargs"] == [each for each in parameters if each != "kwargs"], name
    functions = getattr(flowmill, flavor)
    if both.said["requirements"] is not None:
        assert functions.get_default_pip_requirements() == both.said["requirements"]
        (pip,) = [each for each in functions.get_default_conda_env()["dependencies"] if isinstance(each, dict)]
        assert pip["pip"] == both.said["requirements"]


def test_the_library_s_models_are_recognised(flavor: str, case: Case) -> None:
    found = find_by_model(case.model)
    assert found is not None
    assert found.name == (case.known_as or flavor)
    assert find_by_loader(find(flavor).loader_module) is find(flavor)


def test_what_is_saved_comes_back(flavor: str, case: Case, both: BothWays) -> None:
    model = load(flavor, both.ours / case.name)
    assert type(model).__name__ == both.said["cases"].get(case.name, {}).get("native", type(model).__name__)
    ask = case.native or (lambda loaded, data: loaded.predict(data))
    same(ask(model, case.data), case.answer, case.close)
    asked = flowmill.pyfunc.load_model(str(both.ours / case.name))
    same(asked.predict(case.data), case.answer, case.close)
    if case.example:
        assert asked.metadata.signature is not None
        same(asked.predict(asked.input_example), case.answer, case.close)


def test_requirements_name_what_it_needs(case: Case, both: BothWays) -> None:
    lines = (both.ours / case.name / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in lines)
    names = {line.partition("==")[0] for line in lines}
    assert {*case.requires, "mlflow"} <= names


def test_only_what_is_safe_loads_for_a_stranger(flavor: str, case: Case, both: BothWays, stranger: None) -> None:
    path = both.ours / case.name
    if case.safe:
        assert not (path / "flowmill_seal.json").exists()
        load(flavor, path)
        return
    for attempt in (lambda: load(flavor, path), lambda: flowmill.pyfunc.load_model(str(path))):
        with pytest.raises(flowmill.MlflowException, match="allow_pickle=True") as caught:
            attempt()
        assert caught.value.error_code == "PERMISSION_DENIED"
    model = flowmill.pyfunc.load_model(str(path), allow_pickle=True)
    same(model.predict(case.data), case.answer, case.close)


def test_the_real_mlflow_loads_it(case: Case, both: BothWays) -> None:
    if case.there is None:
        said = both.said["cases"][case.name]
        assert "error" not in said, said["error"]
        same(said["answer"], case.answer, case.close)
        signature = Model.load(str(both.ours / case.name)).signature
        assert said["signature"] == (signature.to_dict() if signature else None)


def test_what_the_real_mlflow_saved_loads_here(flavor: str, case: Case, both: BothWays) -> None:
    if case.there is not None:
        return
    path = both.theirs / case.name
    model = flowmill.pyfunc.load_model(str(path), allow_pickle=not case.safe)
    same(model.predict(case.data), case.answer, case.close)
    native = load(flavor, path, allow_pickle=not case.safe)
    assert type(native).__qualname__ == type(load(flavor, both.ours / case.name)).__qualname__
    forms = [yaml.safe_load((folder / case.name / "MLmodel").read_text()) for folder in (both.ours, both.theirs)]
    assert described(forms[0]) == described(forms[1])
    # MLflow finds none for some flavors (ONNX); where it finds one, it is the same.
    assert forms[1].get("signature") in (None, forms[0].get("signature"))


def described(form: dict[str, Any]) -> dict[str, Any]:
    """What the MLmodel file says of each flavor; of lists of types only whether skops has some to trust."""
    found = {name: dict(settings) for name, settings in form["flavors"].items()}
    for settings in found.values():
        types = settings.pop("skops_trusted_types", None)
        settings.pop("underlying_model_flavor", None)  # MLflow takes some models out of their explainers
        if any(str(value).endswith(".skops") for value in settings.values()):
            settings["skops_trusted_types"] = bool(types)
    return found


def test_it_is_logged_and_found_again(flavor: str, case: Case, tmp_path: Path) -> None:
    functions = getattr(flowmill, flavor)
    log = getattr(functions, "log_model", None) or functions.log_explainer
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    example = {"input_example": case.data} if case.example else {}
    options = {key: value for key, value in case.options.items() if key != "path"}
    with flowmill.start_run() as run:
        info = log(case.model, "model", **example, **options)
    for uri in {getattr(info, "model_uri", None) or f"runs:/{run.info.run_id}/model", f"runs:/{run.info.run_id}/model"}:
        same(flowmill.pyfunc.load_model(uri).predict(case.data), case.answer, case.close)


def test_broken_files_are_told(flavor: str, case: Case, both: BothWays, tmp_path: Path) -> None:
    """Every file of the model missing, empty, cut in the middle, or something else: one clear error each time."""
    if not case.corrupt:
        return
    whole = both.ours / case.name
    own = {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "constraints.txt", "requirements.lock"}
    own |= {"input_example.json", "serving_input_example.json", "flowmill_seal.json", "environment_variables.txt"}
    # What only MLflow reads.
    own |= {"pickle_module_info.txt", "keras_module.txt", "save_format.txt", "fingerprint.pb"}
    files = [file.relative_to(whole) for file in sorted(whole.rglob("*")) if file.is_file() and file.name not in own]
    assert files
    for number, name in enumerate(files):
        content = (whole / name).read_bytes()
        for kind, broken in (("missing", None), ("empty", b""), ("cut", content[: len(content) // 2]), ("other", b"x")):
            folder = tmp_path / f"{number}-{kind}"
            shutil.copytree(whole, folder)
            if broken is None:
                (folder / name).unlink()
            else:
                (folder / name).write_bytes(broken)
            with pytest.raises(flowmill.MlflowException) as caught:
                load(flavor, folder, allow_pickle=True)
            assert len(str(caught.value)) > 20, (name, kind)


def test_what_strangers_plant_does_nothing(
    flavor: str, case: Case, both: BothWays, tmp_path: Path, stranger: None
) -> None:
    for number, plant in enumerate(plants_of(flavor, case.name)):
        folder = tmp_path / str(number) / "model"
        shutil.copytree(both.ours / case.name, folder)
        same(flowmill.pyfunc.load_model(str(folder)).predict(case.data), case.answer, case.close)
        secret, canary = folder.parent / "secret", folder.parent / "canary"
        plant(folder, secret, canary)
        there = sorted(folder.parent.rglob("*"))
        if secret.exists():
            with pytest.raises(flowmill.MlflowException):
                flowmill.pyfunc.load_model(str(folder)).predict(case.data)
        else:
            same(flowmill.pyfunc.load_model(str(folder)).predict(case.data), case.answer, case.close)
        assert sorted(folder.parent.rglob("*")) == there


def test_the_wrong_model_is_told(flavor: str, tmp_path: Path) -> None:
    with pytest.raises(flowmill.MlflowException, match=r"The model is a builtins\.object: expected a model of "):
        getattr(flowmill, flavor).save_model(object(), path=tmp_path / "m")
    assert not (tmp_path / "m").exists()
    with pytest.raises(TypeError, match="missing a required argument: 'path'"):
        getattr(flowmill, flavor).save_model(object())


def test_its_requirements_are_enough(flavor: str, both: BothWays, tmp_path: Path, user: Path) -> None:
    """Models predict in new environments that hold nothing but their requirements and Flowmill.

    Of the cases that need the same libraries it is the first with a signature, without which numbers come as doubles.
    """
    cases = [case for case in cases_of(flavor) if case.example]
    for case in {case.requires: case for case in reversed(cases)}.values():
        answer = tmp_path / f"{case.name}.json"
        flowmill.models.predict(str(both.ours / case.name), case.data, env_manager="uv", output_path=answer)
        predictions = json.loads(answer.read_text())["predictions"]
        expected = json.loads(write_answer(case.answer))["predictions"]
        same(predictions, expected, case.close or 1e-6)
