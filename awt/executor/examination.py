"""Looks at a forward proxy as the doctor does: whether it lets us in, and where it lets us go."""

from enum import Enum, auto
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions
from twisted.python.failure import Failure

from awt.errors import Unavailable
from awt.executor.heads import MAX_HEAD, Request, read_answer
from awt.executor.upstream import Upstream
from awt.tls import BAD_CERTIFICATE, Creator

SECONDS: Final = 5.0
_DISCARD: Final = Request(
    method=b"GET",
    host="127.0.0.1",
    port=8,
    tunnel=False,
    authority=b"127.0.0.1:8",
    rest=b"/",
)
"""What no proxy for tests may carry out: it leads into the machine that the proxy is on."""


class Said(Enum):
    """What a proxy answers to a request for its own machine."""

    CLOSED = auto()
    """It knows us and refuses."""
    STRANGER = auto()
    """It does not know us."""
    OPEN = auto()
    """It knows us and tried."""
    OTHER = auto()
    """It is no proxy."""


class _Asking(Protocol):
    """Asks, and keeps the head of the answer."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._heard = b""
        self.ended: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Ask."""
        assert self.transport is not None
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Keep what comes, until it is enough."""
        self._heard += data
        if read_answer(self._heard) is not None or len(self._heard) > MAX_HEAD:
            self.transport.abortConnection()  # type: ignore[union-attr]

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Hand over what came."""
        if reason.check(*BAD_CERTIFICATE):
            self.ended.errback(reason)
        else:
            self.ended.callback(self._heard)


async def look(proxy: Upstream, *, reactor: Any, verify: bool = True) -> Said:
    """Ask a proxy for what it has to refuse. Raises `Unavailable` when there is no answer.

    `verify`: whether its certificate has to be good.
    """
    endpoint: IStreamClientEndpoint = HostnameEndpoint(
        reactor, proxy.host, proxy.port, timeout=SECONDS
    )
    if proxy.tls:
        options: Any = Creator(proxy.host) if verify else CertificateOptions()
        endpoint = wrapClientTLS(options, endpoint, reactor)
    asking = _Asking(_DISCARD.wire(proxy))
    try:
        await connectProtocol(endpoint, asking)
        answer = read_answer(await asking.ended.addTimeout(SECONDS, reactor))
    except DeferredTimeout:
        asking.transport.abortConnection()  # type: ignore[union-attr]
        raise Unavailable("no answer in time") from None
    except (ConnectError, DNSLookupError) as problem:
        raise Unavailable(" ".join(str(problem).split())) from problem
    except BAD_CERTIFICATE as problem:
        raise Unavailable(f"TLS: {problem!r}") from problem
    if answer is None or not answer.lines[0].startswith(b"HTTP/1."):
        return Said.OTHER
    if answer.status == b"407":
        return Said.STRANGER
    refused = b"destination_ip_prohibited" in answer.get(b"proxy-status")
    if refused or answer.status == b"403":
        return Said.CLOSED
    return Said.OTHER if answer.status in {b"400", b"404"} else Said.OPEN
