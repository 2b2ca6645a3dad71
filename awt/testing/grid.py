"""A real Selenium Grid for tests, with Debian's chromedriver and Chromium as its node.

``tools/servers`` puts the server (https://www.selenium.dev/documentation/grid) into the virtual
environment. A Grid has a queue, hands each session to a driver that it starts for it, and passes the
commands on: all of this is between the engine and the browser.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from awt.testing.chromedriver import Chromedriver, as_nobody
from awt.testing.process import LEASH, ServerError, program

JAR: Final = Path(sys.prefix) / "share" / "selenium-server" / "selenium-server.jar"
SESSIONS: Final = 3
"""How many there may be at once; others wait in the queue."""

_SETTINGS: Final = """
[server]
host = "127.0.0.1"
port = {port}
[node]
detect-drivers = false
override-max-sessions = true
max-sessions = {sessions}
[[node.driver-configuration]]
display-name = "Chromium"
webdriver-executable = "{driver}"
max-sessions = {sessions}
stereotype = '{{"browserName": "chrome"}}'
"""
# The driver ends with this, which ends when the Grid ends it, or is gone: then there is no input any more.
_DRIVER: Final = """#!/bin/sh
{leash} {driver} "$@" </dev/null &
exec cat >/dev/null
"""


class SeleniumGrid(Chromedriver):
    """A Grid in one process (standalone) at ``url``; its drivers and browsers end with it."""

    start_seconds = 90.0

    def start(self) -> Self:
        """Start the Grid."""
        if not JAR.exists():
            raise ServerError(f"there is no {JAR}: run tools/servers")
        driver = self.directory / "driver"
        debian = program("chromedriver", package="chromium-driver")
        driver.write_text(_DRIVER.format(leash=" ".join(LEASH), driver=debian))
        driver.chmod(0o755)
        settings = _SETTINGS.format(port=self.port, driver=driver, sessions=SESSIONS)
        (self.directory / "grid.toml").write_text(settings)
        return super().start()

    def command(self) -> Sequence[str]:
        """Return the command line: a small heap and quick compilation, for it lives for seconds."""
        java = program("java", package="default-jre-headless")
        options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
        arguments = ["standalone", "--config", str(self.directory / "grid.toml")]
        return as_nobody([java, *options, "-jar", str(JAR), *arguments])

    def ready(self) -> bool:
        """Tell whether it takes sessions."""
        return "Started Selenium Standalone" in self.log
