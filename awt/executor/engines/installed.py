"""The engines of a machine, by type of task."""

import ipaddress
import os
import pwd
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from twisted.logger import Logger

from awt.executor.engines import Engine
from awt.executor.engines.cdp.engine import SHELL, CdpEngine
from awt.executor.engines.cdp.switches import NoBrowser, program
from awt.executor.engines.http import HttpEngine

NONE: Final = "none"
"""The value of `executor.browser` of a node that is to have none."""
CHROMIUM: Final = ("gc_1280x800", "gc_1366x768", "gc_1920x1080", "gc_390x844", "gc_360x800")
"""The types that a Chromium runs, and with them all that ask for less."""

BY_NAME: Final = {
    **dict.fromkeys(("chrome", "MicrosoftEdge"), CHROMIUM),
    "firefox": ("ff_1280x800", "ff_1920x1080"),
}
"""The types that a browser at an endpoint runs, by its `browserName`."""

log = Logger()


def types_of(browser: str) -> tuple[str, ...]:
    """Return the types that a browser at an endpoint runs; one of no type of its own is any desktop."""
    return BY_NAME.get(browser, ("desktop",))


def installed(
    *,
    reactor: Any,
    directory: Path,
    browser: str = "",
    browser_user: str = "nobody",
    allow_private_addresses: Sequence[str] = (),
    proxies: dict[str, str] | None = None,
    slots: int,
) -> dict[str, Engine]:
    """Return `http`, and the types of a Chromium where one is installed.

    `browser`: its name or path; by default the headless shell, else the whole browser; or `NONE`.
    `directory`: for profiles. `browser_user`: who runs it where this process is root's. `slots`: see
    `HttpEngine`; the others: see `CdpEngine`.
    """
    allowed = [ipaddress.ip_network(network) for network in allow_private_addresses]
    found: dict[str, Engine] = {
        "http": HttpEngine(reactor=reactor, allow_private_addresses=allowed, slots=slots)
    }
    name = "" if browser == NONE else _browser(browser)
    if name and _reachable(directory, browser_user):
        engine = CdpEngine(
            reactor=reactor,
            directory=directory,
            browser=name,
            user=browser_user,
            allow_private_addresses=allowed,
            proxies=proxies,
        )
        found |= dict.fromkeys(CHROMIUM, engine)
    return found


def _browser(wanted: str) -> str:
    """Return the first browser of those wanted that is here, or nothing."""
    for name in (wanted,) if wanted else (SHELL, "chromium"):
        try:
            return program(name)
        except NoBrowser as missing:
            if wanted:
                log.error("{problem}", problem=str(missing))  # noqa: TRY400 - no bug
    return ""


def _reachable(directory: Path, user: str) -> bool:
    """Tell whether the browser's user can get to its profiles, where it is another than ours."""
    if os.getuid() != 0:
        return True
    try:
        pwd.getpwnam(user)
    except KeyError:
        log.error("there is no user {user}", user=user)  # noqa: TRY400 - no bug
        return False
    for folder in directory.parents:
        if folder.exists() and not folder.stat().st_mode & 0o001:
            log.error(
                "{folder} is closed to {user}, so there is no browser: chmod o+x",
                folder=str(folder),
                user=user,
            )
            return False
    return True
