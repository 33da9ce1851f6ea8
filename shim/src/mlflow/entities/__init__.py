"""As ``flowmill.entities``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import dataset as dataset
from . import experiment as experiment
from . import metric as metric
from . import model_registry as model_registry
from . import run as run
from . import webhook as webhook
from flowmill.entities import *
from flowmill.entities import _DatasetSummary as _DatasetSummary
