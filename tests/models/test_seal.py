"""No model runs code when it is loaded, unless a trusted key has sealed it or the caller says so."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.errors import Denied, FlowmillError, Invalid


class Canary:
    """Leaves a file where it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, int]]:
        return os.open, (str(self.place), os.O_CREAT)


@pytest.fixture
def sealed(tmp_path: Path, classifier: LogisticRegression) -> Path:
    folder = tmp_path / "sealed"
    flowmill.sklearn.save_model(classifier, folder, serialization_format="cloudpickle")
    return folder


def test_ones_own_pickle_loads(sealed: Path, classifier: LogisticRegression) -> None:
    assert flowmill.sklearn.load_model(str(sealed)).coef_.tolist() == classifier.coef_.tolist()
    assert flowmill.pyfunc.load_model(str(sealed)).predict([[5.0, 3.0, 1.0, 0.2]]) == [0]


def test_the_key_is_for_its_owner_alone(sealed: Path, user: Path) -> None:
    key = user / "signing.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(Invalid, match="run chmod 600"):
        flowmill.sklearn.load_model(str(sealed))


def test_safe_formats_need_no_key(tmp_path: Path, user: Path, classifier: LogisticRegression) -> None:
    flowmill.sklearn.save_model(classifier, tmp_path / "m")
    assert not user.exists()
    assert not (tmp_path / "m" / "flowmill_seal.json").exists()


@pytest.mark.parametrize("load", ["sklearn", "pyfunc"])
def test_a_strangers_pickle_is_refused(
    sealed: Path, tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch, load: str
) -> None:
    place = tmp_path / "pwned"
    content = pickle.dumps(Canary(place))
    os.close(pickle.loads(content))  # noqa: S301 - proves that the canary works
    place.unlink()
    (sealed / "model.pkl").write_bytes(content)
    loader = getattr(flowmill, load).load_model
    with pytest.raises(Denied, match="pass allow_pickle=True or set MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true"):
        loader(str(sealed))
    shutil.rmtree(user)  # another user's key
    with pytest.raises(Denied):
        loader(str(sealed))
    (sealed / "flowmill_seal.json").write_text("{}")
    with pytest.raises(Denied):
        loader(str(sealed))
    assert not place.exists()
    loader(str(sealed), allow_pickle=True)
    place.unlink()
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    loader(str(sealed))
    assert place.exists()


def test_a_seal_covers_only_its_own_files(sealed: Path, tmp_path: Path) -> None:
    place = tmp_path / "pwned"
    (sealed / "other.pkl").write_bytes(pickle.dumps(Canary(place)))
    text = (sealed / "MLmodel").read_text()
    (sealed / "MLmodel").write_text(text.replace("model.pkl", "other.pkl"))
    with pytest.raises(Denied):
        flowmill.sklearn.load_model(str(sealed))
    assert not place.exists()


def test_a_trusted_colleagues_pickle_loads(sealed: Path, user: Path) -> None:
    theirs = (user / "signing.key").read_text()
    (user / "signing.key").unlink()
    with pytest.raises(Denied):
        flowmill.sklearn.load_model(str(sealed))
    trusted = user / "trusted_keys" / "colleague.key"
    trusted.parent.mkdir()
    trusted.write_text(theirs)
    trusted.chmod(0o600)
    flowmill.sklearn.load_model(str(sealed))


def test_types_that_can_do_harm_are_data_of_the_owner_only(
    tmp_path: Path, user: Path, iris: tuple[object, object]
) -> None:
    forest = RandomForestClassifier(3, random_state=0).fit(*iris)
    flowmill.sklearn.save_model(forest, tmp_path / "m")
    assert (tmp_path / "m" / "model.skops").exists()
    flowmill.sklearn.load_model(str(tmp_path / "m"))
    (user / "signing.key").unlink()
    with pytest.raises(Denied, match=r"sklearn\.tree\._tree\.Tree"):
        flowmill.sklearn.load_model(str(tmp_path / "m"))
    flowmill.sklearn.load_model(str(tmp_path / "m"), allow_pickle=True)


def test_code_beside_a_model_is_sealed(tmp_path: Path, user: Path) -> None:
    module = tmp_path / "sealed_helper_module.py"
    module.write_text("def double(x):\n    return [2 * item for item in x]\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import flowmill\n\n\ndef answer(model_input):\n    from sealed_helper_module import double\n\n"
        "    return double(model_input)\n\n\nflowmill.models.set_model(answer)\n"
    )
    folder = tmp_path / "m"
    flowmill.pyfunc.save_model(folder, python_model=str(script), code_paths=[str(module)])
    assert flowmill.pyfunc.load_model(str(folder)).predict([1, 2]) == [2, 4]
    (folder / "code" / "sealed_helper_module.py").write_text("raise SystemExit('code of a stranger')\n")
    with pytest.raises(Denied, match="Python code"):
        flowmill.pyfunc.load_model(str(folder))
    shutil.rmtree(folder / "code")
    (folder / "code").mkdir()
    (folder / "script.py").write_text("raise SystemExit('code of a stranger')\n")
    with pytest.raises(Denied, match="a Python script"):
        flowmill.pyfunc.load_model(str(folder))


def test_a_loader_module_is_sealed(tmp_path: Path, user: Path) -> None:
    module = tmp_path / "sealed_loader_module.py"
    module.write_text(
        "from pathlib import Path\n\n\n"
        "class Model:\n    def __init__(self, path):\n        self.text = Path(path).read_text()\n\n"
        "    def predict(self, model_input):\n        return [self.text] * len(model_input)\n\n\n"
        "def _load_pyfunc(path):\n    return Model(path)\n"
    )
    (tmp_path / "data.txt").write_text("data")
    folder = tmp_path / "m"
    flowmill.pyfunc.save_model(
        folder, loader_module="sealed_loader_module", data_path=tmp_path / "data.txt", code_paths=[str(module)]
    )
    assert flowmill.pyfunc.load_model(str(folder)).predict([1]) == ["data"]
    text = (folder / "MLmodel").read_text()
    (folder / "MLmodel").write_text(text.replace("sealed_loader_module", "antigravity"))
    with pytest.raises(Denied, match="'antigravity'"):
        flowmill.pyfunc.load_model(str(folder))


def test_the_operators_word_must_be_understood(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "perhaps")
    with pytest.raises(FlowmillError, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION"):
        flowmill.sklearn.load_model(str(sealed))
