"""What is known of a run before its first line is logged: who started it, from which file and commit."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from flowmill.git import git_state
from flowmill.notices import say_once
from flowmill.plugins import RUN_CONTEXT, context_providers
from flowmill.redaction import without_secrets

USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"
GIT_COMMIT = "mlflow.source.git.commit"
GIT_BRANCH = "mlflow.source.git.branch"
GIT_REPOSITORY = "mlflow.source.git.repoURL"

_GIVEN = "MLFLOW_RUN_CONTEXT"
"""The variable with further tags of every run, as a JSON object."""


_of_process: dict[str, str] = {}
"""What was found out while the process ran, for the runs that it makes from then on."""


def set_tag_of_process(key: str, value: str | None) -> None:
    """Give every run that this process makes from now on this tag; None: no longer."""
    if value is None:
        _of_process.pop(key, None)
    else:
        _of_process[key] = value


def context_tags() -> dict[str, str]:
    """Tags of user, source and git, as MLflow's page and clients know them, then those of the environment, of plugins
    and of the process."""
    tags = {
        USER: user_name(),
        SOURCE_NAME: source_name(),
        SOURCE_TYPE: "NOTEBOOK" if _in_notebook() else "LOCAL",
    }
    state = git_state(source_folder())
    for key, value in ((GIT_COMMIT, state.commit), (GIT_BRANCH, state.branch), (GIT_REPOSITORY, state.remote)):
        if value:
            tags[key] = without_secrets(value)
    return {**tags, **_given_tags(), **_tags_of_plugins(), **_of_process}


def resolve_tags(tags: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags that a run gets which is made with these."""
    return {**context_tags(), **(tags or {})}


def user_name() -> str:
    """The user's login name, ``unknown`` where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without an entry for its user id
        return "unknown"


def source_name() -> str:
    """What runs, as the command line named it: a file, ``-c``, a notebook; ``<console>`` where nothing was named."""
    if _in_notebook():
        # Jupyter's server and Visual Studio Code say which one it is.
        named = os.environ.get("JPY_SESSION_NAME") or getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", None)
        return Path(named).name if named else "notebook"
    return sys.argv[0] or "<console>" if sys.argv else "<console>"


def source_folder() -> Path:
    """Where the code that runs lies; the current folder if it is in no file."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    return Path(file).absolute().parent if file else Path.cwd()


def _in_notebook() -> bool:
    # IPython can only be running if it was imported.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _given_tags() -> dict[str, str]:
    text = os.environ.get(_GIVEN)
    if not text:
        return {}
    try:
        return {str(key): str(value) for key, value in json.loads(text).items()}
    except (ValueError, AttributeError):
        say_once(f"{_GIVEN} is left out of the runs' tags: it is {text[:60]!r}, not a JSON object.")
        return {}


def _tags_of_plugins() -> dict[str, str]:
    tags: dict[str, str] = {}
    for provider in context_providers(RUN_CONTEXT):
        try:
            tags |= {str(key): str(value) for key, value in provider.tags().items()}
        except Exception as error:  # a plugin must not keep a run from starting
            say_once(f"The tags of {type(provider).__name__} are left out: {error}")
    return tags
