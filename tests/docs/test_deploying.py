"""What is to be typed for an installation can be typed."""

import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest

from awt.cli.options import parse
from awt.config import Config
from tests.docs.documents import ROOT, blocks, read, table

TEXT = read("docs/deploying.md")
LINES = [
    line.strip() for block in blocks(TEXT, "sh") for line in textwrap.dedent(block).splitlines()
]
AWT = "/opt/awt/venv/bin/awt "


def test_every_command_awt_is_one_that_there_is() -> None:
    found = [line.partition(AWT)[2].partition(" | ")[0] for line in LINES if AWT in line]
    assert len(found) > 5
    for line in found:
        args = parse(shlex.split(line), {})
        assert Path(args.config).name.replace(".toml", ".example.toml") in {
            path.name for path in (ROOT / "etc").iterdir()
        }


def test_a_command_awt_runs_as_the_user_who_may_read_the_configuration() -> None:
    for line in LINES:
        for user, name in re.findall(r"runuser -u (\w+) -- .*--config=/etc/awt/(\w+)\.toml", line):
            assert (user, name) == ("awt", "server") or user == name
        assert (AWT in line) == ("runuser" in line)


def test_every_target_of_make_is_there() -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in LINES:
        if line.startswith("make "):
            assert line.removeprefix("make ") in targets


def test_every_file_of_ours_is_there_and_put_where_it_says_that_it_belongs() -> None:
    sources = {word for line in LINES for word in line.split() if word.startswith("etc/")}
    for name in sources:
        assert (ROOT / name).is_file(), name
        if name.endswith((".lua", ".conf", ".cnf", ".toml")):
            head = (ROOT / name).read_text().partition("\n\n")[0]
            for line in LINES:
                if name in line:
                    assert line.split()[-1].removeprefix(">") in head, name


def test_the_ports_are_those_of_the_files() -> None:
    said = {port for row in table(TEXT, "machine", "port") for port in row[1].split(", ")}
    files = [path.read_text() for path in (ROOT / "etc").rglob("*") if path.is_file()]
    for port in said - {"4369", "25672", "5222", "5269"}:
        assert any(re.search(rf"\b{port}\b", text) for text in files), port


@pytest.mark.parametrize("path", sorted((ROOT / "etc").glob("*.toml")), ids=lambda path: path.name)
def test_every_key_of_a_configuration_is_one_that_there_is(path: Path) -> None:
    assert set(tomllib.loads(path.read_text())) <= set(Config.__annotations__)
