# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.evaluating.values import MetricValue as MetricValue
from flowmill.evaluating.values import standard_aggregations as standard_aggregations
