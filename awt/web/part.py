"""The part ``web``: the site on its port, and the web chat."""

from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString

from awt.resources import ServerResources
from awt.web.delivery import WebChat
from awt.web.listener import Front, Quiet
from awt.web.request import BoundedRequest
from awt.web.routes import Routes

IDLE_SECONDS: Final = 120
"""How long a connection may say nothing while no answer is on its way."""


class WebPart:
    """Listens, and delivers into web chats."""

    def __init__(self, resources: ServerResources) -> None:
        self._resources = resources
        self._routes = Routes(resources)
        self._front = Front(self._routes)
        self._chat = WebChat(
            database=resources.database, bus=resources.bus, signals=resources.signals
        )
        self._port: Any = None
        self._site: Quiet | None = None
        self.address: Any = None
        """Where it listens, once it does."""

    async def start(self) -> None:
        """Begin to deliver, then to listen."""
        await self._chat.start()
        reactor = self._resources.reactor
        self._site = Quiet(
            self._front,
            count=self._routes.count,
            requestFactory=BoundedRequest,
            parsePOSTFormSubmission=False,
            timeout=IDLE_SECONDS,
            reactor=reactor,
        )
        endpoint = serverFromString(reactor, self._resources.config.web.listen)
        self._port = await endpoint.listen(self._site)
        self.address = self._port.getHost()

    async def stop(self) -> None:
        """Close the port and the streams, finish the requests in hand."""
        if self._port is not None:
            stopped: Deferred[None] | None = self._port.stopListening()
            if stopped is not None:
                await stopped
        self._front.closed = True
        await self._routes.stop()
        if self._site is not None:
            await self._site.drain()
        await self._chat.stop()


def make(resources: ServerResources) -> WebPart:
    """Return the part."""
    return WebPart(resources)
