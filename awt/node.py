"""A node: its resources, and the parts that its role and configuration switch on.

It stops in two stages: parts drain first, in the opposite order of their start, then the resources that
they used end.
"""

from collections.abc import Coroutine
from importlib import import_module
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from awt import first
from awt.api.passwords import Passwords
from awt.api.registry import Api, Toolbox
from awt.bus.inprocess import InProcessBus
from awt.config import Config
from awt.db.engine import Database
from awt.local import LocalCache, LocalSignals, SystemChance, clock
from awt.methods import every_method
from awt.ports import Env
from awt.resources import Part, Resources
from awt.roles import PARTS
from awt.text.catalog import Catalog

log = Logger()

STOP_SECONDS: Final = 5.0
"""How long all parts together may take to stop; each gets at least `LEAST_SECONDS`."""
LEAST_SECONDS: Final = 0.3


class Node(Service):
    """One node of an installation, as a Twisted service."""

    name: Any = "awt"

    def __init__(self, *, config: Config, reactor: Any) -> None:
        self.config = config
        self._reactor = reactor
        signals = LocalSignals()
        env = Env(
            settings=config.settings(),
            texts=Catalog(),
            cache=LocalCache(),
            chance=SystemChance(),
            clock=clock,
        )
        database = Database(url=config.database_url, reactor=reactor, env=env, signals=signals)
        self._passwords = Passwords(reactor=reactor, rounds=config.security.bcrypt_rounds)
        toolbox = Toolbox(database=database, passwords=self._passwords, reactor=reactor)
        self._bus = InProcessBus(database=database, signals=signals, reactor=reactor)
        self.resources = Resources(
            config=config,
            reactor=reactor,
            env=env,
            signals=signals,
            database=database,
            bus=self._bus,
            api=Api(database=database, toolbox=toolbox, methods=every_method()),
        )
        self.parts: dict[str, Part] = {}
        self.admin_link: str | None = None
        """One-time link of an administrator who never came; secret."""
        self.started: Deferred[None] = Deferred()
        """Fires once, when every part works or the start has failed."""
        self._starting: Deferred[None] | None = None

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start resources, then parts; a failure is told by `started`."""
        super().startService()  # type: ignore[no-untyped-call]
        self.resources.database.start()
        self._passwords.start()
        self._starting = Deferred.fromCoroutine(self._start())
        _ = self._starting.addBoth(self._tell_started)

    def _tell_started(self, result: Any) -> None:
        if not self.started.called:
            self.started.callback(result)

    async def _start(self) -> None:
        if self.config.role == "all":
            # Before the site listens: nobody else may become ``admin``.
            self.admin_link = await self.resources.database.write(
                first.welcome, demo=self.config.demo
            )
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
        ends = self._reactor.seconds() + STOP_SECONDS
        for name, part in reversed(self.parts.items()):
            await self._end(part.stop(), f"part {name}", ends)
        self.parts.clear()
        await self._end(self._bus.stop(), "bus", ends)
        self._passwords.stop()
        self.resources.database.stop()

    async def _end(self, work: Coroutine[Any, Any, None], name: str, ends: float) -> None:
        """Wait for the end of something, until a moment of the reactor's clock."""
        ending: Deferred[None] = Deferred.fromCoroutine(work)
        _ = ending.addTimeout(max(LEAST_SECONDS, ends - self._reactor.seconds()), self._reactor)
        [(good, failure)] = await DeferredList([ending], consumeErrors=True)
        if not good:
            log.failure("{name} did not stop cleanly", failure=failure, name=name)
