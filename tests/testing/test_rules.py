"""The rules of conftest.py, tried on a project of their own."""

import os
import shutil
import subprocess
import sys

import pytest

FILES = {
    "bare": "async def test_it(): pass",
    "bare_class": "class TestIt:\n    async def test_it(self): pass",
    "bare_unittest": (
        "import unittest\nclass It(unittest.TestCase):\n    async def test_it(self): pass"
    ),
    "skipped": "import pytest\ndef test_it(): pytest.skip('no server')",
    "skipped_mark": "import pytest\n@pytest.mark.skip('no server')\ndef test_it(): pass",
    "skipped_file": "import pytest\npytest.skip('no server', allow_module_level=True)",
    "skipped_trial": (
        "from twisted.trial.unittest import SkipTest, TestCase\n"
        "class It(TestCase):\n    async def test_it(self): raise SkipTest('no server')"
    ),
    "trial": (
        "from twisted.trial.unittest import TestCase\n"
        "class Contract:\n    async def test_one(self): pass\n"
        "class It(Contract, TestCase):\n    async def test_two(self): self.fail('it ran')"
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """What pytest says of all the files, run under our conftest.py."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(request.config.rootpath / "tests" / "conftest.py", folder)
    for name, text in FILES.items():
        (folder / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-rA", "--continue-on-collection-errors"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", folder, folder],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(request.config.rootpath), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("name", ["bare", "bare_class", "bare_unittest"])
def test_an_asynchronous_test_that_nobody_would_run_is_an_error(name: str, said: str) -> None:
    assert f"ERROR test_{name}.py" in said
    assert said.count("is asynchronous: put it into a twisted.trial.unittest.TestCase") >= 3


@pytest.mark.parametrize(
    "line",
    [
        "FAILED test_skipped.py::test_it - a test skipped itself",
        "ERROR test_skipped_mark.py::test_it - a test skipped itself",
        "FAILED test_skipped_trial.py::It::test_it - a test skipped itself",
        "ERROR test_skipped_file.py",
    ],
)
def test_what_skips_itself_fails(line: str, said: str) -> None:
    assert line in said
    assert "skipped" not in said.splitlines()[-1]


def test_an_asynchronous_test_of_trial_runs(said: str) -> None:
    assert "PASSED test_trial.py::It::test_one" in said
    assert "FAILED test_trial.py::It::test_two - twisted.trial.unittest.FailTest: it ran" in said
