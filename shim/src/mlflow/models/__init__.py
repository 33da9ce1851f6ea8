"""As ``flowmill.models``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import auth_policy as auth_policy
from . import evaluation as evaluation
from . import flavor_backend as flavor_backend
from . import model as model
from . import model_config as model_config
from . import rag_signatures as rag_signatures
from . import resources as resources
from . import signature as signature
from . import utils as utils
from flowmill.models import *
