"""Connections of a forward proxy: one request each, then bytes both ways.

What a proxy is for is up to its `Door`: the port of one test (`awt.executor.proxy`), or the proxy
of a pX host (`awt.executor.proxy_host`). RFC 9110 (7.6, 9.3.6), RFC 9112 (3.2), RFC 9209.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from attrs import frozen
from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from awt.egress import AddressRefused
from awt.executor.heads import MAX_HEAD, BadHead, Request, read_answer, read_request
from awt.executor.upstream import Upstream

LINGER: Final = 10.0
"""Seconds in which the last bytes have to be taken by a site whose browser has gone."""
BAD_GATEWAY: Final = b"502 Bad Gateway"

# RFC 9209, 2.3: what a proxy of ours tells another one, and which reason of a result that is.
_ERRORS: Final = {
    "refused_address": "destination_ip_prohibited",
    "dns": "dns_error",
    "timeout": "connection_timeout",
    "connect": "destination_unavailable",
    "bad_response": "http_response_incomplete",
}
_REASONS: Final = {told: reason for reason, told in _ERRORS.items()}
_STATUS: Final = re.compile(rb'awt; error=([a-z_]+); details="([^"]*)"')
_NO_DETAIL: Final = re.compile(rb"[^ !#-\[\]-~]")
_FAILURES: Final = frozenset({b"407", b"502", b"503", b"504"})

log = Logger()


@frozen
class Problem:
    """Why a connection that was asked for was not made; `reason` is one of an action's.

    `host`: where it was to lead; a browser has business of its own too.
    """

    reason: str
    detail: str
    key: str = ""
    host: str = ""

    @property
    def status(self) -> bytes:
        """The header that tells another proxy of ours (RFC 9209)."""
        told = _ERRORS.get(self.reason, "proxy_internal_error").encode()
        detail = _NO_DETAIL.sub(b"?", self.detail.encode(errors="replace"))[:200]
        return b"Proxy-Status: awt; error=" + told + b'; details="' + detail + b'"'


def quiet(make: Callable[[], Protocol]) -> Factory[Any]:
    """Return a factory of connections that nobody logs."""
    factory = Factory.forProtocol(make)
    factory.noisy = False
    return factory


class NotConnected(Exception):
    """A connection that was not made."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def explained(problem: Exception) -> Problem:
    """Return what an exception of a connection means."""
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


class Door(ABC):
    """What a forward proxy lets through, and where it sends it."""

    upstream: Upstream | None = None
    """Where all goes, if it is another proxy."""
    explains: bool = False
    """Whether who asks is told why nothing came: another proxy is, a page is not."""
    seconds: float | None = None
    """How long a connection may last."""
    head_seconds: float | None = None
    """How long a request may take to come."""
    max_bytes: int | None = None
    """How much an answer may bring that does not come through a tunnel."""

    def __init__(self, *, reactor: Any) -> None:
        self.reactor = reactor
        self.clients: set[Client] = set()
        self._leaving: list[tuple[set[Client], Deferred[None]]] = []

    def factory(self) -> Factory[Any]:
        """Return the factory of those who come in."""
        return quiet(lambda: Client(self))

    def opened(self, client: "Client") -> bool:
        """Take note of a connection; False if there is no room for it."""
        self.clients.add(client)
        return True

    def closed(self, client: "Client") -> None:
        """Take note of its end."""
        self.clients.discard(client)
        for leaving in tuple(self._leaving):
            clients, gone = leaving
            clients.discard(client)
            if not clients:
                self._leaving.remove(leaving)
                gone.callback(None)

    @abstractmethod
    def admit(self, request: Request, client: "Client") -> bytes:
        """Return the status of what is answered here, empty to go on. Raises `BadHead`."""

    @abstractmethod
    async def connect(self, request: Request, server: "Server") -> None:
        """Connect `server` to where a request leads. What can go wrong is told as `NotConnected`."""

    @abstractmethod
    def failed(self, problem: Problem, request: Request) -> None:
        """Take note of a connection that was made and led nowhere."""

    async def hang_up(self) -> None:
        """Close all connections and return when those who had come in are gone."""
        if not self.clients:
            return
        gone: Deferred[None] = Deferred()
        self._leaving.append((set(self.clients), gone))
        for client in tuple(self.clients):
            client.abort()
        await gone


class Client(Protocol):
    """A connection of somebody who asks: one request, then bytes both ways."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._head: bytearray | None = bytearray()
        self._left: int | None = None
        """Bytes of the body that are still to come; None: no end is known."""
        self._server: Server | None = None
        self._connecting: Deferred[None] | None = None
        self._timer: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        """Let somebody in."""
        if not self.door.opened(self):
            self.abort()
            return
        self.transport.setTcpNoDelay(True)  # type: ignore[union-attr]
        self._expect_end(self.door.head_seconds)

    def _expect_end(self, seconds: float | None) -> None:
        self._expect_nothing()
        if seconds is not None:
            self._timer = self.door.reactor.callLater(seconds, self.abort)

    def _expect_nothing(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read a request, then hand on what comes."""
        if self._head is None:
            if self._server is not None:
                self._server.forward(self._of_body(data))
            return
        begin = max(0, len(self._head) - 3)
        self._head += data
        end = self._head.find(b"\r\n\r\n", begin)
        if end < 0 and len(self._head) <= MAX_HEAD:
            return
        head, rest = bytes(self._head[:end]), bytes(self._head[end + 4 :])
        self._head = None
        if end < 0:
            self.answer(BadHead().status)
            return
        try:
            request = read_request(head)
            own = self.door.admit(request, self)
        except BadHead as bad:
            self.answer(bad.status)
            return
        if own:
            self.answer(own)
            return
        self._expect_end(self.door.seconds)
        self._left = None if request.tunnel else request.length
        self._server = Server(self, request)
        self._server.forward(request.wire(self._server.upstream) + self._of_body(rest))
        self.transport.pauseProducing()  # type: ignore[union-attr]
        self._connecting = Deferred.fromCoroutine(self._connect(request, self._server))

    def _of_body(self, data: bytes) -> bytes:
        """Return what belongs to this request: one that follows it is not for whom this is for."""
        if self._left is None:
            return data
        data = data[: self._left]
        self._left -= len(data)
        return data

    async def _connect(self, request: Request, server: "Server") -> None:
        try:
            await self.door.connect(request, server)
        except NotConnected as problem:
            self.refuse(problem.problem)
            self.transport.resumeProducing()  # type: ignore[union-attr]
            return
        except CancelledError:
            return
        finally:
            self._connecting = None
        server.begin()

    def refuse(self, problem: Problem) -> None:
        """Say that the other side could not be reached, and perhaps why."""
        self.answer(BAD_GATEWAY + (b"\r\n" + problem.status if self.door.explains else b""))

    def answer(self, status: bytes) -> None:
        """Say why nothing comes, and hang up."""
        assert self.transport is not None
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        self.transport.loseConnection()

    def abort(self) -> None:
        """Hang up at once."""
        self.transport.abortConnection()  # type: ignore[union-attr]

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        """Close the other side."""
        self._expect_nothing()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._server is not None:
            self._server.hang_up()
        self.door.closed(self)


class Server(Protocol):
    """The connection to the site, or to the next proxy."""

    def __init__(self, client: Client, request: Request) -> None:
        self.upstream = client.door.upstream
        self._client = client
        self._door = client.door
        self._request = request
        self._tunnel = request.tunnel
        straight = self._tunnel and self.upstream is None
        self._head: bytearray | None = None if straight else bytearray()
        self._waiting = bytearray()
        self._begun = False
        self._received = 0
        self._ended = False
        self._lingering: Any = None

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
            here.write(_ESTABLISHED)
        there.write(bytes(self._waiting))
        self._waiting.clear()
        here.resumeProducing()  # type: ignore[attr-defined]

    def forward(self, data: bytes) -> None:
        """Send what was sent to us."""
        if not data:
            return
        if self._begun:
            assert self.transport is not None
            self.transport.write(data)
        else:
            self._waiting += data

    def hang_up(self) -> None:
        """Close: who asked has gone. What he sent still has a while to arrive."""
        if self.transport is not None and not self._ended:
            self._head = None  # that no answer has come is nobody's fault
            self.transport.loseConnection()
            self._lingering = self._door.reactor.callLater(LINGER, self._abort)

    def _abort(self) -> None:
        self.transport.abortConnection()  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Hand on what comes, its head mended."""
        client = self._client.transport
        assert client is not None
        if self._lingering is not None:
            return
        self._received += len(data)
        most = None if self._tunnel else self._door.max_bytes
        if most is not None and self._received > most:
            self._client.abort()
            return
        if self._head is None:
            client.write(data)
            return
        begin = max(0, len(self._head) - 3)
        self._head += data
        while self._head is not None and (answer := read_answer(self._head, begin)) is not None:
            if answer.is_interim:
                client.write(answer.wire())
                self._head = bytearray(answer.after)
                begin = 0
                continue
            self._head = None
            problem = self._problem(answer.status, answer.lines[0], answer.get(b"proxy-status"))
            if problem is not None:
                self._refuse(problem)
            elif self._tunnel:
                client.write(_ESTABLISHED + answer.after)
            else:
                client.write(answer.wire(b"Connection: close") + answer.after)
        if self._head is not None and len(self._head) > MAX_HEAD:
            self.transport.loseConnection()  # type: ignore[union-attr]

    def _problem(self, status: bytes, line: bytes, told: bytes) -> Problem | None:
        """Return what the next proxy could not do."""
        if self.upstream is None or (self._tunnel and status.startswith(b"2")):
            return None
        known = _STATUS.fullmatch(told) if self.upstream.trusted and status in _FAILURES else None
        if known is not None and (reason := _REASONS.get(known[1].decode())) is not None:
            return Problem(reason, known[2].decode(errors="replace"))
        if self._tunnel or status == b"407" or known is not None:
            return Problem("proxy", f"{self.upstream.name}: {line.decode('latin-1')[9:200]}")
        return None

    def _refuse(self, problem: Problem) -> None:
        self._door.failed(problem, self._request)
        self._client.refuse(problem)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Close the other side."""
        self._ended = True
        if self._lingering is not None and self._lingering.active():
            self._lingering.cancel()
        client = self._client.transport
        if client is None:
            return
        client.unregisterProducer()  # type: ignore[attr-defined]
        if self._begun and self._head is not None:
            self._unanswered(reason)
        client.loseConnection()

    def _unanswered(self, reason: Failure) -> None:
        """Say that the other side hung up instead of an answer."""
        if self.upstream is not None:
            what = f"{reason.value!r}" if reason.check(SSL.Error) else reason.getErrorMessage()
            self._refuse(Problem("proxy", f"{self.upstream.name}: {what}"))
        elif self._door.explains:
            self._refuse(Problem("bad_response", reason.getErrorMessage()))


_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
