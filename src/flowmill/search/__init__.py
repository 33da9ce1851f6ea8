"""The language of filters: text becomes a tree, the tree becomes SQL or a predicate."""

from flowmill.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "EXPERIMENTS": "flowmill.search.subjects:EXPERIMENTS",
        "LOGGED_MODELS": "flowmill.search.subjects:LOGGED_MODELS",
        "MODEL_VERSIONS": "flowmill.search.subjects:MODEL_VERSIONS",
        "REGISTERED_MODELS": "flowmill.search.subjects:REGISTERED_MODELS",
        "RUNS": "flowmill.search.subjects:RUNS",
        "Columns": "flowmill.search.sql:Columns",
        "Expression": "flowmill.search.expression:Expression",
        "Pairs": "flowmill.search.sql:Pairs",
        "Record": "flowmill.search.match:Record",
        "SortBy": "flowmill.search.order:SortBy",
        "Subject": "flowmill.search.subjects:Subject",
        "Term": "flowmill.search.tree:Term",
        "condition_of": "flowmill.search.sql:condition_of",
        "matches": "flowmill.search.match:matches",
        "parse_filter": "flowmill.search.parse:parse_filter",
        "parse_order": "flowmill.search.order:parse_order",
        "text_of": "flowmill.search.tree:text_of",
    },
)
