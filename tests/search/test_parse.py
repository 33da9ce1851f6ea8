"""The superset of MLflow's language, its limits, and what it says when a filter is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmill.errors import Invalid
from flowmill.search.match import Record, matches
from flowmill.search.order import SortBy, parse_order
from flowmill.search.parse import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_filter
from flowmill.search.subjects import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS, Subject
from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Like, Not, Or, Some
from flowmill.search.values import like

LOSS = Comparison(Field("metric", "loss"), "<", 0.5)
FIVE, SIX = (Comparison(Field("param", "lr"), "=", number) for number in (5.0, 6.0))
LR = Comparison(Field("param", "lr"), "=", "0.1")
DONE = Comparison(Field("attribute", "status"), "=", "FINISHED")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("metrics.loss < 0.5", LOSS),
        ("metrics.loss<.5 AND params.lr='0.1'", And((LOSS, LR))),
        ("metrics.loss < 0.5 OR params.lr = '0.1' AND status = 'FINISHED'", Or((LOSS, And((LR, DONE))))),
        ("(metrics.loss < 0.5 OR params.lr = '0.1') and status = 'FINISHED'", And((Or((LOSS, LR)), DONE))),
        ("NOT metrics.loss < 0.5", Not(LOSS)),
        ("not (metrics.loss < 0.5)", Not(LOSS)),
        ("NOT NOT ((status = 'FINISHED'))", Not(Not(DONE))),
        ("metrics.loss BETWEEN 0 AND 1 AND status = 'FINISHED'",
         And((Between(Field("metric", "loss"), 0.0, 1.0), DONE))),
        ("metrics.loss NOT BETWEEN -1e-3 AND +2", Not(Between(Field("metric", "loss"), -0.001, 2.0))),
        ("params.lr > 0.01", Comparison(Field("param", "lr"), ">", 0.01)),
        ("params.lr = 5", Comparison(Field("param", "lr"), "=", 5.0)),
        ("params.lr IN (5, 6)", Or((FIVE, SIX))),
        ("params.lr NOT IN (5, 5)", And((Comparison(Field("param", "lr"), "!=", 5.0),) * 2)),
        ("metrics.loss IN (1)", Comparison(Field("metric", "loss"), "=", 1.0)),
        ("params.lr BETWEEN 1 AND 2", Between(Field("param", "lr"), 1.0, 2.0)),
        ("metrics.loss IS NULL", IsNull(Field("metric", "loss"))),
        ("end_time is not null", IsNull(Field("attribute", "end_time"), True)),
        ("params.a NOT LIKE 'x%'", Like(Field("param", "a"), "x%", negated=True)),
        ("tags.a NOT ILIKE 'x%'", Like(Field("tag", "a"), "x%", True, True)),
        ("status NOT IN ('FAILED', \"KILLED\")", In(Field("attribute", "status"), ("FAILED", "KILLED"), True)),
        ("tags.a = 'it''s'", Comparison(Field("tag", "a"), "=", "it's")),
        ('tags.a = "say ""hi"""', Comparison(Field("tag", "a"), "=", 'say "hi"')),
        ("tags.`a``b` = 'x'", Comparison(Field("tag", "a`b"), "=", "x")),
        ("tags.in = 'x'", Comparison(Field("tag", "in"), "=", "x")),
        ("datasets(name = 'iris' AND digest = 'd1') OR NOT dataset (context IN ('a'))", Or((
            Some("dataset", And((Comparison(Field("attribute", "name"), "=", "iris"),
                                 Comparison(Field("attribute", "digest"), "=", "d1")))),
            Not(Some("dataset", In(Field("attribute", "context"), ("a",))))))),
        ("versions(name = 'churn' AND (version = '2' OR version_number > 7))", Some("version", And((
            Comparison(Field("attribute", "name"), "=", "churn"),
            Or((Comparison(Field("attribute", "version_number"), "=", 2),
                Comparison(Field("attribute", "version_number"), ">", 7))))))),
        ("versions.name = 'churn'", Some("version", Comparison(Field("attribute", "name"), "=", "churn"))),
        ("versions.`name` IS NULL", Not(Some("version", IsNull(Field("attribute", "name"), True)))),
        ("version.version NOT BETWEEN 2 AND 3",
         Not(Some("version", Between(Field("attribute", "version_number"), 2, 3)))),
        ("start_time > 99999999999999999999", Comparison(Field("attribute", "start_time"), ">", 1e20)),
    ],
)  # fmt: skip
def test_trees(text: str, tree: object) -> None:
    assert parse_filter(text, RUNS) == tree


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_filter_selects_everything(text: str) -> None:
    assert parse_filter(text, RUNS) is None


@pytest.mark.parametrize(
    ("text", "subject", "position", "says"),
    [
        ("lr > 0.1", RUNS, 1, "perhaps you meant metrics.`lr` or params.`lr` or tags.`lr`"),
        ("stauts = 'FINISHED'", RUNS, 1, "perhaps you meant status"),
        ("metric.a > 1 AND parms.lr = '1'", RUNS, 18, "a run has no 'parms'; write attributes.key or"),
        ("metrics.a == 1", RUNS, 11, "'==' is no operator; write '='"),
        ("metrics.a <> 1", RUNS, 11, "'<>' is no operator; write '!='"),
        ("metrics.a > '1'", RUNS, 13, "compared with a number without quotes"),
        ("metrics.my loss > 1", RUNS, 12, "put a key with spaces in backticks"),
        ("metrics.a/b > 1", RUNS, 10, "only between backticks"),
        ("params.lr > '0.1'", RUNS, 11, "compare a parameter with a number without quotes"),
        ("tags.a = b", RUNS, 10, "must be text in single or double quotes"),
        ("tags.a = `b`", RUNS, 10, "must be text in single or double quotes"),
        ("tags.a = 'b", RUNS, 10, "the quote ' is never closed"),
        ("tags.a IN ()", RUNS, 12, "must be text in single or double quotes"),
        ("tags.a IN ('x',)", RUNS, 16, "must be text in single or double quotes"),
        ("metrics.a IN ('x')", RUNS, 15, "compared with a number without quotes"),
        ("params.a IN (1, 'x')", RUNS, 17, "compared with a number without quotes"),
        ("start_time IN (1)", RUNS, 15, "IN takes text"),
        ("(metrics.a > 1", RUNS, 15, "a ')' is missing"),
        ("metrics.a > 1)", RUNS, 14, "never opened"),
        ("metrics.a", RUNS, 10, "an operator must stand here"),
        ("metrics.a >", RUNS, 12, "compared with a number"),
        ("0.5 < metrics.a", RUNS, 1, "a field must stand here"),
        ("AND", RUNS, 4, "a comparison is missing"),
        ("metrics.a > 1 OR", RUNS, 17, "a comparison is missing"),
        ("metrics.a BETWEEN 1", RUNS, 20, "two numbers joined by AND"),
        ("metrics. > 1", RUNS, 8, "without a space"),
        ("dataset.size = '1'", RUNS, 1, "search by name, digest, context"),
        ("metrics.a > 1 ; DROP TABLE runs", RUNS, 15, "only between backticks"),
        ("metrics.a > 1", EXPERIMENTS, 1, "an experiment has no 'metrics'"),
        ("current_stage = 'None'", MODEL_VERSIONS, 1, "cannot be searched by 'current_stage'"),
    ],
)  # fmt: skip
def test_errors_say_where_and_what(text: str, subject: Subject, position: int, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_filter(text, subject)
    assert f"character {position}" in refusal.value.message
    assert says in refusal.value.message


def test_limits() -> None:
    assert parse_filter(" AND ".join(["metrics.a > 1"] * MAX_TERMS), RUNS) is not None
    for text, says in (
        (" AND ".join(["metrics.a > 1"] * (MAX_TERMS + 1)), "more than 1,000 comparisons"),
        ("(" * (MAX_DEPTH + 1) + "metrics.a > 1", "nested more than 50"),
        ("NOT " * 40_000 + "metrics.a > 1", "nested more than 50"),
        ("NOT " * 100_000, "more than 50,000 words"),
        ("x" * (MAX_LENGTH + 1), "at most 500,000"),
        ("run_id IN ('b') OR run_id IN (" + ",".join(["'a'"] * 10_000) + ")", "more than 10,000 values"),
        ("tags.a = '\0'", "NUL"),
        ("tags.a = '\ud800'", "surrogate"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=says) as refusal:
            parse_filter(text, RUNS)
        assert len(refusal.value.message) < 500


# These two would take hours if reading or matching ever tried the same place twice.
def test_long_nonsense_is_read_to_its_end() -> None:
    n = 400_000
    for text in (
        "'" * (n + 1),
        "`" * (n + 1),
        "a." * (n // 2),
        "(" * n,
        "1" * n,
        "1" * n + "x",
        "a" * n + "!",
        "metrics.a > " + "9" * n,
        "metrics.a > " + "1" * (n // 2) + "." + "1" * (n // 2) + "x",
        "tags.a = '" + "''" * (n // 2) + "'",
    ):
        try:
            parse_filter(text, RUNS)
        except Invalid as refusal:
            assert len(refusal.message) < 500


def test_like_does_not_blow_up() -> None:
    assert not like("a" * 5_000, "%a" * 200 + "%b")
    assert like("a" * 5_000, "%a" * 200 + "%")


@given(st.text("ab%", max_size=8), st.text("aAb%_", max_size=6), st.booleans())
def test_like_is_sql_like(text: str, pattern: str, ignore_case: bool) -> None:
    def slow(rest: str, wanted: str) -> bool:
        if not wanted:
            return not rest
        if wanted[0] == "%":
            return any(slow(rest[start:], wanted[1:]) for start in range(len(rest) + 1))
        return bool(rest) and wanted[0] in ("_", rest[0]) and slow(rest[1:], wanted[1:])

    expected = slow(text.lower(), pattern.lower()) if ignore_case else slow(text, pattern)
    assert like(text, pattern, ignore_case) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_invalid(text: str) -> None:
    for subject in (RUNS, EXPERIMENTS, REGISTERED_MODELS, MODEL_VERSIONS, LOGGED_MODELS):
        with suppress(Invalid):
            parse_filter(text, subject)
        with suppress(Invalid):
            parse_order(text, subject)


def test_a_missing_value_differs_from_nothing_and_escapes_a_not() -> None:
    bare = Record()
    for text, expected in (("params.lr != '1'", False), ("NOT params.lr = '1'", True), ("params.lr IS NULL", True)):
        term = parse_filter(text, RUNS)
        assert term is not None
        assert matches(term, bare) is expected


def test_models_without_the_prompt_tag_are_no_prompts() -> None:
    for subject in (REGISTERED_MODELS, MODEL_VERSIONS):
        term = parse_filter("tag.`mlflow.prompt.is_prompt` != 'true'", subject)
        assert term is not None
        assert matches(term, Record())
        assert not matches(term, Record(tags={"mlflow.prompt.is_prompt": "true"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.loss", SortBy(Field("metric", "loss"))),
        ("metric.loss desc", SortBy(Field("metric", "loss"), False)),
        ("metrics.`val loss` DESC", SortBy(Field("metric", "val loss"), False)),
        ('params."my key" ASC', SortBy(Field("param", "my key"))),
        ("  tags.a   Desc ", SortBy(Field("tag", "a"), False)),
        ("Created", SortBy(Field("attribute", "start_time"))),
        ("attributes.end_time", SortBy(Field("attribute", "end_time"))),
    ],
)
def test_orders(text: str, expected: SortBy) -> None:
    assert parse_order(text, RUNS) == expected


@pytest.mark.parametrize(
    "text",
    ["", "nope", "metrics.a FOO", "metrics.a, params.b", "metrics.a DESC ASC", "dataset.name", "metrics.my metric",
     "metrics.a DESC;", "(metrics.a)", "nope.x", "'a'", "DESC metrics.a", "x" * 20_000],
)  # fmt: skip
def test_bad_orders(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_order(text, RUNS)
    assert len(refusal.value.message) < 500
