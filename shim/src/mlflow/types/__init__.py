"""As ``flowmill.types``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import agent as agent
from . import chat as chat
from . import llm as llm
from . import responses as responses
from . import responses_helpers as responses_helpers
from . import schema as schema
from . import type_hints as type_hints
from flowmill.types import *
