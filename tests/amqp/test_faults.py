"""The broker is killed and frozen, readers crash, and nothing is lost."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.amqp.adapter import Lost
from awt.amqp.consumer import AHEAD
from awt.amqp.link import Address
from awt.amqp.relay import WINDOW
from awt.amqp.topology import CRASHES, DEAD, SUSPECT_CRASHES, Rights, rights, suspect_name
from awt.api.caller import Caller, Who
from awt.api.letters import LetterId, list_dead, replay_dead
from awt.api.registry import Nothing
from awt.db import outbox
from awt.db.engine import Database
from awt.db.schema import outbox as table
from awt.db.tx import Tx
from awt.errors import Unavailable
from awt.local import LocalCache, LocalSignals, SystemChance, clock
from awt.model.messages import Answer, Message, encode_message, user_op
from awt.model.settings import Settings
from awt.ports import Env
from awt.testing.databases import Databases
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.scale import SCALE
from awt.text.catalog import Catalog
from tests.amqp.life import QUEUE, Life, message, until
from tests.amqp.wire import open_connection, reactor, sleep

READ_AHEAD = 8 * AHEAD
OPERATOR = Caller(who=Who.OPERATOR)


class Faults(TestCase):
    timeout = 480

    @pytest.fixture(autouse=True)
    def _servers(self, databases: Databases, rabbitmq: RabbitMQ) -> Iterator[None]:
        self.server = rabbitmq
        self.url = rabbitmq.vhost()
        with databases.sqlite() as self.database_url:
            yield

    def database(self) -> tuple[Database, LocalSignals]:
        """Return a database as a process has it."""
        signals = LocalSignals()
        env = Env(
            settings=Settings(),
            texts=Catalog(),
            cache=LocalCache(),
            chance=SystemChance(),
            clock=clock,
        )
        database = Database(url=self.database_url, reactor=reactor, env=env, signals=signals)
        database.start()
        self.addCleanup(database.stop)
        return database, signals

    async def stream(self, faults: Any, *, rows: int, **values: Any) -> int:
        """Send rows while something goes wrong; return how many copies of them came."""
        database, signals = self.database()
        life = Life(self, **values)
        life.with_relay(database, signals, grace=0.2, lease=1.0)
        came: Counter[str] = Counter()
        effects: list[str] = []

        def effect(tx: Tx, message_id: str) -> bool:
            return outbox.consume_once(tx, message_id)

        async def handle(got: Message) -> None:
            came[got.id] += 1
            if await database.write(effect, got.id):
                effects.append(got.id)

        consumer = life.bus.consume(QUEUE, handle, concurrency=READ_AHEAD // AHEAD)
        sent: list[str] = []

        def send(tx: Tx, first: int) -> list[str]:
            return [
                outbox.send(tx, QUEUE, Answer(address=f"u{n % 20}@x.org", text=str(n)), secret="s")
                for n in range(first, first + 10)
            ]

        running = Deferred.fromCoroutine(faults())
        for first in range(0, rows, 10):
            sent += await database.write(send, first)
            if not running.called:  # the last rows come when all has gone wrong
                await sleep(8 / rows * 10)
        await running
        await until(lambda: len(came) == rows)
        await until(lambda: len(effects) == rows)
        self.assertEqual(set(effects), set(sent))
        self.assertEqual(len(effects), rows)
        await life.stop()
        states = await database.read(_states)
        self.assertEqual(states, {(outbox.DONE, None): rows})
        return came.total() - rows + consumer.repeated

    async def test_nothing_is_lost_when_the_broker_is_killed_twice_in_a_stream(self) -> None:
        async def kill() -> None:
            for _ in range(2):
                await sleep(0.4)
                self.server.kill()
                await sleep(0.2)
                self.server.start()

        rows = 2000 * SCALE
        copies = await self.stream(kill, rows=rows)
        self.assertLessEqual(copies, 2 * (WINDOW + READ_AHEAD))

    async def test_nothing_is_lost_when_the_broker_freezes_in_a_stream(self) -> None:
        async def freeze() -> None:
            for _ in range(2):
                await sleep(0.3)
                self.server.freeze()
                await sleep(3)  # longer than the heartbeats allow
                self.server.thaw()

        rows = 2000 * SCALE
        copies = await self.stream(freeze, rows=rows, heartbeat=1)
        self.assertLessEqual(copies, 2 * (WINDOW + READ_AHEAD))

    async def test_two_relays_do_not_send_everything_twice(self) -> None:
        rows = 600
        database, signals = self.database()

        def send(tx: Tx) -> None:
            for n in range(rows):
                outbox.send(tx, QUEUE, Answer(address=f"u{n % 20}@x.org", text=str(n)))

        await database.write(send)
        came: Counter[str] = Counter()

        async def handle(got: Message) -> None:
            came[got.id] += 1

        lives = [Life(self), Life(self)]
        other, others = self.database()
        lives[0].with_relay(database, signals, grace=0)
        lives[1].with_relay(other, others, grace=0)
        consumer = lives[0].bus.consume(QUEUE, handle, concurrency=READ_AHEAD // AHEAD)
        await until(lambda: len(came) == rows)
        for life in lives:
            await life.stop()
        self.assertLess(came.total() - rows + consumer.repeated, rows)

    async def test_what_a_queue_does_not_take_is_put_off_and_sent_again(self) -> None:
        vhost = self.url.rsplit("/", 1)[1]
        database, signals = self.database()
        life = Life(self)
        life.with_relay(database, signals, grace=0, confirm=0.5)
        came: list[str] = []

        async def handle(got: Message) -> None:
            came.append(got.body.text)  # type: ignore[union-attr]

        async def send(queue: str, text: str) -> None:
            await database.write(outbox.send, queue, Answer(address="ann@x.org", text=text))

        async def problem() -> str:
            states = await database.read(_errors)
            return next(filter(None, states), "")

        other = user_op("webtest", "jabber")
        life.bus.consume(QUEUE, handle)
        life.bus.consume(other, handle)
        await life.ready()
        await send(QUEUE, "before")
        await until(lambda: came == ["before"])
        self.server.hang(vhost, QUEUE)
        await send(QUEUE, "hung")
        await send(other, "meanwhile")
        await until(lambda: came == ["before", "meanwhile"])
        while not await problem():
            await sleep(0.02)
        self.assertEqual(await problem(), "not confirmed within 0.5 s")
        self.server.hang(vhost, QUEUE, hung=False)
        await until(lambda: came == ["before", "meanwhile", "hung"])
        while (await database.read(_states)).keys() != {(outbox.DONE, None)}:
            await sleep(0.02)
        self.assertEqual(len(came), 3)

    async def test_a_poison_message_ends_in_the_dead_letters_and_holds_nobody_up(self) -> None:
        """A handler that crashes its process: the connection goes, and what was in hand comes back."""
        database, signals = self.database()
        sender = Life(self)
        sender.with_relay(database, signals, grace=0)
        done: Counter[str] = Counter()
        crashes = 0
        life: Life

        async def handle(got: Message) -> None:
            nonlocal crashes
            text = got.body.text  # type: ignore[union-attr]
            if text == "poison":
                crashes += 1
                life.bus.abort()
                await Deferred()
            done[text] += 1

        def send(tx: Tx) -> str:
            for n in range(40):
                outbox.send(tx, QUEUE, Answer(address=f"u{n}@x.org", text=str(n)))
            poison = outbox.send(tx, QUEUE, Answer(address="p@x.org", text="poison"), secret="s")
            for n in range(40, 80):
                outbox.send(tx, QUEUE, Answer(address=f"u{n}@x.org", text=str(n)))
            return poison

        poison = await database.write(send)

        async def dead() -> list[str]:
            letters = await database.read(list_dead, OPERATOR, Nothing())
            return [letter.id for letter in letters.letters]

        while not await dead():
            life = Life(self)
            before = crashes
            life.bus.consume(QUEUE, handle, concurrency=20)
            while crashes == before and not await dead():
                await sleep(0.02)
            life.kill()
        self.assertEqual(crashes, CRASHES + SUSPECT_CRASHES + 2)
        self.assertEqual(await dead(), [poison])
        [letter] = await database.read(outbox.dead)
        self.assertIn("ended its consumers", letter.error)
        self.assertNotIn('"s"', letter.body)
        survivor = Life(self)

        async def good(got: Message) -> None:
            done[got.body.text] += 1  # type: ignore[union-attr]

        survivor.bus.consume(QUEUE, good, concurrency=20)
        await until(lambda: len(done) == 80)
        await database.write(replay_dead, OPERATOR, LetterId(id=poison))
        await until(lambda: done["poison"] == 1)
        await until(lambda: not self.server.depth(self.url.rsplit("/", 1)[1], suspect_name(QUEUE)))

    async def test_what_nobody_may_say_and_what_cannot_be_read_is_dead_at_once(self) -> None:
        vhost = self.url.rsplit("/", 1)[1]
        database, signals = self.database()
        life = Life(self)
        life.with_relay(database, signals)
        heard: list[str] = []

        async def hear(got: Message) -> None:
            heard.append(got.body.text)  # type: ignore[union-attr]

        life.bus.consume(QUEUE, hear)
        await life.ready()
        client = self.server.user(
            f"c_{vhost}", rights(services=["base"], ims=["jabber"]), vhost=vhost
        )
        connection = await open_connection(Address.parse(client))
        channel = await connection.open_channel(confirms=True)
        for body in (encode_message(message("forged")), b"{", b"\xff"):
            await channel.publish(
                exchange="work",
                key=QUEUE,
                body=body,
                properties={"user_id": f"c_{vhost}", "message_id": f"raw{body[:2]!r}"},
            )
        await connection.finish(seconds=1)

        async def letters() -> list[str]:
            return sorted(letter.error for letter in await database.read(outbox.dead))

        while len(await letters()) < 3:
            await sleep(0.02)
        self.assertEqual(
            await letters(), sorted([f"c_{vhost} may not say this", "undecodable", "undecodable"])
        )
        await life.bus.send(message("ours"))
        await until(lambda: heard == ["ours"])

    async def test_a_client_node_has_the_rights_that_it_needs_and_no_others(self) -> None:
        vhost = self.url.rsplit("/", 1)[1]
        server = Life(self, may=_anybody)
        heard: list[Message] = []

        async def hear(got: Message) -> None:
            heard.append(got)

        server.bus.consume("api", hear)
        await server.ready()
        node: Rights = rights(services=["base"], ims=["jabber"])
        url = self.server.user(f"n_{vhost}", node, vhost=vhost)
        client = Life(self, url=url, owner=False, may=_anybody)
        got: list[Message] = []

        async def fail_once(said: Message) -> None:
            got.append(said)
            if said.attempt == 0:
                raise Unavailable("the network is down")

        client.bus.consume(QUEUE, fail_once)
        await client.ready()
        await client.bus.send(msgspec.structs.replace(message("hi"), queue="api"))
        await server.bus.send(message("answer"))
        await until(lambda: len(heard) == 1 and len(got) == 2)
        self.assertEqual([m.attempt for m in got], [0, 1])
        for queue in ("user_op.webtest.jabber", "spamer.base.skype"):
            with self.assertRaises(Lost):
                await client.bus.send(msgspec.structs.replace(message("x"), queue=queue))
            await client.ready()
        self.flushLoggedErrors(Unavailable)

    async def test_who_publishes_while_the_broker_is_away_is_told_at_once(self) -> None:
        life = Life(self, url=self.url.replace(f":{self.server.port}/", ":1/"))
        with self.assertRaises(Lost):
            await life.bus.send(message("x"))
        await life.stop()

    async def test_a_deleted_queue_is_made_again(self) -> None:
        life = Life(self)
        heard: list[str] = []

        async def hear(got: Message) -> None:
            heard.append(got.body.text)  # type: ignore[union-attr]

        life.bus.consume(QUEUE, hear)
        await life.ready()
        await life.bus.send(message("before"))
        await until(lambda: heard == ["before"])
        connection = await open_connection(Address.parse(self.url))
        channel = await connection.open_channel()
        await channel.queue_delete(queue=QUEUE)
        await connection.finish(seconds=1)

        async def passes() -> bool:
            try:
                await life.bus.send(message("after"))
            except Unavailable:
                return False
            return True

        while not await passes():
            await sleep(0.05)
        await until(lambda: "after" in heard)
        self.assertEqual(self.server.depth(self.url.rsplit("/", 1)[1], DEAD), 0)


async def _anybody(_user: str, _message: Message) -> bool:
    return True


def _states(tx: Tx) -> dict[tuple[str, str | None], int]:
    rows = tx.conn.execute(table.select())
    return dict(Counter((row.state, row.secret) for row in rows))


def _errors(tx: Tx) -> list[str | None]:
    return [row.error for row in tx.conn.execute(table.select())]
