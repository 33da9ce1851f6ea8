# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.chat_agent import ChatAgent as ChatAgent
from flowmill.models.chat_model import ChatModel as ChatModel
from flowmill.models.pyfunc import get_default_conda_env as get_default_conda_env
from flowmill.models.pyfunc import get_default_pip_requirements as get_default_pip_requirements
from flowmill.models.python_model import PythonModel as PythonModel
from flowmill.models.python_model import PythonModelContext as PythonModelContext
from flowmill.models.responses_agent import ResponsesAgent as ResponsesAgent
CONFIG_KEY_ARTIFACTS: str
CONFIG_KEY_ARTIFACT_RELATIVE_PATH: str
CONFIG_KEY_ARTIFACT_URI: str
CONFIG_KEY_CLOUDPICKLE_VERSION: str
CONFIG_KEY_COMPRESSION: str
CONFIG_KEY_PYTHON_MODEL: str
