"""As ``flowmill.pyfunc.scoring_server``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import client as client
from flowmill.pyfunc.scoring_server import *
