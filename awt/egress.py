"""The one door to addresses that others choose: users' tests, and services that are other programs.

A test opens any address that its author likes, from inside the operator's network. What the name
resolved to is therefore judged at the moment the socket is opened, on the very address that is
connected: between the check and the connection nothing is resolved again, so neither a name that
changes its address, nor a redirect, nor an odd spelling of an address (decimal, octal, IPv6 with
an IPv4 inside) gets past it.
"""

import socket
from collections.abc import Callable, Collection, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.error import ConnectError, DNSLookupError, TimeoutError  # noqa: A004 - Twisted's
from twisted.internet.interfaces import (
    IAddress,
    IConnector,
    IHostnameResolver,
    IHostResolution,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import URI
from twisted.web.error import SchemeNotSupported
from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS
from zope.interface import implementer

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

SETTING: Final = "test.allow_private_addresses"
ATTEMPTS: Final = 0.1
"""Seconds before the next address of a name is tried beside the one before (RFC 8305, section 8); as long
it takes to say that none may be connected."""
RESOLVING: Final = 30.0
"""Seconds that the addresses of a name may take to be known where it is only judged."""

# IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast (RFC 5771) and 240/4 (RFC 1112).
_V4: Final = 4
_SPECIAL_V4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's platform service: a public number that leads to the host
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# All of IPv6 outside of 2000::/3 is loopback, private, link-local, multicast, reserved or a
# translation of IPv4. Inside of it these are not for sites (Teredo in the first, 6to4 the third).
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_SPECIAL_V6: Final = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052

# The Fetch Standard, 2.9 "Port blocking": what listens there may take a request for its own commands.
_BAD_PORTS: Final = """
    1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113
    115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554
    556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665
    6666 6667 6668 6669 6679 6697 10080
"""
BAD_PORTS: Final = frozenset(int(port) for port in _BAD_PORTS.split())
"""Ports on which there is no website but something that a request could harm, e.g. mail."""


class PortRefused(ConnectError):
    """A port that no test has any business at."""

    def __init__(self, port: int) -> None:
        super().__init__(string=f"port {port} is not one for websites")  # type: ignore[no-untyped-call]


class AddressRefused(Exception):
    """An address that may not be reached; `key` is the setting that would allow it."""

    def __init__(self, address: str, key: str = SETTING) -> None:
        super().__init__(address, key)
        self.address = address
        self.key = key


def is_public(address: IPAddress) -> bool:
    """Tell whether an address belongs to the public Internet.

    An IPv4 address that is mapped into IPv6, or translated by the well-known NAT64 prefix (which is
    how nodes without IPv4 reach public sites), is judged by itself.
    """
    inner = _inner(address)
    if isinstance(inner, IPv4Address):
        return not any(inner in network for network in _SPECIAL_V4)
    return inner in _GLOBAL_V6 and not any(inner in network for network in _SPECIAL_V6)


def is_local(address: IPAddress) -> bool:
    """Tell whether an address is one of this machine's own, as far as the kernel knows.

    The source address that it picks for a destination of its own is that destination. Nothing is
    sent, no name is looked up. A public address that a router translates is not known here.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            source = str(probe.getsockname()[0])
    except OSError:  # no route, or no such family on this machine
        return False
    return ip_address(source) == address


@frozen(kw_only=True)
class EgressPolicy:
    """Which addresses may be reached.

    `allow_private_addresses`: the operator's exceptions, they win over everything; `key` is the
    setting that they stand in.
    `own_addresses`: the node's addresses that its kernel does not know (e.g. translated ones), or a
    function that returns them. Those that the kernel knows are found by `local`. `bad_ports`: where
    nobody connects, whatever the address.
    """

    allow_private_addresses: Sequence[IPNetwork] = ()
    own_addresses: Collection[IPAddress] | Callable[[], Collection[IPAddress]] = ()
    local: Callable[[IPAddress], bool] = is_local
    key: str = SETTING
    bad_ports: frozenset[int] = BAD_PORTS

    def check_port(self, port: int) -> None:
        """Raise `PortRefused` unless a port may be connected."""
        if port in self.bad_ports:
            raise PortRefused(port)

    def check(self, host: str) -> None:
        """Raise `AddressRefused` unless `host`, a literal address, may be connected."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:  # a name: someone would resolve it after us
            raise AddressRefused(host, self.key) from None
        inner = _inner(address)
        if any(address in network or inner in network for network in self.allow_private_addresses):
            return
        if not is_public(address) or inner in self._own() or self.local(inner):
            raise AddressRefused(host, self.key)

    def _own(self) -> Collection[IPAddress]:
        return self.own_addresses() if callable(self.own_addresses) else self.own_addresses


@implementer(IAgentEndpointFactory)
class Egress:
    """Connections of one run: by `connect`, and for `Agent.usingEndpointFactory`.

    Every socket passes the policy when it is opened; if a name has good and bad addresses, just the
    good ones are connected. `AddressRefused` comes out of `IAgent.request` as it is. All open
    connections are known, so that `drop` leaves none behind, whatever the other side does.

    `tls`: who verifies certificates, where connections are encrypted here. `resolver`: who resolves
    names, by default the reactor's.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        policy: EgressPolicy,
        tls: IPolicyForHTTPS | None = None,
        resolver: IHostnameResolver | None = None,
    ) -> None:
        self._reactor = reactor
        self._policy = policy
        self._open = _Open()
        names = resolver or reactor.nameResolver
        self._sockets = _Sockets(reactor, self._open, policy, names)
        self._trusting = _Sockets(reactor, self._open, None, reactor.nameResolver)
        self._tls = tls

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:  # noqa: N802 - Twisted's name
        """Return the endpoint of a request (`IAgentEndpointFactory`)."""
        endpoint = self._endpoint(self._sockets, uri.host.decode("ascii"), uri.port)
        if uri.scheme == b"http":
            return endpoint
        if uri.scheme == b"https":
            return self._encrypted(endpoint, uri.host, uri.port)
        raise SchemeNotSupported(f"Unsupported scheme: {uri.scheme!r}")

    async def connect(self, host: str, port: int, factory: Any) -> Any:
        """Connect to a host of which nobody knows yet where it is; return the protocol.

        Raises `AddressRefused` and what `HostnameEndpoint` raises.
        """
        return await self._endpoint(self._sockets, host, port).connect(factory)

    async def connect_trusted(self, host: str, port: int, factory: Any, *, tls: bool) -> Any:
        """Connect to what the operator named, wherever it is; it is known, counted and dropped too."""
        endpoint = self._endpoint(self._trusting, host, port)
        if tls:
            endpoint = self._encrypted(endpoint, host.encode("ascii"), port)
        return await endpoint.connect(factory)

    def _endpoint(self, sockets: "_Sockets", host: str, port: int) -> IStreamClientEndpoint:
        try:
            version = ip_address(host).version
        except ValueError:
            return _Named(sockets, _resolvable(host), port, attemptDelay=ATTEMPTS)
        # What is an address already needs no resolver, which is a thread.
        kind = TCP4ClientEndpoint if version == _V4 else TCP6ClientEndpoint
        return kind(sockets, host, port)

    def _encrypted(
        self, endpoint: IStreamClientEndpoint, host: bytes, port: int
    ) -> IStreamClientEndpoint:
        assert self._tls is not None
        creator = self._tls.creatorForNetloc(host, port)
        return wrapClientTLS(creator, endpoint, self._reactor)

    async def judge(self, host: str, port: int) -> None:
        """Raise `AddressRefused` or `PortRefused` if a name leads to where nobody may connect.

        For what another proxy will connect, which may find other addresses than we: it has to
        filter by itself. A name that is unknown here passes; one that is none raises
        `DNSLookupError`, one that nobody answers for `TimeoutError` (`twisted.internet.error`).
        """
        found = _Found()
        _ = self._sockets.nameResolver.resolveHostName(found, _resolvable(host))
        try:
            await found.complete.addTimeout(RESOLVING, self._reactor)
        except DeferredTimeout:
            raise TimeoutError(string=host) from None
        for address in found.addresses:
            self._policy.check(address)
        self._policy.check_port(port)

    def limit(self, octets: int | None) -> None:
        """Let the connections carry no more than so many bytes from now on; None: any number.

        What is sent counts as what is received does. The one that goes over is aborted, and
        `exceeded` says so until the next call.
        """
        self._open.left = octets

    @property
    def exceeded(self) -> bool:
        """Whether a connection was aborted for going over the limit."""
        return self._open.left is not None and self._open.left < 0

    async def drop(self) -> None:
        """Abort all connections and return when the last one is gone."""
        await self._open.drop()


def _inner(address: IPAddress) -> IPAddress:
    """Return the IPv4 address inside an IPv6 one that leads straight to it, or the address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _resolvable(host: str) -> str:
    """Return a name that a resolver answers for; raise `DNSLookupError` of what is none."""
    try:
        _ = host.encode("idna")  # as the resolver does, which would never answer
    except UnicodeError:
        raise DNSLookupError(host) from None
    return host


class _Named(HostnameEndpoint):
    """Connects any name of DNS. Twisted refuses what IDNA 2008 would not make: `my_site`, `r3---a`."""

    @staticmethod
    def _hostAsBytesAndText(host: bytes | str) -> tuple[bool, bytes, str]:  # noqa: N802
        """Return that a name in ASCII is good, as bytes and as text."""
        text = host if isinstance(host, str) else host.decode("ascii")
        return False, text.encode("ascii"), text


@implementer(IResolutionReceiver)
class _Found:
    """Collects the addresses of a name."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete: Deferred[None] = Deferred()

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803
        pass

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        self.addresses.append(address.host)  # type: ignore[attr-defined]

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete.callback(None)


class _Open:
    """The connections that are open, and how many bytes they may still carry."""

    def __init__(self) -> None:
        self.left: int | None = None
        self._connections: set[_Watched] = set()
        self._waiting: list[Deferred[None]] = []

    def add(self, connection: "_Watched") -> None:
        self._connections.add(connection)

    def remove(self, connection: "_Watched") -> None:
        self._connections.discard(connection)
        if not self._connections:
            waiting, self._waiting = self._waiting, []
            for deferred in waiting:
                deferred.callback(None)

    def drop(self) -> Deferred[None]:
        if not self._connections:
            return succeed(None)
        gone: Deferred[None] = Deferred()
        self._waiting.append(gone)
        for connection in tuple(self._connections):
            connection.abort()
        return gone

    def carries(self, octets: int) -> bool:
        """Count bytes; False when they are too many."""
        if self.left is not None:
            self.left -= octets
        return self.left is None or self.left >= 0


@implementer(IReactorPluggableNameResolver)
class _Sockets:
    """As much of a reactor as `HostnameEndpoint` uses, with the check where sockets are opened.

    Without a `policy` nothing is checked.
    """

    def __init__(
        self,
        reactor: Any,
        connections: _Open,
        policy: EgressPolicy | None,
        resolver: IHostnameResolver,
    ) -> None:
        self.nameResolver = resolver
        self.callLater = reactor.callLater
        self.seconds = reactor.seconds
        self._reactor = reactor
        self._connections = connections
        self._policy = policy

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:  # noqa: N802
        previous, self.nameResolver = self.nameResolver, resolver
        return previous

    def connectTCP(  # noqa: N802
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: Any = None,  # noqa: N803
    ) -> IConnector:
        if self._policy is not None:
            self._policy.check(host)
            self._policy.check_port(port)
        connector: IConnector = self._reactor.connectTCP(
            host, port, _Watch(factory, self._connections), timeout, bindAddress
        )
        return connector


class _Watched(ProtocolWrapper):
    """A connection that is known and counted."""

    factory: "_Watch"

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.factory.connections.carries(len(data)):
            super().dataReceived(data)  # type: ignore[no-untyped-call]
        else:
            self.abort()

    def write(self, data: bytes) -> None:
        if self.factory.connections.carries(len(data)):
            super().write(data)  # type: ignore[no-untyped-call]
        else:
            self.abort()

    def writeSequence(self, data: Iterable[bytes]) -> None:  # noqa: N802
        self.write(b"".join(data))

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self.factory.connections.remove(self)

    def abort(self) -> None:
        self.transport.abortConnection()  # type: ignore[union-attr]


class _Watch(WrappingFactory[_Watched]):
    """Wraps the protocol of one attempt to connect."""

    noisy = False
    protocol = _Watched  # type: ignore[mutable-override]

    def __init__(self, factory: Any, connections: _Open) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]
        self.connections = connections

    def registerProtocol(self, p: _Watched) -> None:  # noqa: N802
        super().registerProtocol(p)  # type: ignore[no-untyped-call]
        self.connections.add(p)
