"""``awt test run``: exit codes, what is said, JUnit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from awt.testing.website import Website


def awt(*words: str) -> subprocess.CompletedProcess[str]:
    mine = {k: v for k, v in os.environ.items() if not k.startswith("AWT_")}
    program = str(Path(sys.executable).with_name("awt"))
    return subprocess.run(
        [program, "test", "run", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=mine,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.awt"


def test_tests_that_pass_and_fail_are_told_apart_by_the_status_and_in_junit(
    file: Path, tmp_path: Path
) -> None:
    junit = tmp_path / "junit.xml"
    with Website() as website:
        file.write_text(f"# the shop\nopen {website.url}\ntext Here it is\n")
        done = awt(str(file), "--anywhere")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("passed  shop (")

        bad = tmp_path / "bad.json"
        actions = [{"type": "open", "selector": website.url}, {"type": "text", "data": "<No> \x01"}]
        bad.write_text(json.dumps({"name": "Bad & <b>", "actions": actions}))
        done = awt(str(file), str(bad), "--anywhere", "--junit", str(junit))
        assert done.returncode == 1
        assert "FAILED  Bad & <b>" in done.stdout
        assert "2: text <No>" in done.stdout
        assert "The text is not on the page." in done.stdout
        assert done.stderr == "awt: 1 of 2 failed\n"
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["shop", "Bad & <b>"]
    [failure] = suite.findall("testcase/failure")
    assert failure.get("type") == "text_missing"


def test_the_result_can_be_had_as_json(file: Path) -> None:
    file.write_text("open http://127.0.0.1:1/\n")
    done = awt(str(file), "--json")
    assert done.returncode == 1
    [test] = json.loads(done.stdout)
    assert (test["name"], test["passed"]) == ("shop", False)
    assert test["results"][0]["reason"] == "refused_address", "private networks are for --anywhere"


def test_files_that_are_no_tests_are_refused_with_every_place(file: Path, tmp_path: Path) -> None:
    file.write_text("open a.example\nfly\nclick //a[\n")
    no_json = tmp_path / "x.json"
    no_json.write_text("{")
    done = awt(str(file), str(no_json), str(tmp_path / "missing"))
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"awt: {file}:2:1: There is no action")
    assert lines[1].startswith(f"awt: {file}:3:10: An XPath is expected here")
    assert lines[2].startswith(f"awt: {no_json}: ")
    assert lines[3] == f"awt: {tmp_path / 'missing'}: No such file or directory"
    assert "Traceback" not in done.stderr


def test_a_type_that_this_machine_does_not_run_is_something_that_is_missing(file: Path) -> None:
    file.write_text("open a.example\n")
    done = awt(str(file), "--type", "ff_1920x1080")
    assert done.returncode == 3
    assert "runs no tests of the type ff_1920x1080" in done.stderr
    assert awt(str(file), "--tipe", "x").returncode == 2
