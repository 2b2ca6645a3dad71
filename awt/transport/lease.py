"""The lease on an assistant's connection: one node at a time holds it, others stand by."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.background import Tasks

log = Logger()

Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Calls a method of the API by its name, as this node."""

RENEW: Final = 3.0
"""Seconds between two renewals, and between two attempts of who stands by."""
RETRY: Final = 1.0
"""Seconds after which a server that could not be reached is asked again."""


class Lease:
    """Keeps asking for the lease of a service on a transport.

    ``instance`` is when this process started, in ms: of two processes of one node the newer has it.
    ``on_lost`` is called when the lease ends that was held.
    """

    def __init__(
        self,
        *,
        call: Call,
        service: str,
        transport: str,
        instance: int,
        reactor: Any,
        on_lost: Callable[[], None],
    ) -> None:
        self._call = call
        self._service = service
        self._values = {"service": service, "transport": transport, "instance": instance}
        self._reactor = reactor
        self._on_lost = on_lost
        self._until = 0.0
        self._said = ""
        self._waiting: list[Deferred[None]] = []
        self._tasks = Tasks()
        self._ending: Any = None

    @property
    def held(self) -> bool:
        """Whether this node may be connected now."""
        return bool(self._reactor.seconds() < self._until)

    def start(self) -> None:
        """Begin to ask."""
        self._tasks.spawn(self._keep(), f"lease on {self._service}")

    async def stop(self) -> None:
        """Give the lease back and ask no more."""
        await self._tasks.cancel()
        held, self._until = self.held, 0.0
        if self._ending is not None and self._ending.active():
            self._ending.cancel()
        for waiting in self._waiting:
            waiting.cancel()
        self._waiting.clear()
        if held:
            try:
                await self._call("ReleaseLease", self._values)
            except CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - it ends by itself
                log.warn(
                    "lease on {service} not given back: {why}",
                    service=self._service,
                    why=str(error),
                )

    async def acquired(self) -> None:
        """Wait until the lease is held."""
        if not self.held:
            acquired: Deferred[None] = Deferred()
            self._waiting.append(acquired)
            await acquired

    async def renew(self) -> bool:
        """Ask now; return whether the lease is held."""
        await self._ask()
        return self.held

    async def _keep(self) -> None:
        while True:
            pause = await self._ask()
            await deferLater(self._reactor, pause)

    async def _ask(self) -> float:
        """Ask once and return after how many seconds to ask again."""
        asked_at = self._reactor.seconds()
        try:
            answer = await self._call("TakeLease", self._values)
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the lease ends unless it is renewed
            self._say(f"cannot be asked for: {error}")
            return RETRY
        if not answer.held:
            self._say(f"is with {answer.holder}")
            self._lose()
            return min(RENEW, float(answer.seconds) + 0.1)
        was_held = self.held
        self._until = asked_at + answer.seconds
        if self._ending is not None and self._ending.active():
            self._ending.cancel()
        self._ending = self._reactor.callLater(
            max(0.0, self._until - self._reactor.seconds()), self._lose
        )
        if not was_held:
            self._say("is ours")
        waiting, self._waiting = self._waiting, []
        for acquired in waiting:
            acquired.callback(None)
        return RENEW

    def _lose(self) -> None:
        if self._until:
            self._until = 0.0
            if self._ending is not None and self._ending.active():
                self._ending.cancel()
            log.warn("the lease on {service} is lost", service=self._service)
            self._on_lost()

    def _say(self, what: str) -> None:
        """Log what became of the lease, once until it changes."""
        if what != self._said:
            self._said = what
            log.info("lease on {service} {what}", service=self._service, what=what)
