"""The environment that a model needs: requirements.txt, conda.yaml and python_env.yaml of its folder.

The first requirement is ``mlflow`` in the release whose contract Flowmill keeps, so that any tool made for
MLflow can serve the model; where Flowmill itself builds the environment, it puts itself in that place.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.modules import distributions_of, installed_name, installed_version
from flowmill.models.yaml_files import read_yaml, write_yaml
from flowmill.version import MLFLOW_VERSION

REQUIREMENTS_FILE = "requirements.txt"
CONSTRAINTS_FILE = "constraints.txt"
CONDA_FILE = "conda.yaml"
PYTHON_ENV_FILE = "python_env.yaml"
OWN_LINE = f"mlflow=={MLFLOW_VERSION}"


@dataclass
class Environment:
    """Requirement lines (PEP 508), constraint lines, and the Python version that the model was made with."""

    requirements: list[str]
    constraints: list[str] = field(default_factory=list)
    python: str = ".".join(map(str, sys.version_info[:3]))
    conda: dict[str, Any] | None = None

    def save(self, folder: Path) -> None:
        """Write the three files, and constraints.txt if there are constraints."""
        lines = list(self.requirements)
        if self.constraints:
            (folder / CONSTRAINTS_FILE).write_text("\n".join(self.constraints), encoding="utf-8")
            lines.append(f"-c {CONSTRAINTS_FILE}")
        (folder / REQUIREMENTS_FILE).write_text("\n".join(lines), encoding="utf-8")
        (folder / CONDA_FILE).write_text(write_yaml(self.conda or self.conda_form(lines)), encoding="utf-8")
        (folder / PYTHON_ENV_FILE).write_text(self._python_env(), encoding="utf-8")

    def conda_form(self, lines: list[str] | None = None) -> dict[str, Any]:
        """The contents of conda.yaml, with these lines in place of the requirements if they are given."""
        pip = installed_version("pip")
        return {
            "channels": ["conda-forge"],
            "dependencies": [
                f"python={self.python}",
                f"pip<={pip}" if pip else "pip",
                {"pip": self.requirements if lines is None else lines},
            ],
            "name": "mlflow-env",
        }

    def _python_env(self) -> str:
        # The order of the keys is part of what readers of the file are used to, so it is not sorted.
        tools = [(name, installed_version(name)) for name in ("pip", "setuptools", "wheel")]
        build = "".join(f"- {name}=={version}\n" if version else f"- {name}\n" for name, version in tools)
        return f"python: {self.python}\nbuild_dependencies:\n{build}dependencies:\n- -r {REQUIREMENTS_FILE}\n"


def environment_for(
    modules: Iterable[str],
    packages: Iterable[str],
    pip_requirements: str | Path | list[str] | None = None,
    extra_pip_requirements: str | Path | list[str] | None = None,
    conda_env: str | Path | dict[str, Any] | None = None,
) -> Environment:
    """The environment of a model.

    ``modules``: top-level modules that it uses; ``packages``: distributions that its flavor needs to load it.
    ``pip_requirements`` (a list of lines or a file of them) replaces what was found, ``extra_pip_requirements``
    adds to it, ``conda_env`` (a file or its contents) replaces all.
    """
    given = [name for name, value in _named(pip_requirements, extra_pip_requirements, conda_env) if value is not None]
    if len(given) > 1:
        raise Invalid(f"Only one of {' and '.join(given)} can be given: they all say what the model needs.")
    if conda_env is not None:
        return _of_conda(conda_env)
    if pip_requirements is not None:
        requirements, constraints = read_requirements(pip_requirements)
        return Environment(_with_own_line(requirements), constraints)
    versions, _ = distributions_of(modules)
    for name in packages:
        version = installed_version(name)
        if version is not None:
            versions[installed_name(name)] = version
    found = [f"{name}=={version.partition('+')[0]}" for name, version in sorted(versions.items())]
    extra, constraints = read_requirements(extra_pip_requirements or [])
    named = {name_of(line) for line in extra}
    kept = [line for line in found if name_of(line) not in named]
    return Environment(_with_own_line([*kept, *extra]), constraints)


def _named(pip: object, extra: object, conda: object) -> list[tuple[str, object]]:
    return [("pip_requirements", pip), ("extra_pip_requirements", extra), ("conda_env", conda)]


def _with_own_line(lines: list[str]) -> list[str]:
    return lines if any(is_own_line(line) for line in lines) else [OWN_LINE, *lines]


def is_own_line(line: str) -> bool:
    """Whether a requirement stands for Flowmill itself: mlflow or flowmill, in any of their shapes."""
    return name_of(line) in ("mlflow", "mlflow-skinny", "mlflow-tracing", "flowmill")


def name_of(line: str) -> str:
    """The normalised name of the distribution that a requirement line asks for; empty for an option."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def read_requirements(given: str | Path | list[str]) -> tuple[list[str], list[str]]:
    """Requirement and constraint lines from a list of lines or a file; ``-r file`` and ``-c file`` are followed."""
    if isinstance(given, str | Path):
        return _lines_of_file(Path(given), 0)
    if not isinstance(given, list | tuple) or not all(isinstance(line, str) for line in given):
        raise Invalid(f"Requirements must be a list of lines or a file of them, not {given!r}.")
    return _sorted_lines(given, Path(), 0)


def _lines_of_file(file: Path, depth: int) -> tuple[list[str], list[str]]:
    if depth > 10:
        raise Invalid(f"The requirements file {file} includes itself.")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(f"The requirements file {str(file)!r} cannot be read ({error.strerror}).") from None
    return _sorted_lines(text.replace("\\\n", " ").splitlines(), file.parent, depth)


def _sorted_lines(lines: Iterable[str], folder: Path, depth: int) -> tuple[list[str], list[str]]:
    requirements: list[str] = []
    constraints: list[str] = []
    for raw in lines:
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        option = re.match(r"(-r|--requirement|-c|--constraint)[=\s]+(.+)", line)
        if not line:
            continue
        if option is None:
            requirements.append(line)
            continue
        inner, limits = _lines_of_file(folder / option[2].strip(), depth + 1)
        if option[1] in ("-r", "--requirement"):
            requirements += inner
            constraints += limits
        else:
            constraints += inner
    return requirements, constraints


def _of_conda(given: str | Path | dict[str, Any]) -> Environment:
    conda = given if isinstance(given, dict) else read_yaml(_existing(Path(given)))
    dependencies = conda.get("dependencies")
    if not isinstance(dependencies, list):
        raise Invalid(f"conda_env has the dependencies {dependencies!r}: expected a list.")
    pip: list[str] = next((item["pip"] for item in dependencies if isinstance(item, dict) and "pip" in item), [])
    python = next((str(item) for item in dependencies if re.match(r"python\s*=", str(item))), None)
    environment = Environment(_with_own_line(list(pip)))
    if python is not None:
        environment.python = re.split(r"[=<>!~\s]+", python)[1]
    if not any(is_own_line(line) for line in pip):
        others = [item for item in dependencies if not (isinstance(item, dict) and "pip" in item)]
        conda = {**conda, "dependencies": [*others, {"pip": environment.requirements}]}
    environment.conda = conda
    return environment


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise Invalid(f"conda_env {str(file)!r} is no file.")
    return file


def python_of(folder: Path) -> str | None:
    """The Python version in a model's python_env.yaml; None if it does not say."""
    file = folder / PYTHON_ENV_FILE
    version = read_yaml(file).get("python") if file.is_file() else None
    return str(version) if version is not None else None
