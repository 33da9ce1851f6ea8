"""As ``flowmill.tracking``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifact_utils as artifact_utils
from . import client as client
from . import context as context
from . import default_experiment as default_experiment
from . import fluent as fluent
from . import request_auth as request_auth
from . import request_header as request_header
from flowmill.tracking import *
from flowmill.tracking import _get_artifact_repo as _get_artifact_repo
