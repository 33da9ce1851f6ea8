"""Images that serve a model: a folder with a Dockerfile and all that it copies, and the image built from it.

Three layers: a slim Python, an environment that changes with the model's requirements alone, and the model. A new
version of a model with the same requirements is a new last layer.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from flowmill.errors import FlowmillError, Invalid, Unavailable
from flowmill.models.env import CONSTRAINTS_FILE, REQUIREMENTS_FILE, is_own_line, python_of
from flowmill.models.environment import OLDEST_MINOR, complete_lock, requirements_of
from flowmill.models.folder import copy_model
from flowmill.models.lock import LOCK_FILE
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.own_wheel import own_wheel
from flowmill.models.seal import ALLOW_VARIABLE, may_run_code
from flowmill.models.uri import fetched, resolve
from flowmill.models.wheels import WHEELS_FOLDER, wheels_of

PORT = 8080
"""Where the server in the image listens, as MLflow's images do."""
MODEL_FOLDER = "/opt/ml/model"
OWN_FOLDER = "/opt/flowmill"
_USER = 10001
_ON_JAVA = frozenset({"spark", "mleap", "h2o", "johnsnowlabs"})
_JAVA = (
    "apt-get update && apt-get install -y --no-install-recommends default-jre-headless && rm -rf /var/lib/apt/lists/*"
)
_BASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,250}")
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/-]{0,250}(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?")


def generate_dockerfile(
    model_uri: str | None = None,
    output_directory: str | Path = "mlflow-dockerfile",
    env_manager: str | None = None,
    mlflow_home: str | None = None,
    install_java: bool | None = None,
    install_mlflow: bool = False,
    base_image: str | None = None,
) -> Path:
    """Write a folder from which ``docker build`` makes an image that serves a model on port 8080; its Dockerfile.

    Without ``model_uri`` the image serves what is mounted at ``/opt/ml/model``, and makes its environment when it
    starts. ``base_image``: instead of the slim image of the model's Python. ``install_java``: None for models that
    need it. ``install_mlflow`` changes nothing: the image has Flowmill as it runs here.
    """
    if env_manager not in (None, "uv", "virtualenv"):
        raise Invalid(f"env_manager is {env_manager!r}: an image has an environment of its own; use uv or virtualenv.")
    if mlflow_home is not None:
        raise Invalid("mlflow_home names a checkout to install, but the image gets Flowmill as it runs here.")
    if base_image is not None and not _BASE.fullmatch(base_image):
        raise Invalid(f"base_image is {base_image!r}: expected the name of an image, such as python:3.12-slim.")
    folder = Path(output_directory)
    if folder.exists() and any(folder.iterdir()) and not (folder / "Dockerfile").is_file():
        raise Invalid(f"{folder} has other files: name an empty or a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(draft, model_uri, base_image, install_java)
        if folder.exists():
            shutil.rmtree(folder)
        # Moved when it is whole: a refusal half-way leaves what was there before.
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder / "Dockerfile"


def _write(folder: Path, model_uri: str | None, base_image: str | None, install_java: bool | None) -> None:
    folder.chmod(0o755)
    wheel = own_wheel(folder / "wheel")
    own = f"flowmill @ file://{OWN_FOLDER}/wheel/{wheel.path.name}#sha256={wheel.write()}"
    if model_uri is None:
        lines = _generic(base_image or f"python:3.{sys.version_info.minor}-slim", own, bool(install_java))
    else:
        with fetched(resolve(model_uri)) as got:
            lines = _for_model(got.folder, folder, base_image, own, install_java)
    (folder / ".dockerignore").write_text("**/__pycache__\n", encoding="utf-8")
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n", encoding="utf-8")


def build_docker(
    model_uri: str | None = None,
    name: str = "mlflow-pyfunc",
    env_manager: str = "virtualenv",
    mlflow_home: str | None = None,
    install_java: bool | None = False,
    install_mlflow: bool = False,
    base_image: str | None = None,
) -> None:
    """Build an image of this name that serves a model, with Docker or Podman on this machine.

    The arguments are those of `generate_dockerfile`. ``docker run -p 5001:8080 NAME`` serves at port 5001.
    """
    if not _IMAGE.fullmatch(name):
        raise Invalid(f"The image name {name!r} is not of the form team/churn:3, in lower case.")
    engine = next((found for each in ("docker", "podman") if (found := shutil.which(each))), None)
    if engine is None:
        raise Unavailable(
            "Building an image needs Docker or Podman, which are not installed: install one, or write the folder with "
            "`flowmill models generate-dockerfile` and build it elsewhere."
        )
    with tempfile.TemporaryDirectory(prefix="flowmill-docker-") as scratch:
        folder = Path(scratch) / "image"
        generate_dockerfile(model_uri, folder, env_manager, mlflow_home, install_java, install_mlflow, base_image)
        done = subprocess.run([engine, "build", "--tag", name, str(folder)], check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise FlowmillError(f"{Path(engine).name} could not build the image; the reason stands above.")


def _for_model(
    model_folder: Path, folder: Path, base_image: str | None, own: str, install_java: bool | None
) -> list[str]:
    model = Model.load(model_folder)
    model.flavor(PYFUNC)
    # What you trust here, the image trusts, which has none of your keys.
    allowed = may_run_code(model_folder)
    lock = complete_lock(model_folder)
    brought = wheels_of(model_folder)
    if lock is not None:
        files = {LOCK_FILE: str(lock)}
        options = ["--require-hashes", "--only-binary", ":all:", "--requirement", f"{OWN_FOLDER}/{LOCK_FILE}"]
        if brought is not None:
            options += brought.options(lock, f"{OWN_FOLDER}/{WHEELS_FOLDER}")
    else:
        lines = [line for line in requirements_of(model_folder) if not is_own_line(line)]
        files = {
            REQUIREMENTS_FILE: "".join(f"{line}\n" for line in lines if not line.startswith("-c ")),
            CONSTRAINTS_FILE: "".join(f"{line.removeprefix('-c ')}\n" for line in lines if line.startswith("-c ")),
        }
        options = [
            "--requirement",
            f"{OWN_FOLDER}/{REQUIREMENTS_FILE}",
            "--constraint",
            f"{OWN_FOLDER}/{CONSTRAINTS_FILE}",
        ]
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    if brought is not None:
        copy_model(brought.folder, folder / WHEELS_FOLDER)
    # Wheels are in the layer of the environment.
    copy_model(model_folder, folder / "model", *([] if brought is None else [WHEELS_FOLDER]))
    for path in (folder / "model", *(folder / "model").rglob("*")):  # the image's user is another than the owner
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
    java = bool(_ON_JAVA & set(model.flavors)) if install_java is None else install_java
    return [
        *_beginning(base_image or f"python:{_minor(model_folder)}-slim", java),
        "# The environment: the same layer as long as the model's requirements are the same.",
        f"COPY {' '.join(files)} {OWN_FOLDER}/",
        f"COPY wheel {OWN_FOLDER}/wheel",
        *([] if brought is None else [f"COPY {WHEELS_FOLDER} {OWN_FOLDER}/{WHEELS_FOLDER}"]),
        f"RUN {_words(_pip([own], options))}",
        "",
        "# The model.",
        f"COPY model {MODEL_FOLDER}",
        "ENV FLOWMILL_ENVIRONMENT_READY=true",
        *([f"ENV {ALLOW_VARIABLE}=true"] if allowed else []),
        "",
        *_end(),
    ]


def _generic(base_image: str, own: str, java: bool) -> list[str]:
    return [
        *_beginning(base_image, java),
        "# The server, and what makes the environment of the model when it starts.",
        f"COPY wheel {OWN_FOLDER}/wheel",
        f"RUN {_words(_pip([own, 'uv', 'packaging'], []))}",
        "ENV FLOWMILL_CACHE_DIR=/tmp/flowmill",
        "",
        *_end(),
    ]


def _minor(folder: Path) -> str:
    wanted = python_of(folder) or f"3.{sys.version_info.minor}"
    found = re.match(r"3\.(\d+)(\.\d+)*$", wanted)
    if found is None:
        raise Invalid(f"The model's python_env.yaml asks for Python {wanted!r}: expected a version such as 3.11.5.")
    if int(found[1]) < OLDEST_MINOR:
        print(f"The model was made with Python {wanted}; the image has Python 3.{OLDEST_MINOR}.", file=sys.stderr)
        return f"3.{OLDEST_MINOR}"
    return f"3.{found[1]}"


def _beginning(base_image: str, java: bool) -> list[str]:
    return [
        "# An image that serves a model: docker build --tag NAME . && docker run -p 5001:8080 NAME",
        f"FROM {base_image}",
        "ENV PYTHONUNBUFFERED=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1",
        *([f"RUN {_JAVA}"] if java else []),
        "",
    ]


def _end() -> list[str]:
    ask = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}/ping', timeout=5)"
    return [
        "# Any name may lead here: who reaches the container is decided outside of it.",
        'ENV MLFLOW_SERVER_ALLOWED_HOSTS="*"',
        f"USER {_USER}",
        f"EXPOSE {PORT}",
        f"HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD {_words(['python', '-c', ask])}",
        f"ENTRYPOINT {_words(['python', '-m', 'flowmill.cli.container'])}",
    ]


def _pip(what: Iterable[str], options: Iterable[str]) -> list[str]:
    return ["python", "-m", "pip", "install", "--no-cache-dir", "--compile", *options, *what]


def _words(words: list[str]) -> str:
    """A command as a list: no shell reads it, whatever stands in it."""
    return json.dumps(words)
