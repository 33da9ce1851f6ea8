"""What the documents show is true: their code runs, their commands exist, their links lead somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from bench.run import QUESTIONS

from tests.story.story import run_command, run_python

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "changelog.d").glob("*.md")),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """The code blocks of a document in a language."""
    return [text for name, text in BLOCK.findall(document.read_text(encoding="utf-8")) if name == language]


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if blocks(d, "python")], ids=name_of)
def test_python_runs(document: Path, operator: None, server: str, tmp_path: Path) -> None:
    """The blocks of a document, one after the other as a reader pastes them, against a real server."""
    code = "\n".join(blocks(document, "python")).replace("http://127.0.0.1:5000", server)
    run_python("-c", code, folder=tmp_path, seconds=600)


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if blocks(d, "bash")], ids=name_of)
def test_commands_exist(document: Path, tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in "\n".join(blocks(document, "bash")).splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "make":
            for target in [word for word in words[1:] if "=" not in word]:
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{line}: the Makefile has no {target}"
        elif words[0] in ("flowmill", "mlflow"):
            done = run_command(sys.executable, "-m", "flowmill", words[1], "--help", folder=tmp_path)
            assert done.returncode == 0, f"{line}: {done.stderr}"
        elif words[:2] == ["pip", "install"]:
            for path in [word.strip("'") for word in words[2:] if word.strip("'").startswith(".")]:
                assert (ROOT / path.split("[")[0] / "pyproject.toml").is_file(), line
        else:
            assert words[0] == ".venv/bin/pytest", f"{line}: how is this tested?"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    commands = [
        line.split("#")[0].strip()
        for line in "\n".join(blocks(ROOT / "README.md", "bash")).splitlines()
        if line.startswith("make ")
    ]
    assert commands == ["make demo", "make test"]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in commands:
        assert re.search(rf"^{command}( |$)", script, re.MULTILINE), command


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_make_target_says_what_it_is_for() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    for target in phony.split():
        assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE), target


def test_every_number_names_the_bench_that_makes_it() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    table = text.partition("| work |")[2].partition("\n\n")[0]
    rows = [row.split("|") for row in table.splitlines()[2:]]
    assert rows
    for row in rows:
        assert row[2].strip(" `") in QUESTIONS, row
