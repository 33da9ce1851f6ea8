"""Making a registered version from a model that is already logged."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from flowmill.client.client import Client
from flowmill.entities.registry import ModelVersion
from flowmill.errors import AlreadyExists

_IN_RUN = re.compile(r"runs:/([^/]+)/(.+)")


def register(
    client: Client,
    source: str,
    name: str,
    *,
    run_id: str | None = None,
    model_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """The next version of ``name`` from the model at ``source``; the registered model is made if it is not there.

    A ``runs:/<run>/<name>`` that names a logged model of the run is registered as that model.
    """
    if model_id is None and (in_run := _IN_RUN.fullmatch(source)):
        run_id = str(in_run[1])
        model_id = logged_in_run(client, run_id, str(in_run[2]))
        source = f"models:/{model_id}" if model_id else source
    if model_id is None and source.startswith("models:/m-"):
        model_id = source.removeprefix("models:/")
    try:
        client.create_registered_model(name)
        print(f"Successfully registered model '{name}'.", file=sys.stderr)
    except AlreadyExists:
        print(f"Registered model '{name}' exists already: this becomes its next version.", file=sys.stderr)
    version = client.create_model_version(name, source, run_id, tags, model_id=model_id)
    print(f"Created version '{version.version}' of model '{name}'.", file=sys.stderr)
    return version


def logged_in_run(client: Client, run_id: str, name: str) -> str | None:
    """The id of the newest model called ``name`` among the outputs of a run, None if there is none."""
    run = client.get_run(run_id)
    made = run.outputs.model_outputs if run.outputs else []
    for output in reversed(made):
        if client.get_logged_model(output.model_id).name == name:
            return output.model_id
    return None
