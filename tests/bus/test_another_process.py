"""What another process wrote into the outbox of a running node, as the command ``awt`` does."""

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase

from awt.bus.inprocess import LOOK, InProcessBus
from awt.db import outbox
from awt.db.engine import Database
from awt.db.tx import Tx
from awt.local import LocalCache, LocalSignals, SystemChance
from awt.model.messages import Answer, Message
from awt.model.settings import Settings
from awt.model.times import SECOND
from awt.ports import Env
from awt.testing.databases import Databases
from awt.text.catalog import Catalog

reactor: Any = _reactor
QUEUE = "user_op.base.webchat"


def send(tx: Tx, text: str) -> None:
    outbox.send(tx, QUEUE, Answer(address="a1" * 16, text=text))


class AnotherProcess(TestCase):
    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.sqlite() as self.url:
            yield

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_800_000_000)
        self.got: list[str] = []
        self.ours, signals = self.process()
        self.theirs, _ = self.process()
        self.bus = InProcessBus(
            database=self.ours, signals=signals, reactor=self.clock, clock=self.now
        )
        self.addCleanup(lambda: Deferred.fromCoroutine(self.bus.stop()))

    def process(self) -> tuple[Database, LocalSignals]:
        """Open the database as a process has it: with signals of its own."""
        signals = LocalSignals()
        env = Env(
            settings=Settings(),
            texts=Catalog(),
            cache=LocalCache(),
            chance=SystemChance(),
            clock=self.now,
        )
        database = Database(url=self.url, reactor=reactor, env=env, signals=signals)
        database.start()
        self.addCleanup(database.stop)
        return database, signals

    def now(self) -> int:
        return round(self.clock.seconds() * SECOND)

    async def handle(self, message: Message) -> None:
        self.got.append(getattr(message.body, "text", ""))

    async def listens(self) -> None:
        """Wait until the table was read for the first time."""
        while not self.clock.getDelayedCalls():
            await deferLater(reactor, 0.001)

    async def has(self, *texts: str) -> None:
        """Wait until just these texts came."""
        while len(self.got) < len(texts):
            await deferLater(reactor, 0.001)
        assert self.got == list(texts)

    async def test_is_delivered_at_the_next_look_and_once(self) -> None:
        self.bus.consume(QUEUE, self.handle)
        await self.listens()
        await self.ours.write(send, "ours")
        await self.has("ours")
        await self.theirs.write(send, "theirs")
        for text in ("ours too", "and this"):
            await self.ours.write(send, text)
        await self.has("ours", "ours too", "and this")
        self.clock.advance(LOOK)
        await self.has("ours", "ours too", "and this", "theirs")
        await self.theirs.write(send, "the last")
        self.clock.advance(LOOK)
        await self.has("ours", "ours too", "and this", "theirs", "the last")

    async def test_is_not_read_twice_while_it_is_in_hand(self) -> None:
        release: Deferred[None] = Deferred()

        async def slow(message: Message) -> None:
            await self.handle(message)
            await release

        self.bus.consume(QUEUE, slow)
        await self.listens()
        await self.theirs.write(send, "theirs")
        self.clock.advance(LOOK)
        await self.has("theirs")
        for _ in range(3):
            self.clock.advance(LOOK)
            await self.ours.read(lambda tx: None)
        release.callback(None)
        await self.ours.write(send, "the last")
        await self.has("theirs", "the last")
