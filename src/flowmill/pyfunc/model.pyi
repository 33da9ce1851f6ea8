# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.chat_agent import ChatAgent as ChatAgent
from flowmill.models.chat_model import ChatModel as ChatModel
from flowmill.models.pyfunc import PythonModel as PythonModel
from flowmill.models.pyfunc import PythonModelContext as PythonModelContext
from flowmill.models.pyfunc import get_default_conda_env as get_default_conda_env
from flowmill.models.pyfunc import get_default_pip_requirements as get_default_pip_requirements
