# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifacts as artifacts
from . import base as base
from . import validation as validation
from flowmill.data.evaluation_dataset import EvaluationDataset as EvaluationDataset
from flowmill.evaluating.artifacts import EvaluationArtifact as EvaluationArtifact
from flowmill.evaluating.evaluate import evaluate as evaluate
from flowmill.evaluating.evaluator import ModelEvaluator as ModelEvaluator
from flowmill.evaluating.evaluator import list_evaluators as list_evaluators
from flowmill.evaluating.result import EvaluationResult as EvaluationResult
from flowmill.evaluating.validation import MetricThreshold as MetricThreshold
from flowmill.evaluating.values import EvaluationMetric as EvaluationMetric
from flowmill.evaluating.values import make_metric as make_metric
