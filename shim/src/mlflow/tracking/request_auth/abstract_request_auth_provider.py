"""As ``flowmill.tracking.request_auth.abstract_request_auth_provider``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.tracking.request_auth.abstract_request_auth_provider import *
