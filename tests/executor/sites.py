"""Sites on the loopback interface, good and evil ones, for the tests of engines."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, cast

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
    ITransport,
)
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

from awt.egress import IPNetwork
from awt.executor.engines.http import HttpEngine
from awt.model.actions import Action, ActionResult, Open, Text

reactor: Any = _reactor

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Counting(WrappingFactory[ProtocolWrapper]):
    """Knows how many clients are connected."""

    noisy = False

    def __init__(self, factory: Any) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]
        self.seen = 0
        self._empty: list[Deferred[None]] = []
        self._first: Deferred[None] = Deferred()

    def registerProtocol(self, p: ProtocolWrapper) -> None:
        super().registerProtocol(p)  # type: ignore[no-untyped-call]
        self.seen += 1
        if self.seen == 1:
            self._first.callback(None)

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:
        super().unregisterProtocol(p)  # type: ignore[no-untyped-call]
        if not self.protocols:
            waiting, self._empty = self._empty, []
            for deferred in waiting:
                reactor.callLater(0, deferred.callback, None)

    async def first(self) -> None:
        """Return when somebody has connected."""
        await self._first

    async def empty(self) -> None:
        """Return when nobody is connected: it never does if a client leaks a connection."""
        if self.protocols:
            waiting: Deferred[None] = Deferred()
            self._empty.append(waiting)
            await waiting


class Page(Resource):
    """Answers every path with what a function makes of the request."""

    isLeaf = True  # type: ignore[mutable-override]

    def __init__(self, render: Callable[[Request], bytes | int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._render = render

    def render_GET(self, request: Request) -> bytes | int:
        return self._render(request)


class Raw(Protocol):
    """Answers a request by writing to the wire what it likes."""

    def __init__(self, answer: Callable[[ITransport], None]) -> None:
        self._answer = answer
        self._received = b""

    def dataReceived(self, data: bytes) -> None:
        self._received += data
        if b"\r\n\r\n" in self._received:
            self._received = b""
            assert self.transport is not None
            self._answer(self.transport)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        pass


@implementer(IHostnameResolver)
class Names:
    """Resolves names from a table; a list of lists is answered one after the other.

    A name with None is never answered, one that is not there has no addresses.
    """

    def __init__(self, table: Mapping[str, Sequence[str] | None]) -> None:
        self._table = dict(table)
        self.asked: list[str] = []
        self.turns: dict[str, list[Sequence[str]]] = {}

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        *_types: Any,
    ) -> Any:
        self.asked.append(hostName)
        addresses = self._table.get(hostName, ())
        if self.turns.get(hostName):
            addresses = self.turns[hostName].pop(0)
        resolutionReceiver.resolutionBegan(cast(IHostResolution, None))
        if addresses is None:
            return None
        for address in addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
        resolutionReceiver.resolutionComplete()
        return None


class EngineTestCase(TestCase):
    """Runs actions against local sites and proves that no connection is left."""

    timeout = 120

    def serve(
        self, factory: Any, *, interface: str = "127.0.0.1", port: int = 0
    ) -> tuple[int, Counting]:
        """Listen until the test is over; return the port and who counts the connections."""
        counting = Counting(factory)
        listening = reactor.listenTCP(port, counting, interface=interface)

        async def stop() -> None:
            await counting.empty()
            await (listening.stopListening() or succeed(None))

        self.addCleanup(lambda: Deferred.fromCoroutine(stop()))
        return listening.getHost().port, counting

    def site(self, render: Callable[[Request], bytes | int], **options: Any) -> str:
        """Serve pages; return the address without a path."""
        port, _ = self.serve(Site(Page(render)), **options)
        host = options.get("interface", "127.0.0.1")
        return f"http://{host}:{port}" if "." in host else f"http://[{host}]:{port}"

    def raw(self, answer: Callable[[ITransport], None]) -> tuple[str, Counting]:
        """Serve bytes; return the address and who counts the connections."""
        factory = ServerFactory.forProtocol(lambda: Raw(answer))
        factory.noisy = False
        port, counting = self.serve(factory)
        return f"http://127.0.0.1:{port}/", counting

    def wire(self, *pieces: bytes) -> str:
        """Serve these bytes and close; return the address."""

        def answer(transport: ITransport) -> None:
            for piece in pieces:
                transport.write(piece)
            transport.loseConnection()

        return self.raw(answer)[0]

    def engine(self, *, allow: Sequence[IPNetwork] = LOOPBACK, **options: Any) -> HttpEngine:
        engine = HttpEngine(reactor=reactor, allow_private_addresses=allow, **options)
        self.addCleanup(lambda: Deferred.fromCoroutine(engine.close()))
        return engine

    async def open(
        self, url: str, *, seconds: float = 30, text: str | None = None, **options: Any
    ) -> ActionResult:
        """Open a page by an engine of its own, perhaps find a text, return the last result."""
        actions: list[Action] = [Open(url)]
        if text is not None:
            actions.append(Text(data=text))
        results = await self.engine(**options).run(actions, action_seconds=seconds)
        assert len(results) == len(actions)
        return results[-1]
