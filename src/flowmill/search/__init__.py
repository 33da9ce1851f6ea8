"""The language of filters: text becomes a tree, the tree becomes SQL or a predicate."""

from flowmill.search.match import Record, matches
from flowmill.search.order import SortBy, parse_order
from flowmill.search.parse import parse_filter
from flowmill.search.sql import Columns, Expression, Pairs, condition_of
from flowmill.search.subjects import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS, Subject
from flowmill.search.tree import Term, text_of

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "MODEL_VERSIONS",
    "REGISTERED_MODELS",
    "RUNS",
    "Columns",
    "Expression",
    "Pairs",
    "Record",
    "SortBy",
    "Subject",
    "Term",
    "condition_of",
    "matches",
    "parse_filter",
    "parse_order",
    "text_of",
]
