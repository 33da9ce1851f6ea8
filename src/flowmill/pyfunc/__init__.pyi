# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import context as context
from . import model as model
from . import scoring_server as scoring_server
from flowmill.models.prediction_context import Context as Context
from flowmill.models.prediction_context import set_prediction_context as set_prediction_context
from flowmill.models.pyfunc import CODE as CODE
from flowmill.models.pyfunc import DATA as DATA
from flowmill.models.pyfunc import ENV as ENV
from flowmill.models.pyfunc import EnvType as EnvType
from flowmill.models.pyfunc import FLAVOR_NAME as FLAVOR_NAME
from flowmill.models.pyfunc import MAIN as MAIN
from flowmill.models.pyfunc import PY_VERSION as PY_VERSION
from flowmill.models.pyfunc import PyFuncModel as PyFuncModel
from flowmill.models.pyfunc import PythonModel as PythonModel
from flowmill.models.pyfunc import PythonModelContext as PythonModelContext
from flowmill.models.pyfunc import add_to_model as add_to_model
from flowmill.models.pyfunc import get_default_conda_env as get_default_conda_env
from flowmill.models.pyfunc import get_default_pip_requirements as get_default_pip_requirements
from flowmill.models.pyfunc import get_model_dependencies as get_model_dependencies
from flowmill.models.pyfunc import load_model as load_model
from flowmill.models.pyfunc import load_pyfunc as load_pyfunc
from flowmill.models.pyfunc import log_model as log_model
from flowmill.models.pyfunc import save_model as save_model
from flowmill.models.spark_udf import spark_udf as spark_udf
