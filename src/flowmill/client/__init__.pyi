# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.client.base import PagedList as PagedList
from flowmill.client.base import RunOperations as RunOperations
from flowmill.client.client import Client as Client
from flowmill.client.client import Client as _MlflowClient
MlflowClient = _MlflowClient
from flowmill.client.values import metric_value as metric_value
