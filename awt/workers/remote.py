"""Asks services that are other programs, over HTTP, and only where the operator lets us."""

import ipaddress
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final
from urllib.parse import urljoin

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.client import (
    Agent,
    FileBodyProducer,
    HostnameCachingHTTPSPolicy,
)
from twisted.web.http_headers import Headers

from awt import __version__
from awt.config import RemoteServices
from awt.egress import AddressRefused, Egress, EgressPolicy
from awt.fetch import NETWORK, Body, reasons
from awt.model.remote import ANSWER_MAX, Response, is_listed
from awt.tls import BAD_CERTIFICATE, Verifying

SECONDS: Final = 10.0
"""How long a service may take, its redirections included."""
REDIRECTS: Final = 3
AROUND: Final = 32 * 1024
"""What may come beside an answer, in bytes: the TLS handshake, headers."""
KEY: Final = "remote.allow_private_addresses"
_SAME: Final = frozenset({307, 308})
_OK: Final = 200
_OURS: Final = 500
"""Statuses from here on are the service's own trouble, which may pass."""


class NoAnswer(Exception):
    """There was no answer this time: a timeout, the network, a status of 500 or above."""


class BadAnswer(Exception):
    """There will be no answer to this: it is refused, or what came is none."""


class RemoteClient:
    """Sends requests."""

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        policy: EgressPolicy,
        reactor: Any,
        seconds: float = SECONDS,
    ) -> None:
        self._hosts = hosts
        self._policy = policy
        self._reactor = reactor
        self._seconds = seconds
        self._tls = HostnameCachingHTTPSPolicy(Verifying())

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Post a JSON object; raise `NoAnswer` or `BadAnswer`, each with a reason for the log."""
        egress = Egress(reactor=self._reactor, policy=self._policy, tls=self._tls)
        asked: Deferred[bytes] = Deferred.fromCoroutine(self._ask(egress, url, body, headers))
        timer = self._reactor.callLater(self._seconds, asked.cancel)
        try:
            answer = await asked
        except NETWORK as problem:
            if not timer.active():
                raise NoAnswer(f"no answer within {self._seconds:g} s") from None
            if egress.exceeded:
                raise BadAnswer("its answer is too long") from None
            raise _explained(problem) from None
        finally:
            if timer.active():
                timer.cancel()
            await egress.drop()
        try:
            return msgspec.json.decode(answer, type=Response)
        except (msgspec.DecodeError, UnicodeError) as problem:
            raise BadAnswer(f"its answer is none: {problem}") from None

    async def _ask(
        self, egress: Egress, url: str, body: bytes, headers: Mapping[str, str]
    ) -> bytes:
        agent = Agent.usingEndpointFactory(self._reactor, egress)
        given = {name: [value] for name, value in headers.items()}
        sent = Headers(
            given | {"Content-Type": ["application/json"], "User-Agent": [f"awt/{__version__}"]}
        )
        for _ in range(REDIRECTS + 1):
            if not is_listed(url, self._hosts):
                raise BadAnswer(f"{url} is on none of remote.hosts")
            egress.limit(ANSWER_MAX + AROUND)
            try:
                response = await agent.request(
                    b"POST", url.encode(), sent, FileBodyProducer(BytesIO(body))
                )
            except AddressRefused as refused:
                what = f"{refused.address} is private, and {refused.key} does not name it"
                raise BadAnswer(what) from None
            location = response.headers.getRawHeaders("Location")
            if response.code in _SAME and location:
                await egress.drop()
                url = _join(url, location[0])
                continue
            if response.code >= _OURS:
                raise NoAnswer(f"it answers {response.code}")
            if response.code != _OK:
                raise BadAnswer(f"it answers {response.code}")
            collected = _Body()
            response.deliverBody(collected)
            return await collected.whole
        raise BadAnswer("it redirects without end")


def _join(url: str, location: str) -> str:
    """Return where a redirection leads; never from TLS to none."""
    try:
        found = urljoin(url, location)
    except ValueError:
        raise BadAnswer("it redirects to nowhere") from None
    if url.startswith("https:") and not found.startswith("https:"):
        raise BadAnswer("it redirects to an address without TLS")
    return found


class _Body(Body):
    """Collects an answer, up to its limit."""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take the next piece."""
        super().dataReceived(data)
        if len(self.content) > ANSWER_MAX and not self.whole.called:
            self.whole.errback(BadAnswer("its answer is too long"))


def _explained(problem: BaseException) -> NoAnswer | BadAnswer:
    """Return what an error of the network means."""
    said = []
    for reason in reasons(problem):
        if isinstance(reason, BAD_CERTIFICATE):
            return BadAnswer("its certificate is not that of its name, or of nobody we know")
        said.append(" ".join(str(reason).split()) or type(reason).__name__)
    return NoAnswer(", ".join(said))


def make_client(config: RemoteServices, reactor: Any) -> RemoteClient:
    """Return the client of a node."""
    allowed = [ipaddress.ip_network(n) for n in config.allow_private_addresses]
    policy = EgressPolicy(
        allow_private_addresses=allowed, key=KEY, bad_ports=frozenset()
    )  # the operator lists ports too
    return RemoteClient(hosts=config.hosts, policy=policy, reactor=reactor)
