# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.client.client import Client as _MlflowClient
MlflowClient = _MlflowClient
