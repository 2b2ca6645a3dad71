"""The part `proxy`: the filtering forward proxy of a pX host, which tests reach their sites through.

Executors of other machines send here what the action `proxy` sends to a region. They introduce
themselves by `Proxy-Authorization` (RFC 9110, 11.7); nobody else is let in. What they ask for is
judged here by the same rules as on their own machine (`awt.egress`), for names and addresses mean
something else here: this host's own network is as closed as theirs.
"""

import ipaddress
from base64 import b64decode
from binascii import Error as NoBase64
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from twisted.internet.defer import CancelledError, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IHostnameResolver
from twisted.logger import Logger

from awt.api.claims import longest
from awt.egress import Egress, EgressPolicy
from awt.executor.forwarding import Client, Door, NotConnected, Problem, Server, explained, quiet
from awt.executor.heads import BadHead, Request
from awt.executor.proxy import MAX_BYTES
from awt.model.address import network_of
from awt.model.times import SECOND
from awt.resources import Resources

HEAD_SECONDS: Final = 10.0
"""How long somebody may take to say what he wants, and who he is."""
STRANGERS: Final = 100
"""Connections of one network that may be open without having said who they are."""
UNKNOWN: Final = b'407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="awt"'

log = Logger()


class Users:
    """Who may send requests through this proxy: names, each with a password or more."""

    def __init__(self, passwords: Iterable[tuple[str, str]]) -> None:
        self._digests: dict[str, list[bytes]] = {}
        for name, password in passwords:
            self._digests.setdefault(name, []).append(_digest(password))

    def name(self, credentials: bytes) -> str | None:
        """Return who introduces himself by these credentials; None for strangers (RFC 7617)."""
        scheme, _, coded = credentials.partition(b" ")
        try:
            name, _, password = b64decode(coded.strip(), validate=True).decode().partition(":")
        except (NoBase64, ValueError):
            return None
        given = _digest(password)
        good = [compare_digest(given, each) for each in self._digests.get(name, ())]
        return name if scheme.lower() == b"basic" and any(good) else None


def _digest(password: str) -> bytes:
    return sha256(password.encode()).digest()


class ProxyHost(Door):
    """The proxy: a part of a node (see `awt.resources.Part`).

    `listen`: a Twisted endpoint. `most`: connections at the same time. `seconds`: the life of one;
    a test has no longer. `resolver`: who resolves names, by default the reactor's.
    """

    explains = True
    max_bytes: int | None = MAX_BYTES

    def __init__(
        self,
        *,
        reactor: Any,
        listen: str,
        users: Users,
        policy: EgressPolicy,
        most: int,
        seconds: float,
        head_seconds: float = HEAD_SECONDS,
        strangers: int = STRANGERS,
        resolver: IHostnameResolver | None = None,
    ) -> None:
        super().__init__(reactor=reactor)
        self.seconds = seconds
        self.head_seconds = head_seconds
        self._listen = listen
        self._users = users
        self._most = most
        self._most_strangers = strangers
        self._egress = Egress(reactor=reactor, policy=policy, resolver=resolver)
        self._strangers: dict[Client, str] = {}
        self._by_network: Counter[str] = Counter()
        self._is_full = False
        self.port: Any = None
        """The listening port, while there is one (`IListeningPort`)."""

    async def start(self) -> None:
        """Listen."""
        endpoint = serverFromString(self.reactor, self._listen)
        self.port = await endpoint.listen(self.factory())

    async def stop(self) -> None:
        """Close the port, then the connections: who had one is told by its end."""
        if self.port is not None:
            port, self.port = self.port, None
            await (port.stopListening() or succeed(None))
        await self.hang_up()
        await self._egress.drop()

    def opened(self, client: Client) -> bool:
        """Let somebody in if there is room, and not too many strangers here or where he is."""
        network = network_of(_address(client))
        full = len(self.clients) >= self._most
        if full and not self._is_full:
            log.warn("{most} connections are open: no more are taken", most=self._most)
        self._is_full = full
        crowd = len(self._strangers) >= max(1, self._most // 2)
        if full or crowd or self._by_network[network] >= self._most_strangers:
            return False
        self._strangers[client] = network
        self._by_network[network] += 1
        return super().opened(client)

    def closed(self, client: Client) -> None:
        """Take note of an end."""
        self._no_stranger(client)
        super().closed(client)

    def _no_stranger(self, client: Client) -> None:
        network = self._strangers.pop(client, None)
        if network is not None:
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]

    def admit(self, request: Request, client: Client) -> bytes:
        """Refuse strangers."""
        if self._users.name(request.credentials) is None:
            log.warn("{address} is refused: no such name and password", address=_address(client))
            raise BadHead(UNKNOWN)
        self._no_stranger(client)
        return b""

    async def connect(self, request: Request, server: Server) -> None:
        """Connect `server` to where a request leads (see `Door.connect`)."""
        factory = quiet(lambda: server)
        try:
            await self._egress.connect(request.host, request.port, factory)
        except CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - who asks waits for an answer, whatever it is
            raise NotConnected(explained(problem)) from None

    def failed(self, problem: Problem, request: Request) -> None:
        """Keep nothing: who asked is told."""


def _address(client: Client) -> str:
    """Return where somebody is; empty for a Unix socket."""
    assert client.transport is not None
    return str(getattr(client.transport.getPeer(), "host", ""))


def make(resources: Resources) -> ProxyHost:
    """Return the part."""
    config, limits = resources.config, resources.config.limits
    allowed = [ipaddress.ip_network(each) for each in config.test.allow_private_addresses]
    return ProxyHost(
        reactor=resources.reactor,
        listen=config.proxy.listen,
        users=Users(config.proxy.passwords),
        policy=EgressPolicy(allow_private_addresses=allowed),
        most=config.proxy.connections,
        seconds=longest(limits) / SECOND,
    )
