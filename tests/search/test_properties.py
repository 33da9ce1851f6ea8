"""For any filter and any runs: SQL selects what the predicate does, and a printed filter reads as itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmill.search.match import Record, matches
from flowmill.search.parse import parse_filter
from flowmill.search.subjects import RUNS
from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Kind, Like, Not, Or, Some, Term, text_of
from flowmill.store.sql.engine import Database, SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from tests.search.sample_store import PATIENCE, Patience, as_runs, sample_runs

# Few and close values, so that terms meet the runs they are asked of.
KEYS = st.sampled_from(["a", "lr", "val loss", "x.y", "`q`", "é"])
WORDS = [
    "",
    "a",
    "A",
    "ab",
    "aB%",
    "a_b",
    "0.1",
    "1e-1",
    ".1",
    "10",
    "abc",
    "it's",
    'say "hi"',
    "é",
    "É",
    "nan",
    "1e999",
    "%",
    "[a]*?",
    "FINISHED",
]
TEXTS = st.sampled_from(WORDS)
PATTERNS = st.one_of(TEXTS, st.text("a%_bB.é[*?]", max_size=6))
NUMBERS = st.sampled_from([0.1, 0.0, -0.0, 1.0, 10.0, -2.5, math.inf, -math.inf, 1e300])
TIMES = st.integers(0, 4)
OPERATORS: Any = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
EQUALITY: Any = st.sampled_from(["=", "!="])
KEYED: list[Kind] = ["param", "tag"]

NAMES = ["run_id", "run_name", "status", "user_id", "artifact_uri"]
text_fields = st.one_of(
    st.builds(Field, st.sampled_from(KEYED), KEYS),
    st.builds(Field, st.just("attribute"), st.sampled_from(NAMES)),
    st.builds(Field, st.just("dataset"), st.sampled_from(["name", "digest", "context"])),
)  # fmt: skip
metric_fields = st.builds(Field, st.just("metric"), KEYS)
param_fields = st.builds(Field, st.just("param"), KEYS)
time_fields = st.builds(Field, st.just("attribute"), st.sampled_from(["start_time", "end_time"]))
leaves: st.SearchStrategy[Term] = st.one_of(
    st.builds(Comparison, text_fields, EQUALITY, TEXTS),
    st.builds(Comparison, st.one_of(metric_fields, param_fields), OPERATORS, NUMBERS),
    st.builds(Comparison, time_fields, OPERATORS, st.one_of(TIMES, st.just(2.5))),
    st.builds(In, text_fields, st.lists(TEXTS, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.builds(Like, text_fields, PATTERNS, st.booleans(), st.booleans()),
    st.builds(Between, st.one_of(metric_fields, param_fields), NUMBERS, NUMBERS),
    st.builds(Between, time_fields, TIMES, TIMES),
    st.builds(IsNull, st.one_of(text_fields, metric_fields, time_fields), st.booleans()),
)


MODELS = st.sampled_from(["churn", "it's", "é"])
of_datasets = st.builds(Field, st.just("attribute"), st.sampled_from(["name", "digest", "context"]))
model_name = st.just(Field("attribute", "name"))
version_number = st.just(Field("attribute", "version_number"))
of_a_dataset = st.one_of(
    st.builds(Comparison, of_datasets, EQUALITY, TEXTS),
    st.builds(In, of_datasets, st.lists(TEXTS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(Like, of_datasets, PATTERNS, st.booleans(), st.booleans()),
    st.builds(IsNull, of_datasets, st.booleans()),
)
of_a_version = st.one_of(
    st.builds(Comparison, model_name, EQUALITY, MODELS),
    st.builds(Comparison, version_number, OPERATORS, st.integers(1, 3)),
    st.builds(IsNull, model_name, st.booleans()),
)


def _compound(children: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, children))


some: st.SearchStrategy[Term] = st.one_of(
    st.builds(Some, st.just("dataset"), st.recursive(of_a_dataset, _compound, max_leaves=4)),
    st.builds(Some, st.just("version"), st.recursive(of_a_version, _compound, max_leaves=4)),
)
terms = st.recursive(st.one_of(leaves, some), _compound, max_leaves=8)
records = st.builds(
    Record,
    attributes=st.fixed_dictionaries(
        {
            "run_id": TEXTS,
            "run_name": TEXTS,
            "status": st.sampled_from(["FINISHED", "RUNNING", "FAILED"]),
            "user_id": TEXTS,
            "start_time": TIMES,
            "end_time": st.one_of(st.none(), TIMES),
        }
    ),
    metrics=st.dictionaries(KEYS, st.one_of(NUMBERS, st.just(math.nan)), max_size=4),
    params=st.dictionaries(KEYS, TEXTS, max_size=4),
    tags=st.dictionaries(KEYS, TEXTS, max_size=4),
    datasets=st.lists(
        st.fixed_dictionaries({"name": TEXTS, "digest": TEXTS}, optional={"context": TEXTS}),
        max_size=2,
        unique_by=lambda dataset: (dataset["name"], dataset["digest"]),
    ),
    versions=st.lists(
        st.fixed_dictionaries({"name": MODELS, "version_number": st.integers(1, 3)}),
        max_size=2,
        unique_by=lambda version: (version["name"], version["version_number"]),
    ),
)


# Most runs have these keys and few values, so that pages end among equal ones.
FEW = st.sampled_from(["a", "lr"])
crowds = st.lists(
    st.builds(
        lambda record, metrics, params, tags: replace(record, metrics=metrics, params=params, tags=tags),
        records,
        st.dictionaries(FEW, st.sampled_from([0.5, 1.0, -math.inf, math.nan]), min_size=1, max_size=2),
        st.dictionaries(FEW, st.sampled_from(["0.1", "10", "é" * 300, "é" * 299]), min_size=1, max_size=2),
        st.dictionaries(FEW, st.sampled_from(["a", "ab"]), min_size=1, max_size=2),
    ),
    min_size=3,
    max_size=9,
)
usual: st.SearchStrategy[Term] = st.one_of(
    st.builds(Comparison, st.builds(Field, st.sampled_from(KEYED), FEW), EQUALITY, st.sampled_from(["a", "10"])),
    st.builds(Comparison, st.builds(Field, st.just("metric"), FEW), OPERATORS, NUMBERS),
    st.builds(Like, st.builds(Field, st.sampled_from(KEYED), FEW), st.sampled_from(["a%", "%1%", "é%"])),
)
sortable_fields = st.one_of(
    st.builds(Field, st.sampled_from([*KEYED, "metric"]), FEW),
    st.builds(Field, st.just("attribute"), st.sampled_from([*NAMES, "start_time", "end_time"])),
)
orders = st.lists(st.tuples(sortable_fields, st.booleans()), max_size=2)
patience = st.sampled_from(PATIENCE)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database of each kind; what a test writes is undone."""
    opened: Database = SqliteDatabase(None)
    if request.param == "postgres":
        opened = PostgresDatabase(request.getfixturevalue("postgres_server"))
    store = SqlStore(opened, Places("root:", str))
    yield opened
    store.close()


@settings(deadline=None)
@given(st.lists(records, min_size=1, max_size=6), st.lists(terms, min_size=1, max_size=5), patience)
def test_sql_selects_what_the_predicate_does(
    database: Database, made: list[Record], filters: list[Term], how: Patience
) -> None:
    runs = as_runs(made)
    with pytest.MonkeyPatch.context() as patch, sample_runs(database, runs) as sample:
        how.apply(patch)
        for term in filters:
            expected = [number for number, run in enumerate(runs, 1) if matches(term, run)]
            found = sample.found(term)
            assert sorted(found) == expected, text_of(term)
            assert sample.counted(term) == len(expected), text_of(term)


@settings(deadline=None, max_examples=200)
@given(crowds, st.none() | usual | terms, orders, st.integers(1, 3), patience)
def test_pages_give_each_run_once_in_order(
    database: Database, made: list[Record], term: Term | None, order: list[tuple[Field, bool]], size: int, how: Patience
) -> None:
    runs = as_runs(made)
    by_number = dict(enumerate(runs, 1))
    expected = [number for number, run in by_number.items() if term is None or matches(term, run)]
    newest_first = [(Field("attribute", "start_time"), False)]
    expected.sort(reverse=True)
    for field, ascending in reversed(order + newest_first):
        with_value = [number for number in expected if _sort_value(by_number[number], field) is not None]
        lacking = [number for number in expected if number not in with_value]
        with_value.sort(key=lambda number: _sort_value(by_number[number], field), reverse=not ascending)
        expected = with_value + lacking
    order_by = [f"{name_of(field)} {'ASC' if ascending else 'DESC'}" for field, ascending in order]
    with pytest.MonkeyPatch.context() as patch, sample_runs(database, runs) as sample:
        how.apply(patch)
        assert sample.found(term, order_by, size) == expected, (order_by, term and text_of(term))


def _sort_value(run: Record, field: Field) -> Any:
    """What the run is sorted by, None if it has nothing that can be compared."""
    kept: dict[str, Any] = {
        "attribute": run.attributes,
        "metric": run.metrics,
        "param": run.params,
        "tag": run.tags,
    }
    value = kept[field.kind].get(field.key)
    return None if value != value else value


def name_of(field: Field) -> str:
    return text_of(IsNull(field)).removesuffix(" IS NULL")


@settings(deadline=None)
@given(terms)
def test_a_printed_filter_reads_as_itself(term: Term) -> None:
    assert parse_filter(text_of(term), RUNS) == term


keys = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(keys, texts)
def test_any_key_and_any_text_can_be_written(key: str, text: str) -> None:
    term = Comparison(Field("tag", key), "=", text)
    assert parse_filter(text_of(term), RUNS) == term
