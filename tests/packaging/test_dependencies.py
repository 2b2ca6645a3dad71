import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
ONLY_FOR_TESTS = {"testing"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = (re.match(r"[\w.-]+", line) for line in project["dependencies"])
    return {_normal(name.group()) for name in names if name}


def _imported() -> set[str]:
    found = set()
    for file in (ROOT / "awt").rglob("*.py"):
        if file.relative_to(ROOT / "awt").parts[0] in ONLY_FOR_TESTS:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"awt"}


def test_everything_that_is_imported_is_a_declared_dependency() -> None:
    owners = packages_distributions()
    declared = _declared() | {"zope-interface", "pyopenssl"}  # part of Twisted's own interface
    missing = {
        module
        for module in _imported()
        if not {_normal(owner) for owner in owners.get(module, [module])} & declared
    }
    assert missing == set()
