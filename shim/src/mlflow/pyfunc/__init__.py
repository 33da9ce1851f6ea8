"""As ``flowmill.pyfunc``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import context as context
from . import model as model
from . import scoring_server as scoring_server
from . import utils as utils
from flowmill.pyfunc import *
