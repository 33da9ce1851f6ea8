"""The flags of MLflow's ``models`` commands are taken by ours, each in all its spellings."""

from __future__ import annotations

import click
import pytest

from flowmill.cli.models import models

FLAGS = {
    "predict": "--model-uri -m --input-path -i --output-path -o --content-type -t --env-manager --install-mlflow "
    "--pip-requirements-override -r --env",
    "serve": "--model-uri -m --port -p --host -h --timeout -t --workers -w --env-manager --no-conda --install-mlflow",
    "prepare-env": "--model-uri -m --env-manager --install-mlflow",
    "build-docker": "--model-uri -m --name -n --env-manager --mlflow-home --install-java --install-mlflow",
    "generate-dockerfile": "--model-uri -m --output-directory -d --env-manager --mlflow-home --install-java "
    "--install-mlflow",
    "update-pip-requirements": "--model-uri -m",
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags(name: str) -> None:
    command = models.commands[name]
    taken = {spelling for option in command.params if isinstance(option, click.Option) for spelling in option.opts}
    assert not set(FLAGS[name].split()) - taken


@pytest.mark.parametrize("name", ["predict", "serve", "prepare-env", "build-docker", "generate-dockerfile"])
def test_what_makes_environments_is_named_as_in_mlflow(name: str) -> None:
    (option,) = [option for option in models.commands[name].params if option.name == "env_manager"]
    assert isinstance(option.type, click.Choice) and {"virtualenv", "uv"} <= set(option.type.choices)
