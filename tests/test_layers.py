"""Imports point one way. The order, lowest first; a module may import its own layer and those before it."""

from __future__ import annotations

import ast
from pathlib import Path

import flowmill

ROOT = Path(flowmill.__file__).parent

LAYERS = [
    {
        "errors",
        "version",
        "lazy",
        "settings",
        "compat",
        "notices",
        "plugins",
        "providers",
        "redaction",
        "git",
        "pace",
        "log_level",
        "sigv4",
    },
    {"attacks"},
    {"entities"},
    {"search", "wire", "webhooks"},
    {"artifacts", "store"},
    {"spool"},
    {"offline"},
    {"stores", "context", "death", "ranks", "images", "figures", "tables", "companions", "background"},
    {"client"},
    {"machine", "patch"},
    {"session", "frames"},
    {"models"},
    {"data"},
    {"api", "active_model", "downloads", "inputs", "media"},
    {"evaluating"},
    {"autologging"},
    {"transfer"},
    {"server", "serving"},
    {"testing"},
    {"cli", "__main__"},
]

FREE = {"__init__"}
FORBIDDEN = {"server": {"models", "client", "session", "api"}}


def layer_of(module: str) -> int | None:
    return next((number for number, names in enumerate(LAYERS) if module in names), None)


def imports_of(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("flowmill"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("flowmill.")}
    return found


def test_every_module_has_a_layer() -> None:
    tops = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    known = set().union(*LAYERS) | FREE
    assert tops <= known, f"give these a layer: {sorted(tops - known)}"


def test_imports_point_one_way() -> None:
    wrong: list[str] = []
    for file in ROOT.rglob("*.py"):
        relative = file.relative_to(ROOT)
        top = relative.parts[0].removesuffix(".py")
        own = layer_of(top)
        if top in FREE or own is None:
            continue
        for other in imports_of(file):
            level = layer_of(other)
            if level is None or level > own or other in FORBIDDEN.get(top, set()):
                wrong.append(f"{relative} imports flowmill.{other}")
    assert not wrong, "\n".join(sorted(wrong))


def test_init_files_hold_names_not_code() -> None:
    for file in ROOT.rglob("__init__.py"):
        if file.parent == ROOT:
            continue
        functions = [
            node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        assert not functions, f"{file.relative_to(ROOT)} defines {functions[0].name}"


def test_there_is_no_drawer_for_everything() -> None:
    names = {path.stem for path in ROOT.rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc"}
