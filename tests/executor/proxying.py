"""Asks a forward proxy as a browser does, and sites of bytes behind it."""

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from awt.egress import EgressPolicy, IPNetwork
from awt.executor.proxy import FilterPort
from tests.executor.sites import LOOPBACK, Counting, reactor

HERE = "127.0.0.1"


class Client(Protocol):
    """Collects what comes until the end."""

    transport: Any

    def __init__(self) -> None:
        self.received = b""
        self.ended: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended.callback(self.received)


class Answering(Protocol):
    """A site of bytes: it notes what it is sent and answers the first of it."""

    transport: Any

    def __init__(self, heard: list[bytes], answer: bytes, *, close: bool) -> None:
        self._heard = heard
        self._answer = answer
        self._close = close

    def dataReceived(self, data: bytes) -> None:
        self._heard.append(data)
        if len(self._heard) == 1:
            self.transport.write(self._answer)
        if self._close:
            self.transport.loseConnection()


class ProxyCase(TestCase):
    """A port of a test, sites, and who asks."""

    timeout = 120

    def port(self, *, allow: tuple[IPNetwork, ...] = LOOPBACK, **options: Any) -> FilterPort:
        policy = EgressPolicy(allow_private_addresses=allow)
        port = FilterPort(reactor=reactor, policy=policy, **options)
        self.address = port.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(port.stop()))
        return port

    def listen(self, factory: Any, *, tls: Any = None) -> str:
        """Listen until the test is over, when everybody is hung up on."""
        counting = Counting(factory)
        if tls is None:
            port = reactor.listenTCP(0, counting, interface=HERE)
        else:
            port = reactor.listenSSL(0, counting, tls, interface=HERE)

        async def stop() -> None:
            await (port.stopListening() or succeed(None))
            for protocol in tuple(counting.protocols):
                protocol.transport.abortConnection()
            await counting.empty()

        self.addCleanup(lambda: Deferred.fromCoroutine(stop()))
        return f"{HERE}:{port.getHost().port}"

    def site(self, answer: bytes, *, close: bool = True) -> str:
        self.heard: list[bytes] = []
        return self.listen(Factory.forProtocol(lambda: Answering(self.heard, answer, close=close)))

    def listen_still(self) -> str:
        """Listen and say nothing."""
        return self.listen(Factory.forProtocol(Protocol))

    async def connected(self, address: str = "") -> Client:
        host, _, port = (address or self.address).rpartition(":")
        factory = Factory.forProtocol(Client)
        factory.noisy = False
        client: Any = await HostnameEndpoint(reactor, host, int(port)).connect(factory)
        assert isinstance(client, Client)

        async def leave() -> None:
            client.transport.abortConnection()
            await client.ended

        self.addCleanup(lambda: Deferred.fromCoroutine(leave()))
        return client

    async def ask(self, request: bytes, address: str = "") -> bytes:
        """Send bytes; return all that comes until the proxy hangs up."""
        client = await self.connected(address)
        client.transport.write(request)
        return await client.ended
