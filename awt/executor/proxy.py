"""The filtering forward proxy: the only way of a browser to the network.

A browser connects to names, follows redirects, loads frames, opens websockets, all by itself; so
what `awt.egress` is for our own requests, a port of this proxy is for one test in a
browser. It takes `CONNECT` and plain `http://` requests, one a connection, resolves names itself
and judges the address that is connected. RFC 9110 (7.6, 9.3.6), RFC 9112 (3.2).
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve, frozen
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from awt.egress import AddressRefused, Egress, EgressPolicy
from awt.executor.upstream import Upstream

MAX_HEAD: Final = 2**17
"""How long a request or an answer may be before its body begins, in bytes."""
MAX_BYTES: Final = 128 * 2**20
"""How much a test may receive between two pages that it opens, in bytes."""

_LOCAL: Final = "127.0.0.1"
_TARGET: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_HOP: Final = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te"}
)

log = Logger()


@frozen
class Problem:
    """Why a connection that a browser asked for was not made; `reason` is one of an action's.

    `host`: where it was to lead; a browser has business of its own too.
    """

    reason: str
    detail: str
    key: str = ""
    host: str = ""


class FilterPort:
    """One port of the proxy, for one test.

    `resolver`: who resolves names, by default the reactor's. `problems`: what could not be
    connected, in order; a browser does not say why. `sign`: a name that the port answers for by
    itself, and `seen` whether a browser asked for it, which proves that it comes this way.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        policy: EgressPolicy,
        resolver: IHostnameResolver | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.problems: list[Problem] = []
        self.sign = ""
        self.seen = False
        self._reactor = reactor
        self._max_bytes = max_bytes
        self._egress = Egress(reactor=reactor, policy=policy, resolver=resolver)
        self.upstream: Upstream | None = None
        self._clients: set[_Client] = set()
        self._listening: Any = None
        self._empty: list[Deferred[None]] = []
        self.renew()

    def start(self, address: str = _LOCAL, *, interface: str = "") -> str:
        """Listen on a free port of an interface, by default the one of `address`; return `address:port`.

        Raises twisted.internet.error.CannotListenError.
        """
        factory = Factory.forProtocol(lambda: _Client(self))
        factory.noisy = False
        self._listening = self._reactor.listenTCP(0, factory, interface=interface or address)
        host = f"[{address}]" if ":" in address else address
        return f"{host}:{self._listening.getHost().port}"

    def renew(self) -> None:
        """Begin to count what is received anew, and forget the problems: a page is opened."""
        self.problems.clear()
        self._egress.limit(self._max_bytes)

    @property
    def exceeded(self) -> bool:
        """Whether a connection was broken off because too much was received."""
        return self._egress.exceeded

    async def through(self, upstream: Upstream | None) -> None:
        """Send all requests from now on through another proxy; None: straight.

        Connections that are open are closed, for a browser would go on using them.
        """
        self.upstream = upstream
        await self.drop()

    async def drop(self) -> None:
        """Close all connections and return when they are gone."""
        for client in tuple(self._clients):
            client.abort()
        await self._egress.drop()
        if self._clients:
            gone: Deferred[None] = Deferred()
            self._empty.append(gone)
            await gone

    async def stop(self) -> None:
        """Close the port and its connections."""
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await (listening.stopListening() or succeed(None))
        await self.drop()

    def opened(self, client: "_Client") -> None:
        """Take note of a connection of the browser."""
        self._clients.add(client)

    def closed(self, client: "_Client") -> None:
        """Take note of its end."""
        self._clients.discard(client)
        if not self._clients:
            waiting, self._empty = self._empty, []
            for deferred in waiting:
                deferred.callback(None)

    async def connect(self, request: "_Request", server: "_Server") -> None:
        """Connect `server` to where a request leads. What can go wrong is told as `_Refused`."""
        factory = Factory.forProtocol(lambda: server)
        factory.noisy = False
        upstream = self.upstream
        try:
            if upstream is None:
                await self._egress.connect(request.host, request.port, factory)
                return
            await self._egress.judge(request.host)
            if upstream.trusted:
                endpoint = HostnameEndpoint(self._reactor, upstream.host, upstream.port)
                await endpoint.connect(factory)
            else:
                await self._egress.connect(upstream.host, upstream.port, factory)
        except CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - a browser waits for its answer, whatever it is
            told = _explained(problem)
            if upstream is not None and told.reason != "refused_address":
                told = Problem("proxy", f"{upstream.host}:{upstream.port}: {told.detail}")
            self.problems.append(evolve(told, host=request.host))
            raise _Refused from None


class _Refused(Exception):
    """A request that is not carried out."""


def _explained(problem: Exception) -> Problem:
    match problem:
        case AddressRefused():
            return Problem("refused_address", problem.address, problem.key)
        case error.DNSLookupError():
            return Problem("dns", str(problem))
        case error.TimeoutError() | error.TCPTimedOutError():
            return Problem("timeout", str(problem))
        case error.ConnectError():
            return Problem("connect", str(problem))
        case _:
            log.error("a connection failed: {problem}", problem=repr(problem))
            return Problem("connect", type(problem).__name__)


@frozen(kw_only=True)
class _Request:
    """The head of a request. `tunnel`: a `CONNECT`, else it is `http://` and `rest` is its path."""

    method: bytes
    host: str
    port: int
    tunnel: bool
    target: bytes = b""
    rest: bytes = b""
    headers: Sequence[bytes] = ()

    def wire(self, upstream: Upstream | None) -> bytes:
        """Return what the other side is sent first."""
        if self.tunnel:
            if upstream is None:
                return b""
            return b"".join(
                (
                    b"CONNECT " + self.target + b" HTTP/1.1\r\nHost: " + self.target + b"\r\n",
                    upstream.authorization,
                    b"\r\n",
                )
            )
        target = self.rest if upstream is None else self.target
        lines = [self.method + b" " + target + b" HTTP/1.1", *self.headers, b"Connection: close"]
        head = b"\r\n".join(lines) + b"\r\n"
        return head + (upstream.authorization if upstream else b"") + b"\r\n"


def _read(head: bytes) -> _Request:
    """Read the head of a request, without its empty line. Raises `_Refused`."""
    line, *headers = head.split(b"\r\n")
    try:
        method, target, version = line.split(b" ")
        text = target.decode("ascii")
        parts = urlsplit(text)
    except ValueError:
        raise _Refused from None
    if not version.startswith(b"HTTP/1."):
        raise _Refused
    if method == b"CONNECT":
        host, port = _host(text)
        return _Request(method=method, host=host, port=port, tunnel=True, target=target)
    if parts.scheme != "http":
        raise _Refused
    netloc = parts.netloc.rpartition("@")[2]
    host, port = _host(netloc if _TARGET.fullmatch(netloc) else f"{netloc}:80")
    rest = target.split(b"://", 1)[1][len(parts.netloc) :] or b"/"
    kept = [header for header in headers if header.partition(b":")[0].strip().lower() not in _HOP]
    return _Request(
        method=method,
        host=host,
        port=port,
        tunnel=False,
        target=target,
        rest=rest if rest.startswith(b"/") else b"/" + rest,
        headers=kept,
    )


def _host(netloc: str) -> tuple[str, int]:
    match = _TARGET.fullmatch(netloc)
    if match is None or not 0 < int(match[2]) < 2**16:
        raise _Refused
    return match[1].strip("[]"), int(match[2])


class _Client(Protocol):
    """A connection of the browser: one request, then bytes both ways."""

    def __init__(self, port: FilterPort) -> None:
        self.port = port
        self._head: bytearray | None = bytearray()
        self._server: _Server | None = None
        self._connecting: Deferred[None] | None = None

    def connectionMade(self) -> None:  # noqa: N802
        self.port.opened(self)
        self.transport.setTcpNoDelay(True)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._head is None:
            if self._server is not None:
                self._server.forward(data)
            return
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0 and len(self._head) <= MAX_HEAD:
            return
        head, rest = bytes(self._head[:end]), bytes(self._head[end + 4 :])
        self._head = None
        try:
            request = _read(head) if end >= 0 else None
        except _Refused:
            request = None
        if request is None:
            self.answer(b"400 Bad Request")
            return
        if self.port.sign and request.host == self.port.sign:
            self.port.seen = True
            self.answer(b"200 OK")
            return
        upstream = self.port.upstream
        self._server = _Server(self, request, upstream)
        self._server.forward(request.wire(upstream) + rest)
        self.transport.pauseProducing()  # type: ignore[union-attr]
        self._connecting = Deferred.fromCoroutine(self._connect(request, self._server))

    async def _connect(self, request: _Request, server: "_Server") -> None:
        try:
            await self.port.connect(request, server)
        except _Refused:
            self.answer(b"502 Bad Gateway")
            self.transport.resumeProducing()  # type: ignore[union-attr]
            return
        except CancelledError:
            return
        finally:
            self._connecting = None
        server.begin()

    def answer(self, status: bytes) -> None:
        """Say why nothing comes, and hang up."""
        assert self.transport is not None
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        self.transport.loseConnection()

    def abort(self) -> None:
        self.transport.abortConnection()  # type: ignore[union-attr]

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        if self._connecting is not None:
            self._connecting.cancel()
        if self._server is not None:
            self._server.hang_up()
        self.port.closed(self)


class _Server(Protocol):
    """The connection to the site, or to the next proxy."""

    def __init__(self, client: _Client, request: _Request, upstream: Upstream | None) -> None:
        self.upstream = upstream
        self._client = client
        self._host = request.host
        self._tunnel = request.tunnel
        self._head: bytearray | None = None if self._tunnel and upstream is None else bytearray()
        self._waiting = bytearray()
        self._begun = False

    def begin(self) -> None:
        """Join the two connections."""
        assert self.transport is not None
        here, there = self._client.transport, self.transport
        assert here is not None
        there.setTcpNoDelay(True)  # type: ignore[attr-defined]
        here.registerProducer(there, True)  # type: ignore[attr-defined]  # noqa: FBT003
        there.registerProducer(here, True)  # type: ignore[attr-defined]  # noqa: FBT003
        self._begun = True
        if self._head is None:
            here.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        there.write(bytes(self._waiting))
        self._waiting.clear()
        here.resumeProducing()  # type: ignore[attr-defined]

    def forward(self, data: bytes) -> None:
        """Send what the browser sent."""
        if self._begun:
            assert self.transport is not None
            self.transport.write(data)
        else:
            self._waiting += data

    def hang_up(self) -> None:
        """Close: the browser has gone."""
        if self.transport is not None:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        client = self._client.transport
        assert client is not None
        if self._head is None:
            client.write(data)
            return
        self._head += data
        while self._head is not None and (end := self._head.find(b"\r\n\r\n")) >= 0:
            head, rest = bytes(self._head[: end + 4]), bytes(self._head[end + 4 :])
            if self._is_interim(head):
                client.write(head)
                self._head = bytearray(rest)
                continue
            self._head = None
            client.write((head if self._tunnel else _closing(head)) + rest)
        if self._head is not None and len(self._head) > MAX_HEAD:
            self.transport.loseConnection()  # type: ignore[union-attr]

    def _is_interim(self, head: bytes) -> bool:
        status = head[9:12]
        if self._tunnel and self.upstream is not None and not status.startswith(b"2"):
            told = head.partition(b"\r\n")[0].decode("latin-1")
            problem = Problem("proxy", f"{self.upstream.host}: {told}", host=self._host)
            self._client.port.problems.append(problem)
        return status.startswith(b"1") and status != b"101"

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        if self._client.transport is not None:
            self._client.transport.unregisterProducer()  # type: ignore[attr-defined]
            self._client.transport.loseConnection()


def _closing(head: bytes) -> bytes:
    """Return the head of an answer that says that nothing follows it on this connection."""
    lines = head[:-4].split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in _HOP]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])
