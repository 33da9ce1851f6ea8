# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import base as base
from flowmill.evaluating.metrics import exact_match as exact_match
from flowmill.evaluating.metrics import f1_score as f1_score
from flowmill.evaluating.metrics import latency as latency
from flowmill.evaluating.metrics import mae as mae
from flowmill.evaluating.metrics import mape as mape
from flowmill.evaluating.metrics import max_error as max_error
from flowmill.evaluating.metrics import mse as mse
from flowmill.evaluating.metrics import ndcg_at_k as ndcg_at_k
from flowmill.evaluating.metrics import precision_at_k as precision_at_k
from flowmill.evaluating.metrics import precision_score as precision_score
from flowmill.evaluating.metrics import r2_score as r2_score
from flowmill.evaluating.metrics import recall_at_k as recall_at_k
from flowmill.evaluating.metrics import recall_score as recall_score
from flowmill.evaluating.metrics import rmse as rmse
from flowmill.evaluating.values import EvaluationMetric as EvaluationMetric
from flowmill.evaluating.values import MetricValue as MetricValue
from flowmill.evaluating.values import make_metric as make_metric
