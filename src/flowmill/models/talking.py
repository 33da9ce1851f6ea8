"""The kinds of models that talk: each has a signature, an example and a task that all its models share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flowmill.errors import Invalid
from flowmill.models import chat_agent, chat_model, llm_schemas, responses_agent
from flowmill.models.python_model import PythonModel, PythonModelContext
from flowmill.models.signature import ModelSignature

if TYPE_CHECKING:
    from flowmill.models.save import Details


@dataclass(frozen=True)
class Kind:
    """A kind of model that talks.

    ``loader``: what the MLmodel file calls it. ``example``: the input example as a request, from the one that is
    given or None. ``implementation``: how a model and its context answer as python_function.
    """

    base: type[PythonModel]
    loader: str
    task: str
    signature: ModelSignature
    example: Callable[[Any], Any]
    implementation: Callable[[Any, PythonModelContext], Any]


KINDS = (
    Kind(
        base=chat_model.ChatModel,
        loader=chat_model.LOADER,
        task=chat_model.TASK,
        signature=ModelSignature(llm_schemas.CHAT_MODEL_INPUT_SCHEMA, llm_schemas.CHAT_MODEL_OUTPUT_SCHEMA),
        example=chat_model.example_for,
        implementation=chat_model.ChatImplementation,
    ),
    Kind(
        base=chat_agent.ChatAgent,
        loader=chat_agent.LOADER,
        task=chat_agent.TASK,
        signature=ModelSignature(llm_schemas.CHAT_AGENT_INPUT_SCHEMA, llm_schemas.CHAT_AGENT_OUTPUT_SCHEMA),
        example=lambda given: llm_schemas.CHAT_AGENT_INPUT_EXAMPLE if given is None else given,
        implementation=chat_agent.AgentImplementation,
    ),
    Kind(
        base=responses_agent.ResponsesAgent,
        loader=responses_agent.LOADER,
        task=responses_agent.TASK,
        signature=ModelSignature(llm_schemas.RESPONSES_AGENT_INPUT_SCHEMA, llm_schemas.RESPONSES_AGENT_OUTPUT_SCHEMA),
        example=responses_agent.example_for,
        implementation=responses_agent.ResponsesImplementation,
    ),
)


def kind_of(model: object) -> Kind | None:
    """The kind of a model that talks; None for any other."""
    return next((kind for kind in KINDS if isinstance(model, kind.base)), None)


def details_of(kind: Kind, details: Details) -> Details:
    """What is said beside such a model; Invalid if a signature is given, for it has that of its kind."""
    if details.signature is not None:
        raise Invalid(f"A {kind.base.__name__} has the signature of its kind: leave signature out.")
    return replace(
        details,
        signature=kind.signature,
        input_example=kind.example(details.input_example),
        metadata={"task": kind.task, **(details.metadata or {})},
    )
