# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.errors import FlowmillError as _ExecutionException
ExecutionException = _ExecutionException
from flowmill.errors import Invalid as _InvalidUrlException
InvalidUrlException = _InvalidUrlException
from flowmill.errors import Invalid as _MissingConfigException
MissingConfigException = _MissingConfigException
from flowmill.errors import FlowmillError as _MlflowException
MlflowException = _MlflowException
from flowmill.errors import FlowmillError as _RestException
RestException = _RestException
