"""The user's own modules beside a model: each model finds its own, whatever the process or other models have."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import flowmill

MODEL = """
import flowmill
import {package}.words
from {package}.words import WORD

class Model(flowmill.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        from {package} import later
        import {package}
        return [WORD, later.WORD, {package}.words.WORD]
"""


def write_package(folder: Path, package: str, word: str) -> None:
    """A package whose modules hold this word; one is imported by the other when it is asked."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text("")
    (folder / package / "words.py").write_text(f"WORD = {word!r}\n")
    (folder / package / "later.py").write_text("from .words import WORD as FIRST\nWORD = 'later ' + FIRST\n")
    (folder / package / "model.py").write_text(MODEL.format(package=package))


SAVE = """
import sys
import flowmill
package = sys.argv[1]
Model = __import__(package + ".model", fromlist=["Model"]).Model
flowmill.pyfunc.save_model("by_name", python_model=Model(), code_paths=[package])
import cloudpickle
cloudpickle.register_pickle_by_value(sys.modules[package + ".model"])
flowmill.pyfunc.save_model("whole", python_model=Model(), code_paths=[package])
open("script.py", "w").write(open(package + "/model.py").read() + "flowmill.models.set_model(Model())\\n")
flowmill.pyfunc.save_model("script", python_model="script.py", code_paths=[package])
"""


def save(folder: Path, package: str, word: str) -> Path:
    """Three models of one package, saved by a process of their own."""
    write_package(folder, package, word)
    command = [sys.executable, "-c", SAVE, package]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def asked(model: flowmill.pyfunc.PyFuncModel) -> list[str]:
    return model.predict([1])


@pytest.mark.parametrize("kind", ["by_name", "whole", "script"])
def test_two_versions_of_one_package_answer_side_by_side(tmp_path: Path, kind: str) -> None:
    package = f"side_by_side_{kind}"
    old, new = (save(tmp_path / word, package, word) for word in ("old", "new"))
    first = flowmill.pyfunc.load_model(str(old / kind))
    second = flowmill.pyfunc.load_model(str(new / kind))
    again = flowmill.pyfunc.load_model(str(old / kind))
    assert asked(second) == ["new", "later new", "new"]
    assert asked(first) == ["old", "later old", "old"]
    assert asked(again) == ["old", "later old", "old"]
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda m=m: answers.append(asked(m))) for m in (first, second) * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer[0] for answer in answers) == ["new"] * 8 + ["old"] * 8
    assert all(answer == [answer[0], f"later {answer[0]}", answer[0]] for answer in answers)


def test_the_process_keeps_its_own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = save(tmp_path / "logged", "mine_stays", "logged")
    write_package(tmp_path / "here", "mine_stays", "here")
    monkeypatch.syspath_prepend(tmp_path / "here")
    model = flowmill.pyfunc.load_model(str(logged / "by_name"))
    assert importlib.import_module("mine_stays.words").WORD == "here"
    assert asked(model) == ["logged", "later logged", "logged"]
    assert importlib.import_module("mine_stays.later").WORD == "later here"


def test_a_model_shadows_no_library(tmp_path: Path) -> None:
    logged = save(tmp_path, "packaging", "mine")
    sys.modules.pop("packaging.words", None)
    model = flowmill.pyfunc.load_model(str(logged / "script"))
    assert asked(model) == ["mine", "later mine", "mine"]
    assert importlib.import_module("packaging.version").Version("1.2").major == 1
    assert "packaging.words" not in sys.modules


def test_alone_it_can_be_imported_as_ever(tmp_path: Path) -> None:
    logged = save(tmp_path, "alone_here", "word")
    assert asked(flowmill.pyfunc.load_model(str(logged / "by_name"))) == ["word", "later word", "word"]
    assert importlib.import_module("alone_here.words").WORD == "word"
    again = flowmill.pyfunc.load_model(str(logged / "by_name"))
    assert type(again.unwrap_python_model()) is importlib.import_module("alone_here.model").Model
