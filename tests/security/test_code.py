"""What the package's own code must not do, looked for in its syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import flowmill

ROOT = Path(flowmill.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "page" not in path.parts)

UNPICKLING = {"models/pickles.py", "models/flavors/pytorch.py", "autologging/loading.py"}
"""Where pickles of models are read, after their signature was looked at; of checkpoints, weights alone."""
SCRIPTS = {"models/flavors/python_function.py"}
"""Where the script of a model that is a script is run."""
UNPACKING = {"artifacts/archive.py"}
"""Where archives of strangers are unpacked, member by member, by a way that lets nothing out of the folder."""
YAML = {"models/yaml_files.py"}
"""Where YAML is read, by a safe loader with limits."""


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """The dotted name of each call in a file, as far as it is written out."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def found(*names: str, but: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Calls of these names outside of the files that may have them."""
    return [
        f"{file.relative_to(ROOT)}:{call.lineno} {name}"
        for file in FILES
        if str(file.relative_to(ROOT)) not in but
        for name, call in calls(file)
        if name in names
    ]


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("import os\nos.system('x')\nsubprocess.run('x', shell=True)\n")
    assert [name for name, _ in calls(file)] == ["os.system", "subprocess.run"]
    assert len(FILES) > 200 and found("hashlib.sha256")


def test_no_shell() -> None:
    assert not found("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn")
    for file in FILES:
        for name, call in calls(file):
            for keyword in call.keywords:
                shell = keyword.arg == "shell" and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                )
                assert not shell, f"{file}:{call.lineno} {name} with a shell"
            first = call.args[0] if call.args else None
            if name in ("subprocess.run", "subprocess.Popen", "subprocess.check_output", "subprocess.check_call"):
                is_text = isinstance(first, ast.JoinedStr) or (
                    isinstance(first, ast.Constant) and isinstance(first.value, str)
                )
                assert not is_text, f"{file}:{call.lineno} {name} of a text"


def test_no_pickle_of_our_own() -> None:
    readers = ("pickle.load", "pickle.loads", "pickle.Unpickler", "cloudpickle.load", "cloudpickle.loads")
    readers += ("joblib.load", "torch.load", "marshal.loads", "marshal.load", "shelve.open", "dill.load", "dill.loads")
    assert not found(*readers, but=UNPICKLING)
    for file in FILES:
        for name, call in calls(file):
            for keyword in call.keywords:
                reads = name.endswith((".load", ".save", ".fromfile"))
                allows = reads and keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"
                assert not allows, f"{file}:{call.lineno} {name} reads pickles"
    checkpoints = [call for name, call in calls(ROOT / "autologging" / "loading.py") if name == "torch.load"]
    assert ["weights_only=True" in ast.unparse(call) for call in checkpoints] == [True]


def test_no_evaluation_of_text() -> None:
    assert not found("eval", "exec", "compile", "jinja2.Template", "Template", "__import__", but=SCRIPTS)


def test_yaml_is_read_in_one_place() -> None:
    assert not found("yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.safe_load", "yaml.load_all", but=YAML)


def test_archives_are_never_unpacked_unguarded() -> None:
    assert not found("shutil.unpack_archive", "tarfile.open", "tarfile.TarFile", but=UNPACKING)
    for file in FILES:
        for name, call in calls(file):
            assert not name.endswith((".extractall", ".extract")), f"{file}:{call.lineno} {name}"


@pytest.mark.parametrize("name", ["tempfile.mktemp", "os.tempnam", "os.chmod"])
def test_no_temporary_name_that_can_be_guessed(name: str) -> None:
    assert not found(name)


def test_nothing_is_told_to_anybody() -> None:
    """Addresses in the code are examples, documentation or those of the services that a user names."""
    hosts = ("telemetry", "analytics", "sentry.io", "segment.io", "posthog", "googletagmanager")
    for file in FILES:
        text = file.read_text(encoding="utf-8").lower()
        for host in hosts:
            at = [line for line in text.splitlines() if host in line and "://" in line]
            assert not at, f"{file}: {at}"
