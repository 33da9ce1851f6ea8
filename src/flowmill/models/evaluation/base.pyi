# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.evaluating.artifacts import EvaluationArtifact as EvaluationArtifact
from flowmill.evaluating.evaluate import evaluate as evaluate
from flowmill.evaluating.evaluator import ModelEvaluator as ModelEvaluator
from flowmill.evaluating.result import EvaluationResult as EvaluationResult
from flowmill.evaluating.values import EvaluationMetric as EvaluationMetric
from flowmill.evaluating.values import make_metric as make_metric
