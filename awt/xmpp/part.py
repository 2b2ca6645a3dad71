"""The part ``xmpp``: an assistant on the network for each service that this node carries."""

from typing import Any, Final

from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.background import Periodic, Tasks
from awt.config import Config
from awt.errors import Refused, Unavailable
from awt.ports import Env
from awt.resources import Resources
from awt.xmpp.assistant import Assistant, Place
from awt.xmpp.lease import Call

log = Logger()

LOOK: Final = 30.0
"""Seconds between two looks for services that were added or disabled."""
SOON: Final = 1.0
"""Seconds before the next look when none was found, for the server was away."""


class XmppPart:
    """Carries assistants."""

    def __init__(self, *, config: Config, env: Env, call: Call, bus: Any, reactor: Any) -> None:
        self._config = config
        self._env = env
        self._call = call
        self._bus = bus
        self._reactor = reactor
        self._instance = env.clock()
        self._tasks = Tasks()
        self.assistants: dict[str, Assistant] = {}
        self._look = Periodic(self._find, seconds=LOOK, name="finding services", reactor=reactor)

    async def start(self) -> None:
        """Begin to connect; it works when the server is there."""
        await self._find()
        self._look.start(now=False)

    async def stop(self) -> None:
        """Say goodbye everywhere."""
        await self._look.stop()
        await self._tasks.cancel()
        for service in list(self.assistants):
            await self.assistants.pop(service).stop()

    async def _find(self) -> None:
        """Carry what is to be carried: the service of this node, or all that there are."""
        try:
            found = (await self._call("ListServices", {})).services
        except (Refused, Unavailable) as error:
            if not self.assistants:
                log.warn("services are not known yet: {why}", why=str(error))
                self._tasks.spawn(self._find_soon(), "finding services soon")
            return
        own = self._config.service
        wanted = {s.short_name: s.title for s in found if own in {"", s.short_name}}
        for service in [name for name in self.assistants if name not in wanted]:
            await self.assistants.pop(service).stop()
        for service, title in wanted.items():
            if service not in self.assistants:
                self._carry(service, title)

    async def _find_soon(self) -> None:
        await deferLater(self._reactor, SOON)
        await self._find()

    def _carry(self, service: str, title: str) -> None:
        where = self._config.xmpp.of(service)
        place = Place(
            service=service,
            domain=f"{service}.{where.domain}",
            endpoint=where.component,
            secret=where.password,
        )
        self.assistants[service] = assistant = Assistant(
            place=place,
            title=title,
            site_url=self._env.settings.site_url,
            instance=self._instance,
            call=self._call,
            bus=self._bus,
            clock=self._env.clock,
            chance=self._env.chance,
            reactor=self._reactor,
        )
        assistant.start()


def make(resources: Resources) -> XmppPart:
    """Return the part."""
    return XmppPart(
        config=resources.config,
        env=resources.env,
        call=resources.calls.call,
        bus=resources.bus,
        reactor=resources.reactor,
    )
