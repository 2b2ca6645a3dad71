"""Habits that no linter knows, read off the sources."""

import ast
from pathlib import Path

import pytest

SYNCHRONOUS = {
    "startService",
    "stopService",
    "privilegedStartService",
    "startFactory",
    "stopFactory",
}
"""What Twisted calls without waiting for a coroutine: it would be dropped and never run."""


def test_no_coroutine_stands_where_twisted_would_drop_it(request: pytest.FixtureRequest) -> None:
    found = [
        f"{path}:{node.lineno} {node.name}"
        for path in (request.config.rootpath / "awt").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef) and node.name in SYNCHRONOUS
    ]
    assert not found


def test_the_folders_of_twisted_are_no_packages(request: pytest.FixtureRequest) -> None:
    folder: Path = request.config.rootpath / "twisted"
    assert [path.name for path in folder.rglob("*.py")] == ["awt_plugin.py"]
