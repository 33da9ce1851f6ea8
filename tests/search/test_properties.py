"""For any filter and any runs: SQL selects what the predicate does, and a printed filter reads as itself."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flowmill.search.match import Record, matches
from flowmill.search.parse import parse_filter
from flowmill.search.subjects import RUNS
from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Kind, Like, Not, Or, Term, text_of
from tests.search.sample_store import SampleStore

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
]
TEXTS = st.sampled_from(WORDS)
PATTERNS = st.one_of(TEXTS, st.text("a%_bB.é", max_size=6))
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


def _compound(children: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, children))


terms = st.recursive(leaves, _compound, max_leaves=8)
maybe = st.one_of(st.none(), TEXTS)
records = st.builds(
    Record,
    attributes=st.fixed_dictionaries(
        {
            "run_id": TEXTS,
            "run_name": TEXTS,
            "status": TEXTS,
            "user_id": maybe,
            "start_time": TIMES,
            "end_time": st.one_of(st.none(), TIMES),
            "artifact_uri": TEXTS.map("root:{}".format),
        }
    ),
    metrics=st.dictionaries(KEYS, st.one_of(NUMBERS, st.just(math.nan)), max_size=4),
    params=st.dictionaries(KEYS, TEXTS, max_size=4),
    tags=st.dictionaries(KEYS, TEXTS, max_size=4),
    datasets=st.lists(st.fixed_dictionaries({"name": TEXTS, "digest": TEXTS}, optional={"context": TEXTS}), max_size=2),
)


@settings(deadline=None)
@given(st.lists(records, min_size=1, max_size=6), st.lists(terms, min_size=1, max_size=5))
def test_sql_selects_what_the_predicate_does(runs: list[Record], filters: list[Term]) -> None:
    store = SampleStore(runs)
    try:
        for term in filters:
            expected = [number for number, run in enumerate(runs) if matches(term, run)]
            assert store.found(term) == expected, text_of(term)
    finally:
        store.close()


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
