"""As ``flowmill.pyfunc.scoring_server.client``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.pyfunc.scoring_server.client import *
