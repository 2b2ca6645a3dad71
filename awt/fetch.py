"""Asking another program over HTTP."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from treq.client import HTTPClient
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import Certificate, trustRootFromCertificates
from twisted.python.failure import Failure
from twisted.web.client import (
    Agent,
    HTTPConnectionPool,
    RequestGenerationFailed,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    _HTTP11ClientFactory,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IPolicyForHTTPS

from awt.errors import Unavailable
from awt.tls import Verifying

CERTIFICATE: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)
CONNECT: Final = 10.0
"""How long a connection may take to be there, in seconds."""
CANCELLED: Final = (CancelledError, error.ConnectingCancelledError)
"""What a cancellation is called, also where it met an attempt to connect."""
NETWORK: Final = (
    *CANCELLED,
    error.ConnectError,
    error.ConnectionClosed,
    error.DNSLookupError,
    RequestGenerationFailed,
    RequestTransmissionFailed,
    ResponseFailed,
)
"""What goes wrong between two machines."""


class _QuietFactory(_HTTP11ClientFactory):
    noisy = False


def quiet_pool(reactor: Any, *, persistent: bool) -> HTTPConnectionPool:
    """Return a pool whose connections do not write two lines of log each."""
    pool = HTTPConnectionPool(reactor, persistent=persistent)
    pool._factory = _QuietFactory  # noqa: SLF001 - there is no other way to tell it
    return pool


class Body(Protocol):
    """Collects an answer. Who waits for ``whole`` no more gives the connection up: treq would keep it."""

    transport: Any

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred(canceller=self._give_up)
        self.content = bytearray()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take the next piece."""
        self.content += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Take note of the end; an answer without a length ends with its connection."""
        if self.whole.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(bytes(self.content))
        else:
            self.whole.errback(reason)

    def _give_up(self, _whole: object) -> None:
        self.transport._producer.abortConnection()  # noqa: SLF001 - TLS would wait for an answer to a close


async def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    seconds: float,
    reactor: Any,
    pool: HTTPConnectionPool | None = None,
    trust: IPolicyForHTTPS | None = None,
) -> tuple[int, bytes]:
    """Return status and body of an answer. Certificates are checked, redirections are not followed.

    ``pool`` keeps connections for later, ``trust`` tells which certificates are good (those of the
    system by default). Raises `Unavailable` when there is none within ``seconds``.
    """
    given: dict[str, list[str]] = {name: [value] for name, value in (headers or {}).items()}
    agent = Agent(
        reactor,
        contextFactory=trust or Verifying(),
        connectTimeout=min(CONNECT, seconds),
        pool=pool or quiet_pool(reactor, persistent=False),
    )
    client = HTTPClient(agent)

    async def ask() -> tuple[int, bytes]:
        answer = await client.request(
            method,
            url,
            headers=Headers(given),
            data=body,
            allow_redirects=False,
            unbuffered=True,
            reactor=reactor,
        )
        content = Body()
        answer.deliverBody(content)
        return answer.code, await content.whole

    asked: Deferred[tuple[int, bytes]] = Deferred.fromCoroutine(ask())
    timer = reactor.callLater(seconds, asked.cancel)
    try:
        return await asked
    except NETWORK as problem:
        causes = reasons(problem)
        if not timer.active():
            raise Unavailable(f"{url}: no answer in time") from problem
        if any(isinstance(reason, CANCELLED) for reason in causes):
            raise CancelledError from problem
        said = (" ".join(str(reason).split()) or type(reason).__name__ for reason in causes)
        raise Unavailable(f"{url}: {', '.join(said)}") from problem
    finally:
        if timer.active():
            timer.cancel()


def trusting(ca_file: str) -> IPolicyForHTTPS | None:
    """Return a policy that trusts the authorities of a PEM file alone; None where no file is named."""
    if not ca_file:
        return None
    found = CERTIFICATE.findall(Path(ca_file).read_bytes())
    authorities = [Certificate.loadPEM(text) for text in found]
    return Verifying(trustRootFromCertificates(authorities))


def reasons(problem: BaseException) -> list[BaseException]:
    """Return what is behind an error of Twisted's client, which wraps others."""
    inner = getattr(problem, "reasons", None)
    if not inner:
        return [problem]
    return [reason for failure in inner for reason in reasons(failure.value)]
