"""What the engines with a browser do alike, wherever it is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHostnameResolver
from twisted.logger import Logger

from awt.background import ended
from awt.egress import EgressPolicy, IPAddress, IPNetwork
from awt.executor.engines import DESKTOP, OnResult, OnShot, Viewport
from awt.executor.engines.loop import Loop
from awt.executor.engines.lost import NoStart, lost
from awt.executor.engines.surface import Surface
from awt.executor.proxy import MAX_BYTES, FilterPort
from awt.model.actions import Action, ActionResult

Work = Callable[[Surface], Coroutine[Deferred[Any], Any, list[ActionResult]]]
"""Carries out the actions of a test on a surface."""

log = Logger()


class BrowserEngine(ABC):
    """Runs tests in browsers (see `awt.executor.engines.Engine`); what differs are `_visit` and `_end`.

    `allow_private_addresses`, `own_addresses`: see `EgressPolicy`. `resolver`: who resolves names,
    by default the reactor's. `proxies`: the operator's, by region. `max_bytes`: what a test may
    receive between two pages that it opens.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        allow_private_addresses: Sequence[IPNetwork] = (),
        own_addresses: Collection[IPAddress] | Callable[[], Collection[IPAddress]] = (),
        resolver: IHostnameResolver | None = None,
        proxies: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._reactor = reactor
        self._policy = EgressPolicy(
            allow_private_addresses=allow_private_addresses, own_addresses=own_addresses
        )
        self._resolver = resolver
        self._proxies = proxies or {}
        self._max_bytes = max_bytes
        self._runs: set[Deferred[list[ActionResult]]] = set()
        self._closed = False

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

        async def carry_out(surface: Surface) -> list[ActionResult]:
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

        run = Deferred.fromCoroutine(self._visit(viewport, action_seconds, carry_out))
        self._runs.add(run)
        try:
            return await run
        except NoStart as problem:
            log.error("no browser: {problem}", problem=str(problem))  # noqa: TRY400 - no bug
            return lost(actions, on_result)
        finally:
            self._runs.discard(run)

    async def close(self) -> None:
        """Cancel the runs that are under way and end the browsers (see `Engine.close`)."""
        self._closed = True
        runs = tuple(self._runs)
        for run in runs:
            run.cancel()
        await ended(runs)
        await self._end()

    def _filter(self) -> FilterPort:
        """Return a port of the proxy for one test; it does not listen yet."""
        return FilterPort(
            reactor=self._reactor,
            policy=self._policy,
            resolver=self._resolver,
            max_bytes=self._max_bytes,
        )

    @abstractmethod
    async def _visit(self, viewport: Viewport, seconds: float, work: Work) -> list[ActionResult]:
        """Do the work on a surface of its own and clear everything away. Raises `NoStart`."""

    @abstractmethod
    async def _end(self) -> None:
        """End what outlives a test."""
