"""PyTorch's exported graphs from a stranger: whatever is hidden in the archive does not run."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import flowmill
from tests.flavors.plugin import BothWays

Parts = dict[str, bytes]


class Harm:
    """What an attacker pickles."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.canary,)


def in_the_sample(parts: Parts, harm: bytes) -> None:
    parts["data/sample_inputs/model.pt"] = harm


def in_a_weight(parts: Parts, harm: bytes) -> None:
    name = "data/weights/model_weights_config.json"
    config = json.loads(parts[name])
    first = next(iter(config["config"].values()))
    first["use_pickle"] = True
    parts[name] = json.dumps(config, indent=None, separators=(",", ":")).encode()
    parts[f"data/weights/{first['path_name']}"] = harm


def as_an_object(parts: Parts, harm: bytes) -> None:
    parts["data/constants/custom_obj_0"] = harm


def as_a_library(parts: Parts, harm: bytes) -> None:
    parts["data/aotinductor/model/model.so"] = harm


def as_an_older_archive(parts: Parts, harm: bytes) -> None:
    parts["serialized_example_inputs.pt"] = harm


@pytest.mark.parametrize("hide", [in_the_sample, in_a_weight, as_an_object, as_a_library, as_an_older_archive])
def test_hidden_programs_do_not_run(
    both: BothWays, tmp_path: Path, stranger: None, hide: Callable[[Parts, bytes], None]
) -> None:
    canary = tmp_path / "canary"
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "graph", folder)
    file = folder / "data" / "model.pt2"
    with zipfile.ZipFile(file) as archive:
        parts = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    stream = io.BytesIO()
    torch.save(Harm(canary), stream, pickle_protocol=pickle.HIGHEST_PROTOCOL)
    hide(parts, stream.getvalue())
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(f"model/{name}", content)
    for load in (flowmill.pytorch.load_model, flowmill.pyfunc.load_model):
        with pytest.raises(flowmill.MlflowException, match="allow_pickle=True") as caught:
            load(str(folder))
        assert caught.value.error_code == "PERMISSION_DENIED"
    assert not canary.exists()


def test_two_files_of_one_name_are_refused(both: BothWays, tmp_path: Path, stranger: None) -> None:
    folder = tmp_path / "model"
    shutil.copytree(both.ours / "graph", folder)
    file = folder / "data" / "model.pt2"
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("model/data/sample_inputs/model.pt", b"other")
    with pytest.raises(flowmill.MlflowException, match="two files of one name"):
        flowmill.pytorch.load_model(str(folder))
