"""What every bus has to keep to, whatever carries its messages."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater

from awt.bus.inprocess import InProcessBus
from awt.db import outbox
from awt.db.engine import Database
from awt.db.outbox import Letter
from awt.db.schema import outbox as outbox_table
from awt.db.tx import Tx
from awt.errors import Refused, Unavailable
from awt.local import LocalCache, LocalSignals, SystemChance
from awt.model.messages import Answer, Message
from awt.model.settings import Settings
from awt.model.times import SECOND
from awt.ports import Bus, Env, PutBack, Undeliverable
from awt.text.catalog import Catalog

reactor: Any = _reactor
TEXTS = Catalog()
QUEUE = "user_op.base.jabber"
OTHER = "user_op.webtest.jabber"
DELAYS = (1.0, 5.0)
"""What the buses of these tests wait before each further try, in seconds."""
START = 1_800_000_000


class Mortal:
    """A database as a process has it: once the process is dead, nothing it asks for is answered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dead = False
        self.broken = False
        """It can be reached, but neither read nor written."""
        self.reads = 0

    async def write(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        await self._alive()
        return await self._database.write(function, *args, **kwargs)

    async def read(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.reads += 1
        await self._alive()
        result = await self._database.read(function, *args, **kwargs)
        await self._alive()
        return result

    async def _alive(self) -> None:
        if self.dead:
            await Deferred()
        if self.broken:
            raise Unavailable("database: broken")


class World:
    """A database, and a process at it with a bus that can be killed and started again."""

    def __init__(self, url: str) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.signals = LocalSignals()
        env = Env(
            settings=Settings(),
            texts=TEXTS,
            cache=LocalCache(),
            chance=SystemChance(),
            clock=self.now,
        )
        self.database = Database(url=url, reactor=reactor, env=env, signals=self.signals)
        self.database.start()

    def now(self) -> int:
        """Return the time in ms since the epoch."""
        return round(self.clock.seconds() * SECOND)

    async def send(self, *texts: str, address: str = "ann@x.org", **values: Any) -> list[str]:
        """Send messages to one address in one transaction; return their ids."""
        queue = values.pop("queue", QUEUE)

        def work(tx: Tx) -> list[str]:
            return [
                outbox.send(tx, queue, Answer(address=address, text=text), **values)
                for text in texts
            ]

        return await self.database.write(work)

    async def dead(self) -> list[Letter]:
        """Return the dead letters."""
        return await self.database.read(outbox.dead)

    async def state(self, message_id: str) -> tuple[str, str | None]:
        """Return the state of a message and the secret that is kept."""

        def look(tx: Tx) -> tuple[str, str | None]:
            table = outbox_table
            row = tx.conn.execute(table.select().where(table.c.message_id == message_id)).one()
            return row.state, row.secret

        return await self.database.read(look)


class Inbox:
    """A handler that remembers what it got, and does with it what it is told."""

    def __init__(self, then: Callable[[Message], Awaitable[None]] | None = None) -> None:
        self.got: list[Message] = []
        self._then = then
        self._waiting: list[tuple[int, Deferred[None]]] = []

    @property
    def texts(self) -> list[str]:
        """What the messages said."""
        return [getattr(message.body, "text", "") for message in self.got]

    async def __call__(self, message: Message) -> None:
        self.got.append(message)
        for entry in [e for e in self._waiting if e[0] <= len(self.got)]:
            self._waiting.remove(entry)
            reactor.callLater(0, entry[1].callback, None)
        if self._then is not None:
            await self._then(message)

    async def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until a text came that often."""
        while self.texts.count(text) < times:
            await self.wait(len(self.got) + 1)

    async def wait(self, count: int) -> list[str]:
        """Wait until that many messages came; return all their texts."""
        if len(self.got) < count:
            came: Deferred[None] = Deferred()
            self._waiting.append((count, came))
            await came
        return self.texts


class Life(Protocol):
    """A process with a bus: started, stopped cleanly or killed."""

    bus: Bus
    database: Mortal

    async def stop(self) -> None:
        """Stop taking messages, finish those in hand."""

    def kill(self) -> None:
        """End without another word."""

    def advance(self, seconds: float) -> None:
        """Let time pass."""

    @property
    def settled(self) -> bool:
        """Whether nothing is in hand, so that time may pass."""


class InProcessLife:
    """A process with the in-process bus."""

    def __init__(self, world: World) -> None:
        self.database = Mortal(world.database)
        database: Any = self.database
        self._bus = InProcessBus(
            database=database,
            signals=world.signals,
            reactor=world.clock,
            clock=world.now,
            delays=DELAYS,
        )
        self.bus: Bus = self._bus
        self._world = world

    async def stop(self) -> None:
        """Stop cleanly."""
        await self._bus.stop()

    def kill(self) -> None:
        """End without another word."""
        self.database.dead = True
        self._bus._deaf()

    def advance(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self._world.clock.advance(seconds)

    @property
    def settled(self) -> bool:
        """Whether no delivery and no scan is under way."""
        consumers = self._bus._consumers.values()
        return not any(c._running or c._scanning for c in consumers)


class BusContract:
    """The contract. A bus joins by a class with its ``life`` and a database."""

    url: str
    timeout = 120
    addCleanup: Any
    flushLoggedErrors: Any

    def setUp(self) -> None:
        self.world = World(self.url)
        self.addCleanup(self.world.database.stop)

    def life(self, world: World) -> Life:
        """Start a process with the bus that is tried."""
        raise NotImplementedError

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[Life]:
        """A process that stops cleanly."""
        life = self.life(self.world)
        try:
            yield life
        finally:
            await life.stop()

    async def pass_time(self, life: Life) -> None:
        """Let a second pass, and what is to happen then."""
        while not life.settled:
            await deferLater(reactor, 0.001)
        life.advance(1)
        await deferLater(reactor, 0.001)

    async def everything(self, *, queue: str = QUEUE) -> list[str]:
        """Return what a new process still finds to deliver."""
        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(queue, inbox)
            await self.world.send("the last one", queue=queue)
            await inbox.wait_for("the last one")
        return inbox.texts[:-1]

    async def test_what_was_committed_is_delivered_and_what_was_undone_is_not(self) -> None:
        def undone(tx: Tx) -> None:
            outbox.send(tx, QUEUE, Answer(address="ann@x.org", text="undone"))
            raise Refused("forbidden")

        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(QUEUE, inbox)
            await self.world.send("before")
            with suppress(Refused):
                await self.world.database.write(undone)
            await self.world.send("after")
            assert await inbox.wait(2) == ["before", "after"]
        assert await self.everything() == []

    async def test_what_was_sent_while_nobody_listened_is_delivered_later(self) -> None:
        sent = await self.world.send("a", "b", "c")
        await self.world.send("for another queue", queue=OTHER)
        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(QUEUE, inbox)
            assert await inbox.wait(3) == ["a", "b", "c"]
            assert [message.id for message in inbox.got] == sent
        assert await self.everything() == []
        assert await self.everything(queue=OTHER) == ["for another queue"]

    async def test_a_message_arrives_as_it_was_sent(self) -> None:
        def work(tx: Tx) -> None:
            tx.trace = "t1"
            outbox.send(
                tx,
                QUEUE,
                Answer(address="ann@x.org", text="é\n\ue000", seq=4, reply_to="q"),
                secret="https://s",
                expires_at=tx.now + 1000,
            )

        await self.world.database.write(work)
        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(QUEUE, inbox)
            await inbox.wait(1)
        [message] = inbox.got
        assert message.body == Answer(address="ann@x.org", text="é\n\ue000", seq=4, reply_to="q")
        assert (message.queue, message.trace, message.secret) == (QUEUE, "t1", "https://s")
        assert (message.attempt, message.created_at) == (0, START * 1000)
        assert message.expires_at == START * 1000 + 1000

    async def test_messages_of_one_address_are_in_order_and_of_many_at_once(self) -> None:
        running: Counter[str] = Counter()
        most: list[tuple[int, int]] = []
        four: Deferred[None] = Deferred()

        async def work(message: Message) -> None:
            address = getattr(message.body, "address", "")
            running[address] += 1
            most.append((running.total(), running[address]))
            if running.total() == 4 and not four.called:
                four.callback(None)
            await four  # however slowly they come
            done: Deferred[None] = Deferred()
            reactor.callLater(0, done.callback, None)
            await done
            running[address] -= 1

        addresses = [f"u{i}@x.org" for i in range(10)]
        for i in range(10):
            for address in addresses:
                await self.world.send(str(i), address=address)
        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox, concurrency=4)
            await inbox.wait(100)
        for address in addresses:
            got = [m.body.text for m in inbox.got if m.body.address == address]  # type: ignore[union-attr]
            assert got == [str(i) for i in range(10)]
        assert max(total for total, _ in most) == 4
        assert max(own for _, own in most) == 1
        assert await self.everything() == []

    async def test_without_concurrency_there_is_one_at_a_time(self) -> None:
        running: list[Message] = []

        async def work(message: Message) -> None:
            assert not running
            running.append(message)
            done: Deferred[None] = Deferred()
            reactor.callLater(0, done.callback, None)
            await done
            running.clear()

        for i in range(5):
            await self.world.send(str(i), address=f"u{i}@x.org")
        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox)
            assert await inbox.wait(5) == ["0", "1", "2", "3", "4"]
        assert await self.everything() == []

    async def test_what_fails_is_tried_again_later_and_the_others_meanwhile(self) -> None:
        async def work(message: Message) -> None:
            if getattr(message.body, "text", "") != "bad":
                return
            if not message.attempt:
                await self.world.send("meanwhile")
            if message.attempt < 2:
                raise Unavailable("the network is down")

        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox)
            await self.world.send("bad", "good")
            assert (await inbox.wait(2))[:2] == ["bad", "good"]
            await inbox.wait_for("meanwhile")
            # What has a clock of its own, as a broker has, may be further than this test at any time.
            await self.noted(life)
            life.advance(DELAYS[0] - 0.1)
            await self.noted(life)
            life.advance(0.1)
            await inbox.wait_for("bad", 2)
            await self.noted(life)
            life.advance(DELAYS[1])
            await inbox.wait_for("bad", 3)
            assert Counter(inbox.texts) == {"bad": 3, "good": 1, "meanwhile": 1}
            attempts = [m.attempt for m in inbox.got if m.body.text == "bad"]  # type: ignore[union-attr]
            assert attempts == [0, 1, 2]
        assert await self.everything() == []
        assert await self.world.dead() == []
        self.flushLoggedErrors(Unavailable)

    async def noted(self, life: Life) -> None:
        """Wait until what became of the messages before was written down, and nothing is in hand."""

        def all_put_off(tx: Tx) -> bool:
            table = outbox_table
            rows = tx.conn.execute(table.select().where(table.c.state == outbox.READY))
            return all(row.next_at > tx.now for row in rows)

        while not (await self.world.database.read(all_put_off) and life.settled):
            pass

    async def test_after_the_last_try_a_message_is_dead_and_the_reason_is_kept(self) -> None:
        async def fail(message: Message) -> None:
            raise Unavailable("the network is down")

        async with self.alive() as life:
            inbox = Inbox(fail)
            life.bus.consume(QUEUE, inbox)
            [sent] = await self.world.send("bad", secret="https://s")
            for tries, delay in enumerate(DELAYS, 1):
                await inbox.wait(tries)
                await self.noted(life)
                life.advance(delay)
            await inbox.wait(len(DELAYS) + 1)
        [letter] = await self.world.dead()
        assert (letter.message_id, letter.attempt) == (sent, len(DELAYS))
        assert "Unavailable" in letter.error
        assert await self.world.state(sent) == (outbox.DEAD, None)
        assert await self.everything() == []
        self.flushLoggedErrors(Unavailable)

    async def test_a_bug_of_a_handler_does_not_stop_the_queue(self) -> None:
        async def work(message: Message) -> None:
            if getattr(message.body, "text", "") == "bad":
                raise ZeroDivisionError

        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox)
            await self.world.send("bad", "good")
            assert await inbox.wait(2) == ["bad", "good"]
        self.flushLoggedErrors(ZeroDivisionError)

    async def test_what_can_never_be_delivered_is_dead_at_once(self) -> None:
        async def work(message: Message) -> None:
            if getattr(message.body, "text", "") == "bad":
                raise Undeliverable("not for us")

        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox)
            await self.world.send("bad", "good")
            assert await inbox.wait(2) == ["bad", "good"]
        [letter] = await self.world.dead()
        assert (letter.attempt, letter.error) == (0, "not for us")

    async def test_what_is_put_back_comes_again_and_no_attempt_is_counted(self) -> None:
        async def work(message: Message) -> None:
            if len(inbox.got) <= len(DELAYS) + 1:
                raise PutBack

        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox)
            await self.world.send("again")
            for count in range(1, len(DELAYS) + 3):
                while len(inbox.got) < count:
                    await self.pass_time(life)
        assert {message.attempt for message in inbox.got} == {0}
        assert await self.world.dead() == []

    async def test_what_is_published_is_safe_when_that_returns_and_comes_once(self) -> None:
        life = self.life(self.world)
        while not life.bus.ready:
            await deferLater(reactor, 0.001)
        for _ in range(2):
            answer = Answer(address="ann@x.org", text="published")
            await life.bus.publish(QUEUE, answer, message_id="m" * 36, trace="t1")
        life.kill()
        async with self.alive() as after:
            inbox = Inbox()
            after.bus.consume(QUEUE, inbox)
            await self.world.send("the last one")
            assert await inbox.wait(2) == ["published", "the last one"]
        assert (inbox.got[0].id, inbox.got[0].trace) == ("m" * 36, "t1")

    async def test_what_cannot_be_read_is_dead_at_once_and_the_rest_goes_on(self) -> None:
        async def damage(message_id: str) -> None:
            def work(tx: Tx) -> None:
                table = outbox_table
                tx.conn.execute(
                    table.update().where(table.c.message_id == message_id).values(body="{")
                )

            await self.world.database.write(work)

        await self.world.send("a")
        [bad] = await self.world.send("bad", secret="https://s")
        await self.world.send("b")
        await damage(bad)
        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(QUEUE, inbox)
            assert await inbox.wait(2) == ["a", "b"]
            await self.world.send("c")
            assert await inbox.wait(3) == ["a", "b", "c"]
        [letter] = await self.world.dead()
        assert (letter.message_id, letter.error) == (bad, "undecodable")
        assert await self.world.state(bad) == (outbox.DEAD, None)

    async def test_a_message_is_not_delivered_after_its_time(self) -> None:
        now = START * 1000
        [late] = await self.world.send("late", secret="https://s", expires_at=now + 999)
        await self.world.send("in time", expires_at=now + 1001)
        self.world.clock.advance(1)
        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(QUEUE, inbox)
            assert await inbox.wait(1) == ["in time"]
        assert await self.world.state(late) == (outbox.EXPIRED, None)
        assert await self.everything() == []

    async def test_the_secret_is_blanked_once_a_message_is_delivered(self) -> None:
        [sent] = await self.world.send("link", secret="https://s")
        async with self.alive() as life:
            inbox = Inbox()
            life.bus.consume(QUEUE, inbox)
            await inbox.wait(1)
        assert await self.world.state(sent) == (outbox.DONE, None)

    async def test_a_clean_stop_finishes_what_is_in_hand_and_leaves_the_rest(self) -> None:
        release: Deferred[None] = Deferred()
        finished = []

        async def work(message: Message) -> None:
            await release
            finished.append(message.id)

        sent = await self.world.send("in hand", "waits", "waits too")
        life = self.life(self.world)
        inbox = Inbox(work)
        life.bus.consume(QUEUE, inbox)
        await inbox.wait(1)
        stopped: Deferred[None] = Deferred.fromCoroutine(life.stop())
        await self.world.send("comes after")
        assert not stopped.called
        release.callback(None)
        await stopped
        assert finished == sent[:1]
        assert await self.everything() == ["waits", "waits too", "comes after"]

    async def test_a_consumer_that_stops_leaves_its_queue_to_the_next_one(self) -> None:
        async with self.alive() as life:
            first, second = Inbox(), Inbox()
            consumer = life.bus.consume(QUEUE, first)
            await self.world.send("a")
            await first.wait(1)
            await consumer.stop()
            await self.world.send("b")
            life.bus.consume(QUEUE, second)
            await self.world.send("c")
            await second.wait(2)
        assert first.texts == ["a"]
        assert second.texts == ["b", "c"]

    async def test_nothing_is_lost_or_done_twice_by_processes_that_die_at_any_moment(self) -> None:
        """Each life is killed after some deliveries, before, between and after effect and mark."""
        effects: Counter[str] = Counter()

        def effect(tx: Tx, message: Message) -> bool:
            return outbox.consume_once(tx, message.id)

        texts = [str(i) for i in range(200)]
        for text in texts:
            await self.world.send(text, address=f"u{int(text) % 7}@x.org")
        for deliveries in range(12):
            await self._short_life(deliveries, effect, effects)
        complete: Deferred[None] = Deferred()
        async with self.alive() as life:

            async def rest(message: Message) -> None:
                if await self.world.database.write(effect, message):
                    effects[getattr(message.body, "text", "")] += 1
                if len(effects) == len(texts) and not complete.called:
                    complete.callback(None)

            life.bus.consume(QUEUE, rest, concurrency=3)
            await complete
        await self.everything()  # copies of what was done may be left, and nothing else
        assert effects == Counter(texts)
        assert await self.world.dead() == []

    async def _short_life(
        self, deliveries: int, effect: Callable[[Tx, Message], bool], effects: Counter[str]
    ) -> None:
        """Live for some deliveries; die in the next one, by turns before and after its effect."""
        life = self.life(self.world)
        self.addCleanup(lambda: life)  # the dead are not tidied up while the test runs
        killed: Deferred[None] = Deferred()

        async def work(message: Message) -> None:
            number = len(inbox.got)
            if number == deliveries + 1 and deliveries % 2:
                life.kill()
                killed.callback(None)
            if await life.database.write(effect, message):
                effects[getattr(message.body, "text", "")] += 1
            if number == deliveries + 1:
                life.kill()
                killed.callback(None)
            if number > deliveries:
                await Deferred()

        inbox = Inbox(work)
        life.bus.consume(QUEUE, inbox, concurrency=3)
        await killed

    async def test_an_effect_whose_delivery_could_not_be_noted_happens_once(self) -> None:
        done = []

        def effect(tx: Tx, message: Message) -> bool:
            return outbox.consume_once(tx, message.id)

        async def work(message: Message) -> None:
            done.append(await self.world.database.write(effect, message))
            if message.attempt == 0:
                raise Unavailable("the answer was lost")

        async with self.alive() as life:
            inbox = Inbox(work)
            life.bus.consume(QUEUE, inbox)
            await self.world.send("a")
            await inbox.wait(1)
            await self.noted(life)
            life.advance(DELAYS[0])
            await inbox.wait(2)
        assert done == [True, False]
        assert await self.everything() == []
        self.flushLoggedErrors(Unavailable)
