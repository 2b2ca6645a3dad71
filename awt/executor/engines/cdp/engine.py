"""The engine `cdp`."""

import os
import pwd
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IHostnameResolver
from twisted.logger import Logger

from awt.egress import EgressPolicy, IPAddress, IPNetwork
from awt.executor.engines import DESKTOP, OnResult, OnShot, Viewport
from awt.executor.engines.cdp.browser import Browser
from awt.executor.engines.cdp.pipe import Gone, ProtocolError
from awt.executor.engines.cdp.surface import CdpSurface
from awt.executor.engines.cdp.switches import program
from awt.executor.engines.loop import Loop
from awt.executor.engines.lost import NoStart, lost
from awt.executor.proxy import MAX_BYTES, FilterPort
from awt.model.actions import Action, ActionResult

SHELL: Final = "chromium-headless-shell"
"""The browser without a user interface: the same pages for half of the time."""
RECYCLE: Final = 100
"""After so many tests a browser is replaced, before it grows."""
NOBODY: Final = "nobody"
"""Who a browser runs as where this process is root's."""

log = Logger()


class CdpEngine:
    """Runs tests in a local Chromium (see `awt.executor.engines.Engine`).

    One browser is kept warm; each test has a context of its own in it, with its own cookies, cache
    and proxy. `program`: the name or path of the browser. `directory`: for its profiles, emptied at
    the start. `user`: who the browser runs as when this process is root's; no browser runs as
    root. `proxies`: the operator's, by region.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        directory: Path,
        browser: str = SHELL,
        allow_private_addresses: Sequence[IPNetwork] = (),
        own_addresses: Collection[IPAddress] | Callable[[], Collection[IPAddress]] = (),
        resolver: IHostnameResolver | None = None,
        proxies: Mapping[str, str] | None = None,
        user: str = NOBODY,
        recycle: int = RECYCLE,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._reactor = reactor
        self._directory = directory
        self._name = browser
        self._policy = EgressPolicy(
            allow_private_addresses=allow_private_addresses, own_addresses=own_addresses
        )
        self._resolver = resolver
        self._proxies = proxies or {}
        self._user = user
        self._recycle = recycle
        self._max_bytes = max_bytes
        self._numbers = count(1)
        self._lock = DeferredLock()
        self._warm: Browser | None = None
        self._browsers: set[Browser] = set()
        self._runs: set[Deferred[list[ActionResult]]] = set()
        self._closed = False
        shutil.rmtree(directory, ignore_errors=True)

    async def run(
        self,
        actions: Sequence[Action],
        *,
        action_seconds: float,
        debug: bool = False,
        viewport: Viewport = DESKTOP,
        on_result: OnResult | None = None,
        on_shot: OnShot | None = None,
    ) -> list[ActionResult]:
        """Carry out the actions of one test (see `Engine.run`)."""
        if self._closed:
            raise RuntimeError("the engine is closed")

        async def carry_out(surface: CdpSurface) -> list[ActionResult]:
            loop = Loop(
                reactor=self._reactor,
                surface=surface,
                seconds=action_seconds,
                debug=debug,
                proxies=self._proxies,
                on_result=on_result,
                on_shot=on_shot,
            )
            return await loop.run(actions)

        run = Deferred.fromCoroutine(self._visit(viewport, carry_out))
        self._runs.add(run)
        try:
            return await run
        except NoStart as problem:
            return lost(actions, str(problem), on_result)
        finally:
            self._runs.discard(run)

    async def _visit(
        self, viewport: Viewport, work: Callable[[CdpSurface], Any]
    ) -> list[ActionResult]:
        egress = FilterPort(
            reactor=self._reactor,
            policy=self._policy,
            resolver=self._resolver,
            max_bytes=self._max_bytes,
        )
        browser = await self._browser()
        surface = CdpSurface(
            reactor=self._reactor, browser=browser, egress=egress, viewport=viewport
        )
        browser.users += 1
        browser.runs += 1
        try:
            try:
                await surface.start(egress.start())
            except (Gone, ProtocolError) as problem:
                raise NoStart(str(problem)) from None
            results: list[ActionResult] = await work(surface)
            return results
        finally:
            await surface.close()
            await egress.stop()
            browser.users -= 1
            await self._retire()

    async def _browser(self) -> Browser:
        """Return a browser that runs and is not used up."""
        async with self._lock:
            warm = self._warm
            if warm is not None and warm.running and warm.runs < self._recycle:
                return warm
            profile = self._directory / str(next(self._numbers))
            try:
                fresh = Browser(
                    reactor=self._reactor,
                    program=program(self._name),
                    profile=profile,
                    owner=self._owner(),
                )
                self._browsers.add(fresh)
                await fresh.start()
            except (Gone, OSError, LookupError) as problem:
                log.failure("no browser: {problem}", problem=str(problem))
                raise NoStart(str(problem)) from None
            self._warm = fresh
        await self._retire()
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

    async def close(self) -> None:
        """Cancel the runs that are under way and end the browsers (see `Engine.close`)."""
        self._closed = True
        for run in tuple(self._runs):
            run.cancel()
        async with self._lock:
            for browser in tuple(self._browsers):
                await browser.stop()
            self._browsers.clear()
        shutil.rmtree(self._directory, ignore_errors=True)
