# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.prediction_context import Context as Context
from flowmill.models.prediction_context import get_prediction_context as get_prediction_context
from flowmill.models.prediction_context import set_prediction_context as set_prediction_context
