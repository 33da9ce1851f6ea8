"""As ``flowmill.tracking.request_auth``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import abstract_request_auth_provider as abstract_request_auth_provider
from flowmill.tracking.request_auth import *
