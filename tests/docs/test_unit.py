"""The unit of systemd starts what there is."""

import configparser
import shlex

from twisted.python.reflect import namedAny

from awt.roles import ROLES
from tests.docs.documents import ROOT


def test_the_unit_starts_a_role_that_there_is_with_a_logger_that_there_is() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "etc" / "systemd" / "awt.service")
    words = shlex.split(unit["Service"]["ExecStart"])
    options = dict(word.split("=", 1) for word in words if "=" in word)
    assert options["--role"] in ROLES
    assert callable(namedAny(options["--logger"]))
    assert words[0] == "/opt/awt/venv/bin/twistd"
    assert "/opt/awt/venv" in (ROOT / "tools" / "run").read_text()
