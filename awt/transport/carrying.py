"""The part of a transport: an assistant on its network for each service that this node carries."""

from collections.abc import Callable
from typing import Final, Protocol

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from awt.background import Tasks, say
from awt.errors import Refused, Unavailable
from awt.transport.lease import Call

log = Logger()

LOOK: Final = 30.0
"""Seconds between two looks for services that were added or disabled."""
SOON: Final = 1.0
"""Seconds before the next look when none was found, for the server was away."""


class Assistant(Protocol):
    """One assistant on a network."""

    def start(self) -> None:
        """Begin to ask for the lease, and connect once it is held."""

    async def stop(self) -> None:
        """Finish what is in hand, and let another node take over."""


class Carrying:
    """Carries assistants: the one of ``own``, or of all services where that is empty.

    ``make`` returns the assistant of a service and its title; None where it cannot be on this network.
    """

    def __init__(
        self,
        *,
        own: str,
        call: Call,
        make: Callable[[str, str], Assistant | None],
        reactor: IReactorTime,
    ) -> None:
        self._own = own
        self._call = call
        self._make = make
        self._reactor = reactor
        self._tasks = Tasks()
        self._stopping = False
        self.assistants: dict[str, Assistant] = {}

    async def start(self) -> None:
        """Begin to connect; it works when the server is there."""
        pause = await self._find()
        self._tasks.spawn(self._keep(pause), "finding services")

    async def stop(self) -> None:
        """Say goodbye everywhere."""
        self._stopping = True
        await self._tasks.cancel()
        for service in list(self.assistants):
            self._tasks.spawn(self.assistants.pop(service).stop(), f"stop of {service}")
        await self._tasks.finish()

    async def _keep(self, pause: float) -> None:
        """Look again and again, one look after the other."""
        while not self._stopping:
            await deferLater(self._reactor, pause)
            try:
                pause = await self._find()
            except CancelledError:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, the next look may be better
                say(log, Failure(), "finding services failed")
                pause = LOOK

    async def _find(self) -> float:
        """Carry what is to be carried; return after how many seconds to look again."""
        try:
            found = (await self._call("ListServices", {})).services
        except (Refused, Unavailable) as error:
            if self.assistants:
                return LOOK
            log.warn("services are not known yet: {why}", why=str(error))
            return SOON
        wanted = {s.short_name: s.title for s in found if self._own in {"", s.short_name}}
        for service in [name for name in self.assistants if name not in wanted]:
            await self._drop(service)
        for service, title in wanted.items():
            if service not in self.assistants and not self._stopping:
                self._carry(service, title)
        return LOOK

    async def _drop(self, service: str) -> None:
        try:
            await self.assistants[service].stop()
        except CancelledError:  # the node stops: it finds the assistant, and waits for its end
            raise
        except Exception:  # noqa: BLE001 - a bug is not to keep the others from being carried
            say(log, Failure(), "stop of {service} failed", service=service)
        self.assistants.pop(service, None)

    def _carry(self, service: str, title: str) -> None:
        assistant = self._make(service, title)
        if assistant is not None:
            self.assistants[service] = assistant
            assistant.start()
