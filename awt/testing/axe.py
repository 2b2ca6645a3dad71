"""What stands in the way of somebody who uses a page without a mouse or without seeing it.

axe-core (https://github.com/dequelabs/axe-core) looks at the page that a browser shows; ``tools/servers`` puts
it into the virtual environment. It finds what can be found without a person: names that are missing, colours
too near to each other, roles that do not fit.
"""

import sys
from pathlib import Path
from typing import Final

from attrs import frozen

from awt.testing.chromium import Chromium
from awt.testing.process import ServerError

SCRIPT: Final = Path(sys.prefix) / "share" / "axe-core" / "axe.min.js"
GRAVE: Final = frozenset({"serious", "critical"})
"""Impacts that keep somebody out."""
_RUN: Final = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  found => done(found.violations), problem => done(String(problem)));
"""


@frozen(kw_only=True)
class Finding:
    """A rule that a page breaks: its impact (minor, moderate, serious, critical), and where."""

    rule: str
    impact: str
    places: tuple[str, ...]

    @property
    def is_grave(self) -> bool:
        """Whether it keeps somebody out."""
        return self.impact in GRAVE


def examine(browser: Chromium) -> list[Finding]:
    """Return what axe-core finds on the page that is open."""
    if not SCRIPT.exists():
        raise ServerError(f"there is no {SCRIPT}: run tools/servers")
    driver = browser.driver
    driver.set_script_timeout(60)
    driver.execute_script(SCRIPT.read_text(encoding="utf-8"))
    found = driver.execute_async_script(_RUN)
    if not isinstance(found, list):
        raise ServerError(f"axe-core: {found}")
    return [
        Finding(
            rule=violation["id"],
            impact=violation["impact"],
            places=tuple(str(node["html"])[:200] for node in violation["nodes"]),
        )
        for violation in found
    ]
