# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.autologging.spark_optuna import MlflowSparkStudy as MlflowSparkStudy
from flowmill.autologging.spark_optuna import ResumeInfo as ResumeInfo
