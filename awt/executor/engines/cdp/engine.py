"""The engine `cdp`."""

import os
import pwd
import shutil
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from twisted.internet.defer import DeferredLock

from awt.background import to_the_end
from awt.executor.engines import Viewport
from awt.executor.engines.browsing import BrowserEngine, Work
from awt.executor.engines.cdp.browser import START, Browser
from awt.executor.engines.cdp.pipe import Gone, ProtocolError
from awt.executor.engines.cdp.surface import CdpSurface
from awt.executor.engines.cdp.switches import program
from awt.executor.engines.deadline import DeadlinePassed, within
from awt.executor.engines.lost import NoStart
from awt.executor.proxy import FilterPort
from awt.model.actions import ActionResult

SHELL: Final = "chromium-headless-shell"
"""The browser without a user interface: the same pages for half of the time."""
RECYCLE: Final = 100
"""After so many tests a browser is replaced, before it grows."""
NOBODY: Final = "nobody"
"""Who a browser runs as where this process is root's."""


class CdpEngine(BrowserEngine):
    """Runs tests in a local Chromium.

    One browser is kept warm; each test has a context of its own in it, with its own cookies, cache
    and proxy. `browser`: its name or path. `directory`: for its profiles, emptied at the start.
    `user`: who the browser runs as when this process is root's; no browser runs as root. `recycle`:
    after how many tests it is replaced. `options`: see `BrowserEngine`.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        directory: Path,
        browser: str = SHELL,
        user: str = NOBODY,
        recycle: int = RECYCLE,
        **options: Any,
    ) -> None:
        super().__init__(reactor=reactor, **options)
        self._directory = directory
        self._name = browser
        self._user = user
        self._recycle = recycle
        self._lock = DeferredLock()
        self._warm: Browser | None = None
        self._browsers: set[Browser] = set()
        shutil.rmtree(directory, ignore_errors=True)

    async def _visit(
        self,
        viewport: Viewport,
        seconds: float,  # noqa: ARG002 - the browser has no limits of its own
        work: Work,
    ) -> list[ActionResult]:
        egress = self._filter()
        browser = await self._browser()
        surface = CdpSurface(
            reactor=self._reactor, browser=browser, egress=egress, viewport=viewport
        )
        try:
            try:
                await within(self._reactor, START, surface.start(egress.start()))
            except (Gone, ProtocolError) as problem:
                raise NoStart(str(problem)) from None
            except DeadlinePassed:
                browser.kill()
                raise NoStart("the browser does not answer") from None
            return await work(surface)
        finally:
            await to_the_end(self._leave(browser, surface, egress))

    async def _leave(self, browser: Browser, surface: CdpSurface, egress: FilterPort) -> None:
        """Clear away what is a test's."""
        await surface.close()
        await egress.stop()
        browser.users -= 1
        await self._retire()

    async def _browser(self) -> Browser:
        """Return a browser that runs and is not used up; the caller is one of its users."""
        async with self._lock:
            browser = self._warm
            if browser is None or not self._is_fit(browser):
                browser = self._warm = await self._started()
            browser.users += 1
            browser.runs += 1
            return browser

    def _is_fit(self, browser: Browser) -> bool:
        return browser.running and browser.good and browser.runs < self._recycle

    async def _started(self) -> Browser:
        """Return a new browser."""
        if not self._browsers:  # those of a node that was killed may have written on for a while
            shutil.rmtree(self._directory, ignore_errors=True)
        profile = self._directory / token_hex(8)
        try:
            fresh = Browser(
                reactor=self._reactor,
                program=program(self._name),
                profile=profile,
                owner=self._owner(),
            )
            await fresh.start()
        except (Gone, OSError, LookupError) as problem:
            raise NoStart(str(problem)) from None
        self._browsers.add(fresh)  # from now on who finds it unused may stop it
        return fresh

    async def _retire(self) -> None:
        """Stop the browsers that nobody uses any more and nobody will."""
        for browser in tuple(self._browsers):
            if browser.users == 0 and (browser is not self._warm or not browser.running):
                self._browsers.discard(browser)
                await browser.stop()

    def _owner(self) -> tuple[int, int] | None:
        """Return the user and group that a browser gets, None for those of this process."""
        if os.getuid() != 0:
            return None
        entry = pwd.getpwnam(self._user)
        if entry.pw_uid == 0:
            raise LookupError("no browser runs as root")
        return entry.pw_uid, entry.pw_gid

    async def _end(self) -> None:
        async with self._lock:
            for browser in tuple(self._browsers):
                await browser.stop()
            self._browsers.clear()
        shutil.rmtree(self._directory, ignore_errors=True)
