# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.evaluating.artifacts import EvaluationArtifact as EvaluationArtifact
from flowmill.evaluating.evaluate import evaluate as evaluate
from flowmill.evaluating.evaluator import list_evaluators as list_evaluators
from flowmill.evaluating.result import EvaluationResult as EvaluationResult
from flowmill.evaluating.validation import MetricThreshold as MetricThreshold
from flowmill.evaluating.values import EvaluationMetric as EvaluationMetric
from flowmill.evaluating.values import make_metric as make_metric
from flowmill.models.docker import build_docker as build_docker
from flowmill.models.docker import generate_dockerfile as generate_dockerfile
from flowmill.models.enforce import validate_schema as validate_schema
from flowmill.models.example import convert_input_example_to_serving_input as convert_input_example_to_serving_input
from flowmill.models.flavors.python_function import set_model as set_model
from flowmill.models.load import get_model_info as get_model_info
from flowmill.models.load import set_signature as set_signature
from flowmill.models.mlmodel import Model as Model
from flowmill.models.mlmodel import ModelInfo as ModelInfo
from flowmill.models.model_config import ModelConfig as ModelConfig
from flowmill.models.predictions import predict as predict
from flowmill.models.predictions import validate_serving_input as validate_serving_input
from flowmill.models.requirements import infer_pip_requirements as infer_pip_requirements
from flowmill.models.requirements import lock_requirements as lock_requirements
from flowmill.models.requirements import update_model_requirements as update_model_requirements
from flowmill.models.resources import Resource as Resource
from flowmill.models.resources import ResourceType as ResourceType
from flowmill.models.signature import ModelSignature as ModelSignature
from flowmill.models.signature import infer_signature as infer_signature
