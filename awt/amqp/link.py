"""A connection that comes back: after each reconnect everything on it is made anew."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from attrs import field, frozen
from twisted.application.internet import backoffPolicy
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory
from twisted.internet.ssl import Certificate, trustRootFromCertificates
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.amqp.adapter import HEARTBEAT, Connection, Lost, why
from awt.background import Tasks
from awt.tls import Creator

log = Logger()

OPENING: Final = 10.0
"""Seconds that a broker may take to greet and to declare; one that is frozen takes for ever."""
PARTING: Final = 2.0
"""Seconds that it may take to say good-bye."""
PORTS: Final = {"amqp": 5672, "amqps": 5671}


@frozen(kw_only=True)
class Address:
    """Where the broker is, and as whom we go there."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    vhost: str
    tls: bool = False
    ca_file: str = ""
    """PEM file with the authorities to trust instead of the system's."""

    @classmethod
    def parse(cls, url: str, *, ca_file: str = "") -> "Address":
        """Return what ``amqp[s]://user:password@host:port/vhost`` says; ValueError if it says nothing."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("has to be amqp(s)://user:password@host:port/vhost")
        return cls(
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or "guest"),
            password=unquote(parts.password or "guest"),
            vhost=unquote(parts.path.removeprefix("/")) or "/",
            tls=parts.scheme == "amqps",
            ca_file=ca_file,
        )

    def endpoint(self, reactor: Any) -> Any:
        """Return the client endpoint."""
        plain = HostnameEndpoint(reactor, self.host, self.port, timeout=OPENING)
        if not self.tls:
            return plain
        trust = None
        if self.ca_file:
            authority = Certificate.loadPEM(Path(self.ca_file).read_bytes())
            trust = trustRootFromCertificates([authority])
        return wrapClientTLS(Creator(self.host, trust), plain)


class Connections(Factory):
    """Makes connections that speak AMQP."""

    noisy = False

    def __init__(self, *, address: Address, reactor: Any, heartbeat: int) -> None:
        self._address = address
        self._reactor = reactor
        self._heartbeat = heartbeat

    def buildProtocol(self, _addr: object) -> Connection:  # noqa: N802
        """Return a connection that is yet to be opened."""
        return Connection(
            user=self._address.user,
            password=self._address.password,
            vhost=self._address.vhost,
            reactor=self._reactor,
            heartbeat=self._heartbeat,
        )


class Link:
    """Keeps one connection. ``prepare`` makes channels, queues and consumers on each new one.

    `twisted.application.internet.ClientService` is not used: a connection that is lost, or given up,
    while it is being prepared has no place among the states of Twisted 26.
    """

    def __init__(
        self,
        *,
        address: Address,
        reactor: Any,
        name: str,
        prepare: Callable[[Connection], Awaitable[None]],
        heartbeat: int = HEARTBEAT,
    ) -> None:
        self.connection: Connection | None = None
        """The connection of the moment, prepared; None while there is none."""
        self._newest: Connection | None = None
        self._name = name
        self._where = f"{address.host}:{address.port}/{address.vhost}"
        self._prepare = prepare
        self._reactor = reactor
        self._endpoint = address.endpoint(reactor)
        self._factory = Connections(address=address, reactor=reactor, heartbeat=heartbeat)
        self._delay = backoffPolicy(initialDelay=0.2, maxDelay=10.0, factor=1.6)
        self._told = ""
        self._tasks = Tasks()
        self._stopping = False
        self._waiting: Deferred[Any] | None = None

    def start(self) -> None:
        """Begin to connect."""
        self._tasks.spawn(self._keep(), f"{self._name} connection")

    async def stop(self) -> None:
        """Close the connection and connect no more."""
        self._stopping = True
        if self.connection is not None:
            await self.connection.finish(seconds=PARTING)
        elif self._waiting is not None:
            self._waiting.cancel()
        await self._tasks.finish()

    def abort(self) -> None:
        """Drop the connection of the moment; a new one follows."""
        if self._newest is not None:
            self._newest.abort()

    async def _keep(self) -> None:
        """Connect, wait for the end, connect again, with growing and jittered delays."""
        failures = 0
        while not self._stopping:
            try:
                connection = await self._wait_for(self._connect())
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                failures += 1
                self._failed(error)
            else:
                failures = 0
                await connection.disconnected.wait()
                self.connection = None
            if not self._stopping:
                try:
                    await self._wait_for(deferLater(self._reactor, self._delay(failures)))
                except CancelledError:
                    return

    async def _wait_for(self, what: Any) -> Any:
        """Wait for something that a stop interrupts."""
        self._waiting = what if isinstance(what, Deferred) else Deferred.fromCoroutine(what)
        try:
            return await self._waiting
        finally:
            self._waiting = None

    async def _connect(self) -> Connection:
        connection: Connection = await self._endpoint.connect(self._factory)
        self._newest = connection
        opening: Deferred[None] = Deferred.fromCoroutine(self._open(connection))
        try:
            await opening.addTimeout(OPENING, self._reactor)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _open(self, connection: Connection) -> None:
        await connection.open()
        await self._prepare(connection)
        if connection.closed:
            raise Lost("the connection was lost at once")
        self.connection = connection
        connection.on_close(self._lost)
        self._told = ""
        log.info("{name}: connected to the broker at {where}", name=self._name, where=self._where)

    def _failed(self, error: Exception) -> None:
        reason = why(error)
        if reason != self._told and not self._stopping:  # one line, however often it is tried
            self._told = reason
            log.error(
                "{name}: the broker at {where} cannot be used: {reason}",
                name=self._name,
                where=self._where,
                reason=reason,
            )

    def _lost(self, reason: str) -> None:
        self.connection = None
        if not self._stopping:
            log.warn("{name}: the broker is away: {reason}", name=self._name, reason=reason)
