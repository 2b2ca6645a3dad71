"""The part ``web``: the site on its port, and the web chat."""

from typing import Any

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.web.server import Site as HttpSite

from awt.resources import Resources
from awt.web.delivery import WebChat
from awt.web.request import BoundedRequest
from awt.web.routes import Routes


class Quiet(HttpSite):
    """A site that counts its answers and writes no query string into any log."""

    def __init__(self, resource: Any, *, count: Any, **options: Any) -> None:
        super().__init__(resource, **options)
        self._count = count

    def log(self, request: Any) -> None:
        """Count an answer."""
        self._count(request.code)


class WebPart:
    """Listens, and delivers into web chats."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._routes = Routes(resources)
        self._chat = WebChat(database=resources.database, bus=resources.bus)
        self._port: Any = None
        self.address: Any = None
        """Where it listens, once it does."""

    async def start(self) -> None:
        """Begin to deliver, then to listen."""
        await self._chat.start()
        app: Klein = self._routes.app()
        site = Quiet(
            app.resource(), count=self._routes.count, requestFactory=BoundedRequest, timeout=120
        )
        endpoint = serverFromString(self._resources.reactor, self._resources.config.web.listen)
        self._port = await endpoint.listen(site)
        self.address = self._port.getHost()

    async def stop(self) -> None:
        """Close the port and the streams, finish the requests in hand."""
        if self._port is not None:
            stopped: Deferred[None] | None = self._port.stopListening()
            if stopped is not None:
                await stopped
        await self._routes.stop()
        await self._chat.stop()


def make(resources: Resources) -> WebPart:
    """Return the part."""
    return WebPart(resources)
