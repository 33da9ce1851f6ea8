"""Frames of any kind against signatures of any kind, here and in the real MLflow.

Flowmill takes what MLflow takes, but for objects that are no text, bytes or flags, at which MLflow does not look; and
it takes more where nothing is lost by it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import flowmill
from tests.models import enforced
from tests.peer.environment import peer_settings
from tests.peer.peer import Peer

TYPES = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime", "list")
WHOLE = some.integers(0, 20)
HALVES = some.sampled_from([0.0, 1.0, 2.5, -3.0, 1e10])
GAPS = some.one_of(some.none(), WHOLE)
NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64", "float32", "float64", "Int32", "Int64")
VALUES: dict[str, Any] = {
    **dict.fromkeys(NUMBERS, WHOLE),
    **dict.fromkeys(("date", "time", "text", "bytes", "category", "list"), WHOLE),
    "float64": HALVES,
    "Float64": some.one_of(some.none(), HALVES),
    "Int64": GAPS,
    "bool": some.booleans(),
    "object": some.one_of(some.none(), WHOLE, HALVES, some.booleans(), some.sampled_from(["a", "1"])),
    "decimal": some.one_of(some.none(), HALVES),
}
LOOSE = {"string", "binary", "boolean"}
"""Types whose object columns MLflow takes unseen."""
OBJECTS = {"object", "text", "bytes", "decimal", "date", "list"}


@some.composite
def cases(draw: Any) -> dict[str, Any]:
    names = draw(some.lists(some.sampled_from("abcd"), min_size=1, max_size=3, unique=True))
    types = {name: (draw(some.sampled_from(TYPES)), draw(some.booleans())) for name in names}
    there = draw(some.lists(some.sampled_from([*names, "more"]), min_size=1, unique=True))
    rows = draw(some.integers(1, 3))
    columns: dict[str, Any] = {}
    for name in there:
        kind = draw(some.sampled_from(sorted(VALUES)))
        columns[name] = (kind, draw(some.lists(VALUES[kind], min_size=rows, max_size=rows)))
    return {"types": types, "columns": columns}


@pytest.fixture(scope="module")
def theirs(peer: Peer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Any], list[Any]]]:
    """What the real MLflow makes of a case."""
    folder = tmp_path_factory.mktemp("peer")
    with subprocess.Popen(
        [str(peer.python), enforced.__file__],
        cwd=folder,
        env=peer_settings(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None

        def ask(case: dict[str, Any]) -> list[Any]:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(case) + "\n")
            process.stdin.flush()
            line = next(line for line in process.stdout if line.startswith("@"))
            return json.loads(line[1:])

        yield ask
        process.stdin.close()


def is_lossy(case: dict[str, Any]) -> bool:
    """Whether MLflow may have taken something of a type that is another."""
    for name, (kind, _) in case["types"].items():
        made, values = case["columns"].get(name, ("", []))
        if kind in LOOSE and made in OBJECTS:
            return True
        # Objects become doubles there by whatever float() makes of them: True, "1", b"1".
        odd = made == "bytes" or (made == "object" and any(isinstance(value, bool | str) for value in values))
        if odd and kind == "double":
            return True
    return False


@pytest.mark.peer
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_what_mlflow_takes_is_taken(theirs: Callable[[Any], list[Any]], case: dict[str, Any]) -> None:
    flowmill.install_as_mlflow()
    ours, other = enforced.outcome(case), theirs(case)
    if ours[0] == "refused":
        assert other[0] == "refused" or is_lossy(case)
        assert ours[1] == "INVALID_PARAMETER_VALUE"
        return
    if other[0] == "taken":
        assert ours[2] == other[2]
        return
    # Taken where MLflow refuses: then every value is what it was.
    for place, name in enumerate(name for name in case["types"] if name in case["columns"]):
        given_values = [enforced._text(value) for value in enforced.column(*case["columns"][name])]
        if case["types"][name][0] == "datetime" and case["columns"][name][0] == "text":
            continue
        assert ours[2][place] == given_values


@pytest.mark.parametrize(
    ("kind", "made", "values", "dtype"),
    [
        ("datetime", "date", [0, 1], "datetime64"),
        ("double", "decimal", [1.5, None], "float64"),
        ("float", "decimal", [1.5], "float32"),
        ("double", "Int64", [1, None], "float64"),
        ("integer", "Int64", [1, None], "Int"),
        ("string", "float64", [], "object"),
        ("datetime", "int64", [], "datetime64"),
        ("boolean", "object", [], "bool"),
    ],
)
def test_columns_become_what_a_model_can_reckon_with(kind: str, made: str, values: list[Any], dtype: str) -> None:
    flowmill.install_as_mlflow()
    taken = enforced.outcome({"types": {"a": (kind, False)}, "columns": {"a": (made, values)}})
    assert taken[0] == "taken" and taken[1][0].startswith(dtype)


def test_numbers_beyond_every_float_are_refused(tmp_path: Path) -> None:
    flowmill.install_as_mlflow()
    case = {"types": {"a": ("list", True)}, "columns": {"a": ("object", [[10**400]])}}
    assert enforced.outcome(case) == ["refused", "INVALID_PARAMETER_VALUE"]
