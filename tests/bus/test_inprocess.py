"""The in-process bus where its table fails it, and where more comes than it keeps in memory."""

from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.bus.inprocess import AGAIN, BATCH, IN_MEMORY
from awt.db import outbox
from awt.errors import Unavailable
from awt.model.messages import Message
from awt.testing.databases import Databases
from awt.testing.scale import SCALE
from tests.contract.bus import QUEUE, Inbox, InProcessLife, World


class InProcess(TestCase):
    timeout = 120

    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.sqlite() as self.url:
            yield

    def setUp(self) -> None:
        self.world = World(self.url)
        self.addCleanup(self.world.database.stop)
        self.life = InProcessLife(self.world)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.life.stop()))

    async def ready(self) -> int:
        """Return how many messages the table still has to deliver."""
        counts = await self.world.database.read(outbox.counts)
        return counts.get(outbox.READY, 0)

    async def test_more_than_fits_into_memory_is_delivered_in_order(self) -> None:
        count = (IN_MEMORY + 3 * BATCH) * SCALE
        most = 0

        async def work(message: Message) -> None:
            nonlocal most
            most = max(most, len(self.life._bus._consumers[QUEUE].known))

        inbox = Inbox(work)
        texts = [str(i) for i in range(count)]
        half = count // 2
        await self.world.send(*texts[:half])
        self.life.bus.consume(QUEUE, inbox)
        await self.world.send(*texts[half:])
        assert await inbox.wait(count) == texts
        assert most <= IN_MEMORY + BATCH
        await self.life.stop()
        assert await self.ready() == 0

    async def test_an_address_that_hangs_holds_up_no_other_one(self) -> None:
        hangs: Deferred[None] = Deferred()

        async def work(message: Message) -> None:
            if message.body.address == "slow@x.org":
                await hangs

        inbox = Inbox(work)
        await self.world.send(*["slow"] * 2 * BATCH, address="slow@x.org")
        await self.world.send("quick", address="quick@x.org")
        self.life.bus.consume(QUEUE, inbox, concurrency=2)
        assert await inbox.wait(2) == ["slow", "quick"]
        reads = self.life.database.reads
        await self.world.send("quicker", address="quick@x.org")
        assert (await inbox.wait(3))[2] == "quicker"
        assert self.life.database.reads - reads <= 1
        hangs.callback(None)
        await inbox.wait(2 * BATCH + 2)

    async def test_a_table_that_cannot_be_read_is_read_again_in_a_moment(self) -> None:
        await self.world.send("a")
        self.life.database.broken = True
        inbox = Inbox()
        self.life.bus.consume(QUEUE, inbox)
        await self.world.send("b")
        assert self.life.database.reads == 1
        self.life.database.broken = False
        self.life.advance(AGAIN)
        assert await inbox.wait(2) == ["a", "b"]
        self.flushLoggedErrors(Unavailable)

    async def test_marks_that_cannot_be_written_are_written_later_and_nothing_comes_twice(
        self,
    ) -> None:
        async def work(message: Message) -> None:
            self.life.database.broken = getattr(message.body, "text", "") == "a"

        inbox = Inbox(work)
        self.life.bus.consume(QUEUE, inbox)
        await self.world.send("a")
        await inbox.wait(1)
        await self.world.send("b")
        assert await inbox.wait(2) == ["a", "b"]
        self.life.advance(AGAIN)
        await self.life.stop()
        assert inbox.texts == ["a", "b"]
        assert await self.ready() == 0
        self.flushLoggedErrors(Unavailable)

    async def test_a_stop_with_a_broken_table_ends_and_loses_nothing(self) -> None:
        async def work(message: Message) -> None:
            self.life.database.broken = True

        inbox = Inbox(work)
        self.life.bus.consume(QUEUE, inbox)
        await self.world.send("a")
        await inbox.wait(1)
        await self.life.stop()
        assert await self.ready() == 1
        self.flushLoggedErrors(Unavailable)

    async def test_a_failure_that_cannot_be_noted_does_not_make_the_handler_run_hot(self) -> None:
        async def work(message: Message) -> None:
            self.life.database.broken = len(inbox.got) == 1
            if len(inbox.got) == 1:
                raise Unavailable("the network is down")

        inbox = Inbox(work)
        self.life.bus.consume(QUEUE, inbox, concurrency=2)
        await self.world.send("a")
        await inbox.wait(1)
        self.life.database.broken = False
        await self.world.send("b", address="bob@x.org")
        assert inbox.texts == ["a"]
        self.life.advance(AGAIN)
        await inbox.wait(3)
        assert sorted(inbox.texts) == ["a", "a", "b"]
        self.flushLoggedErrors(Unavailable)
