"""A consumer keeps its queue in every disorder of the broker."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.model.messages import Message, user_op
from awt.ports import PutBack
from awt.testing.rabbitmq import RabbitMQ
from tests.amqp.life import QUEUE, Life, message, until
from tests.amqp.wire import sleep

OTHER = user_op("webtest", "jabber")


class Inbox:
    """Remembers what came."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, got: Message) -> None:
        self.texts.append(got.body.text)  # type: ignore[union-attr]


class Consuming(TestCase):
    timeout = 240

    @pytest.fixture(autouse=True)
    def _servers(self, rabbitmq: RabbitMQ) -> Iterator[None]:
        self.server = rabbitmq
        self.url = rabbitmq.vhost()
        self.vhost = self.url.rsplit("/", 1)[1]
        yield
        if not rabbitmq.running:
            rabbitmq.start()

    async def test_that_is_stopped_while_it_begins_leaves_its_queue_to_the_next(self) -> None:
        life = Life(self)
        await life.ready()
        for turns in range(6):  # stopped at one moment after the other
            first, second = Inbox(), Inbox()
            before = life.bus.consume(QUEUE, first)
            for _ in range(turns):
                await sleep(0.004)
            await before.stop()
            after = life.bus.consume(QUEUE, second)
            await life.bus.send(message(f"{turns}"))
            await until(lambda inbox=second: inbox.texts)
            self.assertEqual((first.texts, second.texts), ([], [f"{turns}"]))
            await after.stop()

    async def test_that_the_broker_has_forgotten_begins_anew(self) -> None:
        life = Life(self)
        inbox = Inbox()
        life.bus.consume(QUEUE, inbox)
        await life.ready()
        await life.bus.send(message("before"))
        await until(lambda: inbox.texts == ["before"])
        channel = life.bus._consumers[QUEUE]._channel
        assert channel is not None
        queue = await channel.queue_declare(queue=QUEUE, passive=True)
        self.assertEqual(queue.consumer_count, 1)
        self.server.forget(self.vhost, QUEUE)
        await life.bus.send(message("after"))
        await until(lambda: inbox.texts == ["before", "after"])
        self.assertTrue(channel.gone)

    async def test_of_a_queue_that_hangs_holds_up_no_other(self) -> None:
        life = Life(self)
        hangs, works = Inbox(), Inbox()
        life.bus.consume(OTHER, hangs)
        life.bus.consume(QUEUE, works)
        await life.ready()
        await life.bus.send(message("before"))
        await until(lambda: works.texts == ["before"])
        self.server.hang(self.vhost, OTHER)
        life.bus.abort()
        await until(lambda: not life.bus.ready)
        await life.ready(but=OTHER)
        await life.bus.send(message("meanwhile"))
        await until(lambda: works.texts == ["before", "meanwhile"])
        self.server.hang(self.vhost, OTHER, hung=False)
        await life.bus.send(message("after", queue=OTHER))
        await until(lambda: hangs.texts == ["after"])

    async def test_that_puts_back_while_the_broker_goes_away_counts_no_attempt(self) -> None:
        life = Life(self)
        came: Counter[str] = Counter()
        attempts: set[int] = set()
        held: list[Deferred[None]] = []
        network_is_back = False

        async def deliver(got: Message) -> None:
            came[got.id] += 1
            attempts.add(got.attempt)
            if not network_is_back:
                waits: Deferred[None] = Deferred()
                held.append(waits)
                await waits
                raise PutBack

        life.bus.consume(QUEUE, deliver, concurrency=20)
        await life.ready()
        texts = [message(str(n), address=f"u{n}@x.org") for n in range(20)]
        for one in texts:
            await life.bus.send(one)

        async def broken(go_away: Callable[[], None], come_back: Callable[[], object]) -> None:
            """Have half of them put back before the broker goes away, and half while it is away."""
            await until(lambda: len(held) == len(texts))
            waiting, held[:] = list(held), []
            for waits in waiting[::2]:
                waits.callback(None)
            go_away()
            await until(lambda: not life.bus.ready)
            for waits in waiting[1::2]:
                waits.callback(None)
            come_back()

        # as often as the broker lets a message end its consumer, and once more
        await broken(self.server.kill, self.server.start)
        await broken(life.bus.abort, lambda: None)
        await until(lambda: life.bus.ready)
        network_is_back = True
        for waits in held:
            waits.callback(None)
        await until(lambda: not life.bus._consumers[QUEUE]._jobs)
        await until(lambda: not self.server.depth(self.vhost, QUEUE))
        self.assertEqual(attempts, {0})
        self.assertEqual(set(came), {one.id for one in texts})
