"""A gate through which a suspect goes alone, so that no neighbour is blamed for what it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

PATIENCE: Final = 5.0
"""Seconds that a suspect waits for the others to end."""
LIMIT: Final = 30.0
"""Seconds that the others wait for a suspect."""


class Gate:
    """One for all consumers of a process."""

    def __init__(self, *, reactor: IReactorTime) -> None:
        self._reactor = reactor
        self._inside = 0
        self._alone: object | None = None
        self._waiting: list[Deferred[None]] = []
        self._quiet: Deferred[None] | None = None

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Go in together with others."""
        while self._alone is not None:
            await self._turn()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside and self._quiet is not None:
                quiet, self._quiet = self._quiet, None
                quiet.callback(None)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Go in when nobody is inside; nobody follows until the end, or until `LIMIT`."""
        while self._alone is not None:
            await self._turn()
        me = self._alone = object()
        if self._inside:
            quiet: Deferred[None] = Deferred()
            self._quiet = quiet
            hurry = self._reactor.callLater(PATIENCE, self._hurry, quiet)
            await quiet
            if hurry.active():
                hurry.cancel()
        late = self._reactor.callLater(LIMIT, self._open, me)
        try:
            yield
        finally:
            if late.active():
                late.cancel()
            self._open(me)

    async def _turn(self) -> None:
        turn: Deferred[None] = Deferred()
        self._waiting.append(turn)
        await turn

    def _hurry(self, quiet: Deferred[None]) -> None:
        if self._quiet is quiet:
            self._quiet = None
            quiet.callback(None)

    def _open(self, me: object) -> None:
        if self._alone is me:
            self._alone = None
            waiting, self._waiting = self._waiting, []
            for turn in waiting:
                turn.callback(None)
