# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.flavors.sklearn import FLAVOR_NAME as FLAVOR_NAME
from flowmill.models.flavors.sklearn import SERIALIZATION_FORMAT_CLOUDPICKLE as SERIALIZATION_FORMAT_CLOUDPICKLE
from flowmill.models.flavors.sklearn import SERIALIZATION_FORMAT_PICKLE as SERIALIZATION_FORMAT_PICKLE
from flowmill.models.flavors.sklearn import SERIALIZATION_FORMAT_SKOPS as SERIALIZATION_FORMAT_SKOPS
from flowmill.models.flavors.sklearn import SUPPORTED_SERIALIZATION_FORMATS as SUPPORTED_SERIALIZATION_FORMATS
from flowmill.models.flavors.sklearn import get_default_conda_env as get_default_conda_env
from flowmill.models.flavors.sklearn import get_default_pip_requirements as get_default_pip_requirements
from flowmill.models.flavors.sklearn import load_model as load_model
from flowmill.models.flavors.sklearn import log_model as log_model
from flowmill.models.flavors.sklearn import save_model as save_model
