"""The units of systemd are understood by it, and start what there is."""

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from twisted.python.reflect import namedAny

from awt.roles import ROLES
from awt.testing.process import program
from tests.etc.files import ETC

UNITS = sorted((ETC / "systemd").iterdir())
INSTANCES = ("base", "webtest")
USERS = ETC / "sysusers.d" / "awt.conf"


def unit(path: Path) -> configparser.ConfigParser:
    """Return a unit, of repeated keys the last."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read(path)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_role_that_there_is_with_a_logger_that_there_is(path: Path) -> None:
    words = shlex.split(unit(path)["Service"]["ExecStart"])
    options = dict(word.split("=", 1) for word in words if "=" in word)
    assert options["--role"] in ROLES
    assert callable(namedAny(options["--logger"]))
    assert words[0] == "/opt/awt/venv/bin/twistd"
    assert "/opt/awt/venv" in (ETC.parent / "tools" / "lib.sh").read_text()


def test_systemd_finds_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    theirs = Path("/usr/lib/systemd/system")
    if not theirs.exists():  # where /usr is not merged
        theirs = Path("/lib/systemd/system")
    shutil.copytree(theirs, tmp_path / "usr/lib/systemd/system", symlinks=True)
    own = tmp_path / "etc/systemd/system"
    own.mkdir(parents=True)
    names = []
    for path in UNITS:
        shutil.copy(path, own)
        names += [path.name.replace("@", f"@{i}") for i in INSTANCES if "@" in path.name]
        names += [path.name] if "@" not in path.name else []
    twistd = tmp_path / "opt/awt/venv/bin/twistd"
    twistd.parent.mkdir(parents=True)
    twistd.touch(mode=0o755)
    done = subprocess.run(
        [
            program("systemd-analyze", package="systemd"),
            "verify",
            "--man=no",
            f"--root={tmp_path}",
            *names,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_user_and_configuration_that_a_unit_names_is_there() -> None:
    made = [line.split()[1] for line in USERS.read_text().splitlines() if line.startswith("u ")]
    wanted = set()
    for path in UNITS:
        section = unit(path)["Service"]
        instances = INSTANCES if "@" in path.name else ("",)
        for instance in instances:
            wanted.add(section["User"].replace("%i", instance))
            named = section["ExecStart"].replace("%i", instance).partition("--config=/etc/awt/")[2]
            if named:
                assert (ETC / named.replace(".toml", ".example.toml")).exists()
    assert set(made) == wanted


def test_the_system_users_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    sysusers = program("systemd-sysusers", package="systemd")
    command = [sysusers, f"--root={tmp_path}", "--dry-run", str(USERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("awt", "base", "webtest", "awt-proxy"):
        assert f"Creating user '{name}'" in done.stdout + done.stderr
