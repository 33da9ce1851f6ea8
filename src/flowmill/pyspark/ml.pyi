# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.autologging.spark_ml import AUTOLOGGING_INTEGRATION_NAME as AUTOLOGGING_INTEGRATION_NAME
from flowmill.autologging.spark_ml import autolog as autolog
