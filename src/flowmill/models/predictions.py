"""`predict`: a model asked in an environment of its own, as a deployment would ask it.

The environment is built once for each set of requirements and kept; the model is loaded there in a process of
its own, given the input, and its answer printed or written as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models import environment
from flowmill.models.example import serving_text, split_params
from flowmill.models.formats import read_json
from flowmill.models.infer import is_frame
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.uri import fetched, resolve

ENVIRONMENT_MANAGERS = (*environment.MANAGERS, "local")
CONTENT_TYPES = ("json", "csv")
_SCORE_ONCE = "flowmill.models.score_once"
"""By name: what loads a model is imported where one is loaded, which is rarely this process."""


def predict(
    model_uri: str,
    input_data: Any = None,
    input_path: str | Path | None = None,
    content_type: str = "json",
    output_path: str | Path | None = None,
    env_manager: str = "virtualenv",
    install_mlflow: bool = False,
    pip_requirements_override: list[str] | None = None,
    extra_envs: Mapping[str, str] | None = None,
) -> None:
    """Ask a model in the environment that it was logged with; print the answer or write it to ``output_path``.

    ``input_data``: anything that an input example can be, or a text in the format of ``content_type``;
    ``input_path``: a file of that format; with neither, the input is read from standard input.
    ``env_manager``: ``uv`` and ``virtualenv`` build a fresh environment from the model's requirements (both by uv;
    once, then it is reused), ``conda`` takes Python and what conda.yaml names from conda, where that is installed,
    ``local`` uses this one. ``pip_requirements_override``: lines that replace or join
    those requirements. ``extra_envs``: environment variables for the process that predicts.
    ``install_mlflow`` changes nothing, because the environment always contains what loads the model.
    """
    if content_type not in CONTENT_TYPES:
        raise Invalid(f"content_type is {content_type!r}: expected json or csv.")
    if env_manager not in ENVIRONMENT_MANAGERS:
        raise Invalid(f"env_manager is {env_manager!r}: expected uv, virtualenv, conda or local.")
    if input_data is not None and input_path is not None:
        raise Invalid("input_data and input_path are both given: expected one of them.")
    if pip_requirements_override and env_manager == "local":
        raise Invalid("pip_requirements_override changes nothing with env_manager='local': use env_manager='uv'.")
    with fetched(resolve(model_uri)) as got, tempfile.TemporaryDirectory(prefix="flowmill-predict-") as scratch:
        Model.load(got.folder).flavor(PYFUNC)
        given = Path(scratch) / f"input.{content_type}"
        given.write_bytes(_input_bytes(input_data, input_path, content_type))
        answer = Path(scratch) / "answer.json"
        if env_manager == "local":
            python = Path(sys.executable)
        else:
            python = environment.build(got.folder, pip_requirements_override, env_manager)
        _run(python, got.folder, content_type, given, answer, extra_envs)
        text = answer.read_text(encoding="utf-8")
    if output_path is not None:
        Path(output_path).write_text(text, encoding="utf-8")
    else:
        print(text)


def prepare(model_uri: str, env_manager: str = "uv") -> Path:
    """The Python that the model is asked with, its environment built if it is not there yet.

    With ``local`` it is this one; Invalid, naming all that differs, if it lacks what the model needs.
    """
    if env_manager not in ENVIRONMENT_MANAGERS:
        raise Invalid(f"env_manager is {env_manager!r}: expected uv, virtualenv, conda or local.")
    with fetched(resolve(model_uri)) as got:
        Model.load(got.folder).flavor(PYFUNC)
        if env_manager != "local":
            return environment.build(got.folder, manager=env_manager)
        missing = environment.missing_here(got.folder)
    if missing:
        raise Invalid(f"This environment is not as the model needs it: {', '.join(missing)}. Use --env-manager uv.")
    return Path(sys.executable)


def _input_bytes(data: Any, path: str | Path | None, content_type: str) -> bytes:
    if path is not None:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise Invalid(f"The input file {str(path)!r} cannot be read ({error.strerror}).") from None
    if data is None:
        return sys.stdin.buffer.read()
    if content_type == "csv":
        if is_frame(data):
            return data.to_csv(index=False).encode()
        if not isinstance(data, str):
            raise Invalid(f"input_data is {type(data).__name__}: for csv expected a DataFrame or a text.")
        return data.encode()
    if isinstance(data, str) and _is_request(data):
        return data.encode()
    if isinstance(data, dict) and len(data.keys() - {"params"}) == 1 and _is_request(data):
        return json.dumps(data).encode()
    return serving_text(*split_params(data)).encode()


def _is_request(data: Any) -> bool:
    """Whether it is a whole request already (``{"inputs": …}``) and not the data of one."""
    try:
        read_json(data if isinstance(data, str) else json.dumps(data), None)
    except (Invalid, TypeError):
        return False
    return True


def _run(
    python: Path, folder: Path, content_type: str, given: Path, answer: Path, extra_envs: Mapping[str, str] | None
) -> None:
    variables = {**os.environ, **{str(name): str(value) for name, value in (extra_envs or {}).items()}}
    if python != Path(sys.executable):
        # Modules of this process must not shadow those of the environment, whose compiled modules are kept: without
        # them every prediction would compile scikit-learn anew.
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"):
            variables.pop(name, None)
    command = [str(python), "-m", _SCORE_ONCE, str(folder), content_type, str(given), str(answer)]
    done = subprocess.run(command, env=variables, check=False, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return
    from flowmill.models.score_once import REFUSED

    if done.returncode == REFUSED:
        refusal = json.loads(answer.read_text(encoding="utf-8"))
        raise FlowmillError(refusal["message"], refusal["error_code"])
    raise FlowmillError(
        f"The model could not predict in its environment (exit code {done.returncode}; the reason stands above): "
        "check its requirements.txt, or pass pip_requirements_override=[…]."
    )


def validate_serving_input(model_uri: str, serving_input: str | dict[str, Any]) -> Any:
    """The prediction of the model in this process for a request as a scoring server gets it."""
    from flowmill.models.pyfunc import load_model

    text = serving_input if isinstance(serving_input, str) else json.dumps(serving_input)
    model = load_model(model_uri)
    data, params = read_json(text, model.metadata.get_input_schema())
    return model.predict(data, params=params)
