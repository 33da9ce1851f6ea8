# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.evaluating.artifacts import CsvEvaluationArtifact as CsvEvaluationArtifact
from flowmill.evaluating.artifacts import ImageEvaluationArtifact as ImageEvaluationArtifact
from flowmill.evaluating.artifacts import JsonEvaluationArtifact as JsonEvaluationArtifact
from flowmill.evaluating.artifacts import NumpyEvaluationArtifact as NumpyEvaluationArtifact
from flowmill.evaluating.artifacts import ParquetEvaluationArtifact as ParquetEvaluationArtifact
from flowmill.evaluating.artifacts import PickleEvaluationArtifact as PickleEvaluationArtifact
from flowmill.evaluating.artifacts import TextEvaluationArtifact as TextEvaluationArtifact
