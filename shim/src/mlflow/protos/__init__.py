"""As ``flowmill.protos``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import databricks_pb2 as databricks_pb2
