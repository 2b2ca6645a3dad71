"""The HTTP server of the site: what it lets in, and how it is emptied when the node stops."""

from collections.abc import Iterable
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import Site as HttpSite

from awt.web.routes import Routes

ANSWER_SECONDS: Final = 3.0
"""How long a stop waits for requests in hand."""
CLOSE_SECONDS: Final = 1.0
"""How long it then waits for readers to take what was written."""


class Channel(HTTPChannel):
    """A connection that its site knows of."""

    site: "Quiet"

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Tell the site."""
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.site.channels.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Tell the site."""
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self.site.left(self)


class Quiet(HttpSite):
    """A site that counts its answers, writes no query string into any log, and can be emptied."""

    protocol = Channel  # type: ignore[assignment]  # it speaks HTTP/1.1 alone

    def __init__(self, resource: Any, *, count: Any, **options: Any) -> None:
        super().__init__(resource, **options)  # type: ignore[no-untyped-call]
        self._count = count
        self.channels: set[Channel] = set()
        self._in_hand: set[Any] = set()
        self._empty: list[Deferred[None]] = []

    def log(self, request: Any) -> None:
        """Count an answer."""
        self._count(request.code)

    def getResourceFor(self, request: Any) -> Any:  # noqa: N802 - Twisted's name
        """Return what answers a request that has wholly arrived; from now on it is in hand."""
        self._in_hand.add(request)
        request.notifyFinish().addBoth(lambda _: self._in_hand.discard(request))
        return super().getResourceFor(request)  # type: ignore[no-untyped-call]

    def left(self, channel: Channel) -> None:
        """Forget a connection."""
        self.channels.discard(channel)
        if not self.channels:
            empty, self._empty = self._empty, []
            for deferred in empty:
                deferred.callback(None)

    async def drain(self) -> None:
        """Answer the requests in hand, then close every connection; late ones are cut off."""
        await self._wait((r.notifyFinish() for r in self._in_hand), ANSWER_SECONDS)
        for channel in list(self.channels):
            channel.loseConnection()  # type: ignore[no-untyped-call]
        await self._wait([self._emptied()], CLOSE_SECONDS)
        for channel in list(self.channels):
            transport: Any = channel.transport
            transport.abortConnection()
        await self._emptied()

    def _emptied(self) -> Deferred[None]:
        emptied: Deferred[None] = Deferred()
        if self.channels:
            self._empty.append(emptied)
        else:
            emptied.callback(None)
        return emptied

    async def _wait(self, deferreds: Iterable[Deferred[Any]], seconds: float) -> None:
        """Wait for all, good or bad, but not longer."""
        every = DeferredList(list(deferreds), consumeErrors=True)
        ended: Deferred[None] = Deferred()
        timer = self.reactor.callLater(seconds, ended.callback, None)

        def end(_result: object) -> None:
            if timer.active():
                timer.cancel()
                ended.callback(None)

        _ = every.addCallback(end)
        await ended


class Front(Resource):
    """Lets in what the router can read, and nothing once the node stops."""

    isLeaf = 1  # noqa: N815 - Twisted's name

    def __init__(self, routes: Routes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._routes = routes
        self._inside = routes.app().resource()
        self.closed = False

    def render(self, request: Any) -> Any:
        """Answer a request."""
        if self.closed:  # a connection that was kept alive
            request.setResponseCode(503)
            request.setHeader("Connection", "close")
            request.setHeader("Retry-After", "2")
            return b""
        try:
            b"/".join([request.method, *request.postpath]).decode()
        except UnicodeDecodeError:
            return self._routes.bad_address(request)
        return self._inside.render(request)
