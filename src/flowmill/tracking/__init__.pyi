# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifact_utils as artifact_utils
from . import client as client
from . import context as context
from . import default_experiment as default_experiment
from . import fluent as fluent
from . import request_auth as request_auth
from . import request_header as request_header
from flowmill.client.client import Client as _MlflowClient
MlflowClient = _MlflowClient
from flowmill.downloads import repository_of_run as __get_artifact_repo
_get_artifact_repo = __get_artifact_repo
from flowmill.stores import get_registry_uri as get_registry_uri
from flowmill.stores import get_tracking_uri as get_tracking_uri
from flowmill.stores import is_tracking_uri_set as is_tracking_uri_set
from flowmill.stores import set_registry_uri as set_registry_uri
from flowmill.stores import set_tracking_uri as set_tracking_uri
