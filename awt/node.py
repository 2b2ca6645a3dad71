"""A node: its resources, and the parts that its role and configuration switch on.

It stops in two stages: parts drain first, in the opposite order of their start, then the resources that
they used end, likewise.
"""

from collections.abc import Awaitable, Callable, Coroutine
from importlib import import_module
from typing import Any, Final

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from awt import first
from awt.api.caller import Caller, Who
from awt.api.passwords import Passwords
from awt.api.registry import Api, Toolbox
from awt.bus.inprocess import InProcessBus
from awt.calls import LocalCalls, Patient, RemoteCalls
from awt.config import Config
from awt.db.engine import Database
from awt.local import LocalCache, LocalSignals, NoBus, NoCalls, SystemChance, clock
from awt.methods import every_method
from awt.ports import Bus, Cache, Env, NodeApi
from awt.resources import Part, Resources, ServerResources
from awt.roles import PARTS
from awt.shared import SharedCache
from awt.shots import Shots
from awt.text.catalog import Catalog

log = Logger()

STOP_SECONDS: Final = 5.0
"""How long all parts together may take to stop; each gets at least `LEAST_SECONDS`."""
LEAST_SECONDS: Final = 0.3


@frozen(kw_only=True)
class Ground:
    """Something that parts stand on: how it starts and how it stops."""

    name: str
    start: Callable[[], None]
    stop: Callable[[], Awaitable[None]]


def make_cache(config: Config) -> Cache:
    """Return the cache of a node: that which it shares with others, or its own."""
    local = LocalCache()
    if not config.memcached.servers:
        return local
    return SharedCache(
        servers=config.memcached.servers, prefix=config.memcached.prefix, local=local
    )


class Node(Service):
    """One node of an installation, as a Twisted service."""

    name: Any = "awt"

    def __init__(self, *, config: Config, reactor: Any) -> None:
        self.config = config
        self._reactor = reactor
        self._signals = LocalSignals()
        self._env = Env(
            settings=config.settings(),
            texts=Catalog(),
            cache=make_cache(config),
            chance=SystemChance(),
            clock=clock,
        )
        self._grounds: list[Ground] = []
        self._patient: Patient | None = None
        """Holds messages of the broker while nobody can say whether they may be said."""
        self._database: Database | None = None
        make = {"client": self._client, "proxy": self._alone}.get(config.role, self._server)
        self.resources: Resources = make()
        self.parts: dict[str, Part] = {}
        self.admin_link: str | None = None
        """One-time link of an administrator who never came; secret."""
        self.started: Deferred[None] = Deferred()
        """Fires once, when every part works or the start has failed."""
        self._starting: Deferred[None] | None = None

    # --- What parts stand on

    def _server(self) -> ServerResources:
        """Return the resources of a node that works on the database."""
        config, reactor, signals = self.config, self._reactor, self._signals
        self._database = database = Database(
            url=config.database_url,
            reactor=reactor,
            env=self._env,
            signals=signals,
            connections=config.database.connections,
            seconds=config.database.timeout_seconds,
        )
        passwords = Passwords(reactor=reactor, rounds=config.security.bcrypt_rounds)
        shots = Shots(directory=config.shots_directory, reactor=reactor)
        toolbox = Toolbox(database=database, passwords=passwords, shots=shots, reactor=reactor)
        api = Api(database=database, toolbox=toolbox, methods=every_method())
        calls = LocalCalls(api=api, caller=Caller(who=Who.NODE, node=config.node))
        self._stand_on("cache", _nothing, _later(self._env.cache.close))
        self._stand_on("database", database.start, _later(database.stop))
        self._stand_on("passwords", passwords.start, _later(passwords.stop))
        return ServerResources(
            config=config,
            reactor=reactor,
            env=self._env,
            signals=signals,
            bus=self._bus(calls, database),
            calls=calls,
            database=database,
            api=api,
            shots=shots,
        )

    def _client(self) -> Resources:
        """Return the resources of a node that asks another one."""
        config, reactor = self.config, self._reactor
        calls = RemoteCalls(
            url=config.server.url.rstrip("/"),
            token=config.server.secret,
            ca_file=config.server.ca_file,
            results={method.name: method.result for method in every_method()},
            reactor=reactor,
        )
        self._stand_on("calls", _nothing, calls.stop)
        return Resources(
            config=config,
            reactor=reactor,
            env=self._env,
            signals=self._signals,
            bus=self._bus(calls, None),
            calls=calls,
        )

    def _alone(self) -> Resources:
        """Return the resources of a node that needs nobody."""
        return Resources(
            config=self.config,
            reactor=self._reactor,
            env=self._env,
            signals=self._signals,
            bus=NoBus(),
            calls=NoCalls(),
        )

    def _bus(self, calls: NodeApi, database: Database | None) -> Bus:
        """Return the bus; where there is a database, what carries its outbox stands on it too."""
        if self.config.amqp.url:
            return self._amqp(calls, database)
        if database is None:
            return NoBus()
        bus = InProcessBus(
            database=database, signals=self._signals, reactor=self._reactor, clock=clock
        )
        self._stand_on("bus", _nothing, bus.stop)
        return bus

    def _amqp(self, calls: NodeApi, database: Database | None) -> Bus:
        factory = import_module("awt.amqp.factory")  # not where there is no broker
        self._patient = patient = Patient(calls=calls, reactor=self._reactor)
        permits = import_module("awt.amqp.permits").Permits(calls=patient, clock=clock)
        opened = factory.make_bus(
            url=self.config.amqp_url,
            ca_file=self.config.amqp.ca_file,
            reactor=self._reactor,
            clock=clock,
            may=permits.may,
            database=database,
            signals=self._signals,
        )
        self._stand_on("bus", opened.start, opened.stop)
        bus: Bus = opened.bus
        return bus

    def _stand_on(
        self, name: str, start: Callable[[], None], stop: Callable[[], Awaitable[None]]
    ) -> None:
        self._grounds.append(Ground(name=name, start=start, stop=stop))

    # --- Start and stop

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start resources, then parts; a failure is told by `started`."""
        super().startService()  # type: ignore[no-untyped-call]
        for ground in self._grounds:
            ground.start()
        self._starting = Deferred.fromCoroutine(self._start())
        _ = self._starting.addBoth(self._tell_started)

    def _tell_started(self, result: Any) -> None:
        if not self.started.called:
            self.started.callback(result)

    async def _start(self) -> None:
        if self.config.role == "all" and self._database is not None:
            # Before the site listens: nobody else may become ``admin``.
            self.admin_link = await self._database.write(first.welcome, demo=self.config.demo)
        for name in self.config.parts_to_run:
            part: Part = import_module(PARTS[name]).make(self.resources)
            self.parts[name] = part
            await part.start()
            log.info("part {part} works", part=name)

    def stopService(self) -> Deferred[None]:  # noqa: N802 - Twisted's name
        """Stop parts, then resources."""
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        if self._starting is not None:
            await self._starting
        if self._patient is not None:
            self._patient.stop()
        ends = self._reactor.seconds() + STOP_SECONDS
        for name, part in reversed(self.parts.items()):
            await self._end(part.stop(), f"part {name}", ends)
        self.parts.clear()
        for ground in reversed(self._grounds):
            await self._end(_awaited(ground.stop), ground.name, ends)

    async def _end(self, work: Coroutine[Any, Any, None], name: str, ends: float) -> None:
        """Wait for the end of something, until a moment of the reactor's clock."""
        ending: Deferred[None] = Deferred.fromCoroutine(work)
        _ = ending.addTimeout(max(LEAST_SECONDS, ends - self._reactor.seconds()), self._reactor)
        [(good, failure)] = await DeferredList([ending], consumeErrors=True)
        if not good:
            log.failure("{name} did not stop cleanly", failure=failure, name=name)


def _nothing() -> None:
    pass


def _later(stop: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def stopped() -> None:
        stop()

    return stopped


async def _awaited(stop: Callable[[], Awaitable[None]]) -> None:
    await stop()
