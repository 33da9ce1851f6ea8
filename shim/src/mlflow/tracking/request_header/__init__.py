"""As ``flowmill.tracking.request_header``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import abstract_request_header_provider as abstract_request_header_provider
from flowmill.tracking.request_header import *
