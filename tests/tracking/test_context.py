"""What a run says of the code that made it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill import patch
from tests.webhooks.receiver import Receiver

SCRIPT = """
import json, sys
import flowmill as mlflow
with mlflow.start_run() as run:
    pass
run = mlflow.get_run(run.info.run_id)
files = [file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id, "source")]
text = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/source/uncommitted.patch") if files else None
print(json.dumps({"tags": run.data.tags, "patch": text}))
"""


def git(folder: Path, *words: str) -> str:
    settings = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    return subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a script in it, clean."""
    folder = tmp_path / "repository"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "train.py").write_text(SCRIPT)
    (folder / "model.py").write_text("layers = 2\n")
    (folder / "settings.txt").write_text("nothing\n")
    (folder / ".gitignore").write_text("ignored.txt\n")
    git(folder, "init", "--quiet", "--initial-branch", "trunk")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    git(folder, "remote", "add", "fork", "https://example.org/fork.git")
    git(folder, "remote", "add", "origin", "https://ada:hunter2@example.org/origin.git")
    return folder


def run(folder: Path, *words: str, **environment: str) -> tuple[dict[str, str], str | None]:
    """Tags and patch of the run that a command makes in a folder."""
    given = {"MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), "FLOWMILL_SOURCE_PATCH": "true", **environment}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=True, env=os.environ | given
    )
    seen = json.loads(done.stdout.splitlines()[-1])
    return seen["tags"], seen["patch"]


def test_a_script_is_named_as_the_command_named_it(repository: Path) -> None:
    tags, found = run(repository, "sub/train.py")
    assert found is None  # the work tree is clean
    assert tags["mlflow.source.name"] == "sub/train.py"
    assert tags["mlflow.source.type"] == "LOCAL"
    assert tags["mlflow.source.git.commit"] == git(repository, "rev-parse", "HEAD").strip()
    assert tags["mlflow.source.git.branch"] == "trunk"
    assert tags["mlflow.source.git.repoURL"] == "https://example.org/origin.git"
    assert run(repository / "sub", "-m", "train")[0]["mlflow.source.name"] == str(repository / "sub" / "train.py")
    assert run(repository, "-c", SCRIPT)[0]["mlflow.source.name"] == "-c"


def test_a_detached_head_has_no_branch_and_any_remote_will_do(repository: Path) -> None:
    git(repository, "remote", "remove", "origin")
    git(repository, "checkout", "--quiet", "--detach")
    tags, _ = run(repository, "sub/train.py")
    assert tags["mlflow.source.git.repoURL"] == "https://example.org/fork.git"
    assert "mlflow.source.git.branch" not in tags
    assert tags["mlflow.source.git.commit"] == git(repository, "rev-parse", "HEAD").strip()


def test_a_work_tree_of_its_own_knows_the_repository(repository: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "-b", "side", "../side")
    tags, _ = run(repository.parent / "side", "sub/train.py")
    assert tags["mlflow.source.git.branch"] == "side"
    assert tags["mlflow.source.git.repoURL"] == "https://example.org/origin.git"


def test_uncommitted_changes_are_stored_without_secrets(repository: Path) -> None:
    (repository / "config.py").write_text("x = 1\n")
    (repository / "token.env").write_text("A=1\n")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "second")
    (repository / "model.py").write_text("layers = 3\n")
    (repository / "config.py").write_text('api_key = "abcdef"\nurl = "https://ada:hunter2@example.org/x"\nlr = 0.1\n')
    (repository / "token.env").write_text("SOMETHING=topsecret\n")
    (repository / "new.py").write_text("pass\n")
    (repository / "ignored.txt").write_text("pass\n")
    _, found = run(repository, "sub/train.py")
    assert found is not None
    assert "-layers = 2\n+layers = 3\n" in found
    assert 'api_key = "***"' in found and "+lr = 0.1" in found
    for secret in ("abcdef", "hunter2", "topsecret"):
        assert secret not in found
    assert "# Left out: token.env: it may hold secrets\n" in found
    assert "# Untracked: new.py\n" in found and "ignored.txt" not in found


def test_the_patch_can_be_applied(repository: Path) -> None:
    (repository / "model.py").write_text("layers = 3\n")
    (repository / "new.py").write_text("pass\n")
    _, found = run(repository, "sub/train.py")
    git(repository, "checkout", "--quiet", "model.py")
    (repository.parent / "found.patch").write_text(found or "")
    git(repository, "apply", "../found.patch")
    assert (repository / "model.py").read_text() == "layers = 3\n"


def test_a_long_patch_ends_at_a_whole_file(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "model.py").write_text("layers = 3\n")
    (repository / "settings.txt").write_text("x" * 5000)
    monkeypatch.setattr(patch, "MOST_BYTES", 1000)
    text = patch.uncommitted(repository)
    assert "+layers = 3" in text and "xxx" not in text
    assert "# Left out: settings.txt and what follows it: the patch is longer than 1000 bytes\n" in text


def test_nobody_who_says_no_is_asked(repository: Path) -> None:
    (repository / "model.py").write_text("layers = 3\n")
    assert run(repository, "sub/train.py", FLOWMILL_SOURCE_PATCH="false")[1] is None
    assert run(repository, "sub/train.py", PATH="/nowhere")[1] is None  # and without git there is none


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("+password = 'abc'", "+password = '***'"),
        ('+    "db_password": "abc",', '+    "db_password": "***",'),
        ("+export AWS_SECRET_ACCESS_KEY=abc/def", "+export AWS_SECRET_ACCESS_KEY=***"),
        ("-    token: abc-def", "-    token: ***"),
        ("+tokens = tokenizer(text)", "+tokens = tokenizer(text)"),
        ("+password = os.environ['X']", "+password = os.environ['X']"),
        (
            "+-----BEGIN PRIVATE KEY-----\n+abc\n+-----END PRIVATE KEY-----",
            "+-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----",
        ),
    ],
)
def test_what_looks_like_a_secret_is_masked(line: str, shown: str) -> None:
    assert patch.masked(line) == shown


@pytest.mark.parametrize(
    "name", [".env", "deploy/.env.prod", "id_rsa", ".ssh/config", "a/server.pem", "my_secrets.yaml"]
)
def test_files_with_secrets_are_known_by_name(name: str) -> None:
    assert patch.is_secret(name)
    assert not patch.is_secret("src/model.py")


PLUGIN = """
from mlflow.tracking.context.abstract_context import RunContextProvider
from mlflow.tracking.default_experiment.abstract_context import DefaultExperimentProvider
from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider

class Ours(RunContextProvider):
    def in_context(self): return True
    def tags(self): return {"cluster": "blue", "mlflow.source.type": "JOB"}

class Absent(Ours):
    def in_context(self): return False
    def tags(self): return {"cluster": "red"}

class Broken(Ours):
    def tags(self): raise RuntimeError("no")

class Headers(RequestHeaderProvider):
    def in_context(self): return True
    def request_headers(self): return {"X-Team": "bees"}

class Experiment(DefaultExperimentProvider):
    def in_context(self): return True
    def get_experiment_id(self): return "1"
"""


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    """A folder in which a package with plugins is installed, as ``pip install --target`` leaves it."""
    site = tmp_path / "site"
    (site / "clusters-1.dist-info").mkdir(parents=True)
    (site / "clusters-1.dist-info" / "METADATA").write_text("Name: clusters\nVersion: 1\n")
    (site / "clusters-1.dist-info" / "entry_points.txt").write_text(
        "[mlflow.run_context_provider]\nours = clusters:Ours\nabsent = clusters:Absent\nbroken = clusters:Broken\n"
        "gone = clusters:Gone\n[mlflow.request_header_provider]\nheaders = clusters:Headers\n"
        "[mlflow.default_experiment_provider]\nexperiment = clusters:Experiment\n"
    )
    (site / "clusters.py").write_text(PLUGIN)
    return str(site)


def test_the_environment_and_plugins_add_tags(plugin: str, repository: Path) -> None:
    mlflow.create_experiment("of the plugin")
    tags, _ = run(repository, "sub/train.py", PYTHONPATH=plugin, MLFLOW_RUN_CONTEXT='{"team": "bees", "cluster": "-"}')
    assert (tags["team"], tags["cluster"], tags["mlflow.source.type"]) == ("bees", "blue", "JOB")
    assert "team" not in run(repository, "sub/train.py", MLFLOW_RUN_CONTEXT="[no object]")[0]
    assert [len(mlflow.search_runs([number], output_format="list")) for number in ("0", "1")] == [1, 1]


def test_headers_of_plugins_go_with_every_request(plugin: str, repository: Path, receiver: Receiver) -> None:
    """The receiver stands for a server that says nothing of use; what it was sent counts."""
    script = "import flowmill as mlflow\nmlflow.MlflowClient().search_experiments()"
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        capture_output=True,
        check=False,
        env=os.environ | {"MLFLOW_TRACKING_URI": receiver.address, "PYTHONPATH": plugin, "FLOWMILL_MODE": "online"},
    )
    assert receiver.got and all(request.headers["X-Team"] == "bees" for request in receiver.got)
