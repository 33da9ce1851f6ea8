# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.flavors.python_function import SET_MODEL_ERROR as SET_MODEL_ERROR
from flowmill.models.flavors.python_function import set_model as set_model
from flowmill.models.load import get_model_info as get_model_info
from flowmill.models.mlmodel import MLMODEL_FILE_NAME as MLMODEL_FILE_NAME
from flowmill.models.mlmodel import Model as Model
from flowmill.models.mlmodel import ModelInfo as ModelInfo
from flowmill.models.requirements import Files as Files
from flowmill.models.requirements import get_model_requirements_files as get_model_requirements_files
from flowmill.models.requirements import update_model_requirements as update_model_requirements
from flowmill.models.used_variables import ENV_VAR_FILE_HEADER as ENV_VAR_FILE_HEADER
from flowmill.models.used_variables import ENV_VAR_FILE_NAME as ENV_VAR_FILE_NAME
METADATA_FILES: list[str]
MODEL_CODE_PATH: str
MODEL_CONFIG: str
