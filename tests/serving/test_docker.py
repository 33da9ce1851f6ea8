"""The image, as far as it goes without an engine: every instruction of the Dockerfile is carried out in a folder."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowmill.cli.commands import commands
from flowmill.errors import Denied, Invalid, Unavailable
from flowmill.models import build_docker, generate_dockerfile, lock_requirements
from flowmill.models.lock import LOCK_FILE
from tests.peer.server import answers, ended, free_port


class Build:
    """Carries out a Dockerfile below a folder, which stands for the root of the image; Python is a fresh one."""

    def __init__(self, context: Path, root: Path) -> None:
        self.context, self.root = context, root
        self.environment = {"PATH": f"{root / 'python' / 'bin'}:{os.environ['PATH']}", "HOME": str(root / "home")}
        self.layers: list[str] = []
        self.entrypoint: list[str] = []
        self.health: list[str] = []
        self.user = "root"
        for line in (context / "Dockerfile").read_text(encoding="utf-8").splitlines():
            name, _, rest = line.partition(" ")
            if line and not line.startswith("#"):
                self.layers.append(name)
                getattr(self, f"_{name.lower()}")(rest)

    def inside(self, word: str) -> str:
        """A word of the image with its paths below the folder."""
        at, place, path = word.partition("/opt/")
        return f"{at}{self.root}{place}{path}" if place and (not at or at.endswith("file://")) else word

    def _from(self, image: str) -> None:
        self.image = image
        subprocess.run([sys.executable, "-m", "venv", str(self.root / "python")], check=True)

    def _env(self, rest: str) -> None:
        self.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        place = Path(self.inside(target))
        for source in sources:
            if (self.context / source).is_dir():
                shutil.copytree(self.context / source, place, dirs_exist_ok=True)
            else:
                assert target.endswith("/")
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.context / source, place)

    def _run(self, rest: str) -> None:
        words = [self.inside(word) for word in json.loads(rest) if word != "--no-cache-dir"]
        subprocess.run(words, check=True, env=self.environment, cwd=self.root)

    def _user(self, rest: str) -> None:
        self.user = rest

    def _expose(self, rest: str) -> None:
        self.port = int(rest)

    def _healthcheck(self, rest: str) -> None:
        self.health = json.loads(rest.partition(" CMD ")[2])

    def _entrypoint(self, rest: str) -> None:
        self.entrypoint = json.loads(rest)


@pytest.mark.parametrize("locked", [False, True], ids=["requirements", "lock"])
def test_layer_by_layer(models: Path, tmp_path: Path, locked: bool) -> None:
    model, context = shutil.copytree(models / "table", tmp_path / "model"), tmp_path / "image"
    if locked:
        lock_requirements(str(model))
    done = CliRunner().invoke(commands, ["models", "generate-dockerfile", "-m", str(model), "-d", str(context)])
    assert done.exit_code == 0 and done.output == f"Wrote {context / 'Dockerfile'}\n", done.output
    text = (context / "Dockerfile").read_text()
    assert ('"--require-hashes", "--only-binary", ":all:"' in text) == locked and "#sha256=" in text
    build = Build(context, tmp_path / "root")
    assert build.image == f"python:3.{sys.version_info.minor}-slim"
    # The server's user is not the owner of the files.
    assert all(path.stat().st_mode & 0o004 for path in (context / "model").rglob("*"))
    # What changes often comes last, and nothing is installed after the model.
    assert build.layers.index("RUN") < len(build.layers) - 1 - build.layers[::-1].index("COPY")
    assert build.user != "root" and build.port == 8080
    port = free_port()
    # The word serve, which SageMaker says, and options that the user adds.
    command = [*build.entrypoint, "serve", "--port", str(port)]
    environment = {**build.environment, "FLOWMILL_MODEL": build.inside("/opt/ml/model")}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=build.root, stdout=output, stderr=output, start_new_session=True
        )
    with ended(process):
        end = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/ping"):
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        health = [word.replace("8080", str(port)) for word in build.health]
        assert subprocess.run(health, env=environment, check=False).returncode == 0
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        body = json.dumps({"dataframe_records": [{"a": 1.5, "b": "x", "n": 1}]})
        connection.request("POST", "/invocations", body, {"Content-Type": "application/json", "Host": "model.svc"})
        answer = connection.getresponse()
        assert answer.status == 200 and json.loads(answer.read())["predictions"][0]["n"] == 1
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    listed = subprocess.run(
        ["python", "-m", "pip", "list", "--format", "freeze"], env=build.environment, capture_output=True, check=True
    ).stdout.decode()
    assert "flowmill==" in listed and "mlflow==" not in listed and "fastapi" not in listed
    assert subprocess.run(health, env=environment, check=False, capture_output=True).returncode != 0


def test_a_layer_of_other_files_than_were_locked_is_not_built(models: Path, tmp_path: Path) -> None:
    model, context = shutil.copytree(models / "table", tmp_path / "model"), tmp_path / "image"
    lock_requirements(str(model))
    head, _, pins = (model / LOCK_FILE).read_text().partition("\n")
    (model / LOCK_FILE).write_text(head + "\n" + re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", pins))
    with pytest.raises(subprocess.CalledProcessError) as caught:
        generate_dockerfile(str(model), context)
        Build(context, tmp_path / "root")
    assert "--require-hashes" in caught.value.cmd


def test_for_any_model(tmp_path: Path) -> None:
    dockerfile = generate_dockerfile(output_directory=tmp_path / "image", install_java=True)
    text = dockerfile.read_text()
    assert "default-jre-headless" in text and "COPY model" not in text and "ENVIRONMENT_READY" not in text
    assert sorted(each.name for each in dockerfile.parent.iterdir()) == [".dockerignore", "Dockerfile", "wheel"]
    generate_dockerfile(output_directory=tmp_path / "image")  # its own folder is written anew
    environment = {**os.environ, "FLOWMILL_MODEL": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-m", "flowmill.cli.container"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "there is no model at" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "line",
    ["numpy; import os", "x\nRUN touch /tmp/pwned", "--index-url http://evil.example/simple", "-e .", "a @ file:///x"],
)
def test_lines_of_a_model_cannot_steer_the_build(models: Path, tmp_path: Path, line: str) -> None:
    model = shutil.copytree(models / "table", tmp_path / "model")
    (model / "requirements.txt").write_text(line)
    with pytest.raises(Invalid, match=r"is not of the form|names the place"):
        generate_dockerfile(str(model), tmp_path / "image")


def test_what_a_link_in_the_model_leads_to_stays_out_of_the_image(models: Path, tmp_path: Path) -> None:
    model = shutil.copytree(models / "table", tmp_path / "model")
    (tmp_path / "private.key").write_text("mine")
    (model / "notes.txt").symlink_to(tmp_path / "private.key")
    with pytest.raises(Invalid, match=r"'notes\.txt' leads out of the model folder"):
        generate_dockerfile(str(model), tmp_path / "image")
    assert not (tmp_path / "image" / "model").exists()


def test_versions_and_names_cannot_either(models: Path, tmp_path: Path) -> None:
    model = shutil.copytree(models / "table", tmp_path / "model")
    (model / "python_env.yaml").write_text("python: '3.11\\nRUN touch /tmp/pwned'")
    with pytest.raises(Invalid, match="asks for Python"):
        generate_dockerfile(str(model), tmp_path / "image")
    for base in ("python:3.11\nRUN x", "-x", "a b", "$(x)"):
        with pytest.raises(Invalid, match="base_image"):
            generate_dockerfile(output_directory=tmp_path / "image", base_image=base)
    for name in ("-x", "x; touch y", "$(touch y)", "Upper", ""):
        with pytest.raises(Invalid, match="image name"):
            build_docker(name=name)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(Invalid, match="other files"):
        generate_dockerfile(output_directory=tmp_path / "other")
    assert (tmp_path / "other" / "thesis.txt").exists()
    with pytest.raises(Invalid, match="environment of its own"):
        generate_dockerfile(output_directory=tmp_path / "image", env_manager="local")


def test_a_strangers_model_is_not_made_trusted(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWMILL_CONFIG_DIR", str(tmp_path / "nobody"))
    with pytest.raises(Denied, match="no key that you trust"):
        generate_dockerfile(str(models / "table"), tmp_path / "image")
    assert not (tmp_path / "image").exists()
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    assert "ALLOW_PICKLE" in generate_dockerfile(str(models / "table"), tmp_path / "image").read_text()


def test_without_an_engine_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="generate-dockerfile"):
        build_docker()


def test_the_engine_gets_a_list_of_words(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in docker's place writes down what it was asked, and what lay in the folder."""
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/asked\nls "$4" > {tmp_path}/found\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    done = CliRunner().invoke(commands, ["models", "build-docker", "-m", str(models / "table"), "-n", "team/table:1"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "asked").read_text().startswith("build|--tag|team/table:1|")
    assert {"Dockerfile", "model", "requirements.txt", "wheel"} <= set((tmp_path / "found").read_text().split())
