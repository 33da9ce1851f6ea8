# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.evaluating.validation import MetricThreshold as MetricThreshold
from flowmill.evaluating.validation import MetricThresholdClassException as MetricThresholdClassException
from flowmill.evaluating.validation import ModelValidationFailedException as ModelValidationFailedException
from flowmill.evaluating.validation import validate_evaluation_results as validate_evaluation_results
