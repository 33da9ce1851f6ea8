"""As ``flowmill.tracking.request_header.abstract_request_header_provider``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.request_header.abstract_request_header_provider import *
