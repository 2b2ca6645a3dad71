"""The part ``xmpp``: an assistant on the network for each service that this node carries."""

from typing import Any, Final

from attrs import evolve
from twisted.logger import Logger

from awt.api.caller import LOCAL_NODE
from awt.background import Periodic
from awt.config import Config
from awt.errors import Refused, Unavailable
from awt.ports import Env
from awt.resources import Resources
from awt.xmpp.assistant import Assistant, Place
from awt.xmpp.lease import Call

log = Logger()

LOOK: Final = 30.0
"""Seconds between two looks for services that were added or disabled."""


class XmppPart:
    """Carries assistants."""

    def __init__(self, *, config: Config, env: Env, call: Call, bus: Any, reactor: Any) -> None:
        self._config = config
        self._env = env
        self._call = call
        self._bus = bus
        self._reactor = reactor
        self._instance = env.clock()
        self.assistants: dict[str, Assistant] = {}
        self._look = Periodic(self._find, seconds=LOOK, name="finding services", reactor=reactor)

    async def start(self) -> None:
        """Begin to connect; it works when the server is there."""
        await self._find()
        self._look.start(now=False)

    async def stop(self) -> None:
        """Say goodbye everywhere."""
        await self._look.stop()
        for service in list(self.assistants):
            await self.assistants.pop(service).stop()

    async def _find(self) -> None:
        """Carry what is to be carried: the service of this node, or all that there are."""
        try:
            found = (await self._call("ListServices", {})).services
        except (Refused, Unavailable) as error:
            log.warn("services are not known yet: {why}", why=str(error))
            return
        own = self._config.service
        wanted = {s.short_name: s.title for s in found if own in {"", s.short_name}}
        for service in [name for name in self.assistants if name not in wanted]:
            await self.assistants.pop(service).stop()
        for service, title in wanted.items():
            if service not in self.assistants:
                self._carry(service, title)

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
    node = evolve(LOCAL_NODE, node=resources.config.node)

    async def call(name: str, values: Any) -> Any:
        return await resources.api.call(name, node, values)

    return XmppPart(
        config=resources.config,
        env=resources.env,
        call=call,
        bus=resources.bus,
        reactor=resources.reactor,
    )
