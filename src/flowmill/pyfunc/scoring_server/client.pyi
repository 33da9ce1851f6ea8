# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.serving.client import BaseScoringServerClient as BaseScoringServerClient
from flowmill.serving.client import PredictionsResponse as PredictionsResponse
from flowmill.serving.client import ScoringServerClient as ScoringServerClient
from flowmill.serving.client import StdinScoringServerClient as StdinScoringServerClient
