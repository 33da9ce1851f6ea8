"""Digests, schemas and profiles are those of MLflow, so that a dataset is one whoever logged it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import flowmill
from flowmill.data.digest import compute_pandas_digest
from flowmill.errors import Invalid
from tests.data import cases
from tests.peer.peer import Peer


@pytest.mark.peer
def test_datasets_say_what_they_say_in_mlflow(peer: Peer, tmp_path: Path) -> None:
    theirs = json.loads(peer.run(Path(cases.__file__), folder=tmp_path).splitlines()[-1])
    ours = json.loads(json.dumps(cases.facts()))
    assert ours.keys() == theirs.keys()
    for name, their in theirs.items():
        if isinstance(their, dict) and their["schema"] is None:
            # MLflow gives up on all columns because of one that it has no type for.
            ours[name]["schema"] = None
        assert ours[name] == their, name


def test_data_on_which_mlflow_fails_has_a_digest() -> None:
    sparse = pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1])})
    no_rows = pd.DataFrame({"s": pd.Series([], dtype=str)})
    no_text = pd.DataFrame({"s": pd.Series(["\ud800"], dtype=object)})
    assert len({compute_pandas_digest(frame) for frame in (sparse, no_rows, no_text)}) == 3
    assert compute_pandas_digest(sparse) == compute_pandas_digest(sparse.sparse.to_dense())


def test_a_digest_is_of_the_data_as_it_was() -> None:
    rows = np.zeros((2, 2))
    dataset = flowmill.data.from_numpy(rows)
    before = dataset.digest
    rows[0, 0] = 1
    assert dataset.digest == before != flowmill.data.from_numpy(rows).digest
    assert flowmill.data.from_numpy(rows, digest="mine").digest == "mine"


def test_what_has_no_content_has_no_digest() -> None:
    with pytest.raises(Invalid, match="pass digest="):
        flowmill.data.from_numpy({})
