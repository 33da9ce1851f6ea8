# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.agent_types import ChatAgentChunk as ChatAgentChunk
from flowmill.models.agent_types import ChatAgentMessage as ChatAgentMessage
from flowmill.models.agent_types import ChatAgentRequest as ChatAgentRequest
from flowmill.models.agent_types import ChatAgentResponse as ChatAgentResponse
from flowmill.models.agent_types import ChatContext as ChatContext
from flowmill.models.llm_schemas import CHAT_AGENT_INPUT_EXAMPLE as CHAT_AGENT_INPUT_EXAMPLE
from flowmill.models.llm_schemas import CHAT_AGENT_INPUT_SCHEMA as CHAT_AGENT_INPUT_SCHEMA
from flowmill.models.llm_schemas import CHAT_AGENT_OUTPUT_SCHEMA as CHAT_AGENT_OUTPUT_SCHEMA
