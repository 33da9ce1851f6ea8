# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.flavors.python_function import set_model as set_model
from flowmill.models.load import get_model_info as get_model_info
from flowmill.models.mlmodel import MLMODEL_FILE_NAME as MLMODEL_FILE_NAME
from flowmill.models.mlmodel import Model as Model
from flowmill.models.mlmodel import ModelInfo as ModelInfo
