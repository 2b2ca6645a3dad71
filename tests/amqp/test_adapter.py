"""What txamqp lacks and the adapter has: each of these tests was a trap."""

import contextlib
from decimal import Decimal
from typing import Any

import attrs
import pytest
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from txamqp.client import Closed

from awt.amqp.adapter import (
    Channel,
    Garbage,
    Lost,
    Nacked,
    Reader,
    Returned,
    Unencodable,
    encode_table,
    why,
)
from awt.amqp.link import Connections
from tests.amqp.wire import QUORUM, Wire, open_connection, reactor, sleep

BEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
"""A heartbeat, as AMQP 0-9-1 has it (4.2.7)."""
BODY = "Привет, \N{CAT FACE}".encode()


def test_tables_of_all_types_survive() -> None:
    table = {
        "yes": True,
        "no": False,
        "small": -5,
        "big": 1 << 40,
        "negative": -(1 << 62),
        "real": 0.25,
        "text": "é",
        "bytes": b"\xff\x00",
        "nothing": None,
        "list": [1, "x", [True], {"a": 1}],
        "table": {"deep": {"deeper": "x"}},
        "ключ": 1,
    }
    assert Reader(encode_table(table)).table() == table


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (b"b\xff", -1),
        (b"B\xff", 255),
        (b"s\xff\xff", -1),
        (b"u\xff\xff", 65535),
        (b"i\xff\xff\xff\xff", (1 << 32) - 1),
        (b"L" + b"\xff" * 8, -1),
        (b"T" + bytes(7) + b"\x05", 5),
        (b"f\x3f\x80\x00\x00", 1.0),
        (b"D\x02\x00\x00\x00\x7b", Decimal("1.23")),
        (b"S\x00\x00\x00\x02\xff\xfe", b"\xff\xfe"),
    ],
)
def test_types_that_only_others_send_are_understood(value: bytes, meaning: object) -> None:
    assert Reader(value).value() == meaning


@pytest.mark.parametrize("data", [b"?", b"S\x00\x00\x00\x09x", b"I\x00", b"F\x00\x00\x00\x05\x01"])
def test_what_is_no_value_is_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        Reader(data).value()


class Adapter(Wire, TestCase):
    timeout = 120

    async def publish(self, channel: Any, body: bytes = BODY, **values: Any) -> None:
        properties = {"delivery_mode": 2} | values.pop("properties", {})
        await channel.publish(
            **{"exchange": "", "key": "q", "body": body, "properties": properties} | values
        )

    async def test_bodies_and_headers_arrive_as_they_were(self) -> None:
        channel = await self.channel()
        came = await self.listen(channel)
        headers = {"wahr": True, "zahl": 1 << 40, "имя": ["é", {"x": None}]}
        bodies = [BODY, b"", b"\xff\xfe\x00", BODY * 20_000, b"\x80" * 300_000]
        for body in bodies:
            properties = {"headers": headers, "message_id": "é1", "priority": 3}
            await self.publish(channel, body, properties=properties)
            delivery = await came.get()
            delivery.ack()
            self.assertEqual(delivery.body, body)
            self.assertEqual(delivery.properties["message_id"], "é1")
            self.assertEqual(delivery.properties["priority"], 3)
            self.assertEqual({**delivery.headers, **headers}, delivery.headers)

    async def test_headers_of_the_broker_are_understood(self) -> None:
        channel = await self.channel(
            **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "grave"}
        )
        await channel.queue_declare(queue="grave", durable=True, arguments=QUORUM)
        came, graves = await self.listen(channel), await self.listen(channel, "grave")
        await self.publish(channel)
        (await came.get()).requeue()
        again = await came.get()
        self.assertTrue(again.redelivered)
        self.assertEqual(again.headers["x-delivery-count"], 1)
        channel.basic_reject(delivery_tag=again.tag, requeue=False)
        dead = await graves.get()
        self.assertEqual(dead.headers["x-death"][0]["reason"], "rejected")
        self.assertEqual(dead.headers["x-first-death-queue"], "q")

    async def test_what_cannot_be_encoded_is_the_error_of_that_very_publish(self) -> None:
        channel = await self.channel()
        came = await self.listen(channel)
        for properties in (
            {"headers": {"x": object()}},
            {"headers": {"x": 1 << 70}},
            {"headers": {"x" * 300: 1}},
            {"message_id": "x" * 256},
            {"message_id": "\ud800"},
            {"priority": 999},
            {"timestamp": "soon"},
            {"colour": "red"},
        ):
            with self.assertRaises(Unencodable):
                await self.publish(channel, properties=properties)
        with self.assertRaises(Unencodable):
            await channel.queue_declare(queue="q" * 300)
        with self.assertRaises(Unencodable):
            await self.publish(channel, key=None)
        await self.publish(channel, b"goes on")
        self.assertEqual((await came.get()).body, b"goes on")

    async def test_a_returned_message_fails_its_own_publish_and_no_other(self) -> None:
        channel = await self.channel()
        same: dict[str, Any] = {"message_id": "one id for all"}
        publishes = [
            channel.publish(exchange="", key="q" if i % 3 else "?", body=b"", properties=same)
            for i in range(300)
        ]
        results: Any = await DeferredList(publishes, consumeErrors=True)
        for i, (good, result) in enumerate(results):
            self.assertEqual(good, bool(i % 3))
            if not good:
                self.assertIsInstance(result.value, Returned)
                self.assertIn("NO_ROUTE", str(result.value))
        await channel.publish(exchange="", key="?", body=b"", properties={}, mandatory=False)

    async def test_a_refused_message_fails_its_publish(self) -> None:
        channel = await self.channel("full", **{"x-max-length": 1, "x-overflow": "reject-publish"})
        with self.assertRaises(Nacked):
            for _ in range(500):  # the broker takes some more before it says no
                await self.publish(channel, key="full")

    async def test_an_error_ends_one_channel_and_its_number_is_used_again(self) -> None:
        channel = await self.channel()
        connection = channel.connection
        numbers = set()
        for _ in range(5):
            broken = await connection.open_channel(confirms=True)
            numbers.add(broken.id)
            ends: list[str] = []
            broken.on_close(ends.append)
            with self.assertRaises(Closed) as caught:
                await broken.queue_declare(queue="none", passive=True)
            self.assertTrue(why(caught.exception).startswith("404 NOT_FOUND"))
            self.assertEqual(len(ends), 1)
            with self.assertRaises(Lost):
                await self.publish(broken)
        self.assertEqual(len(numbers), 1)
        await self.publish(channel)

    async def test_a_channel_that_both_sides_end_at_once_leaves_its_number_to_the_next(
        self,
    ) -> None:
        connection = (await self.channel()).connection
        broken = await connection.open_channel()
        refused = broken.queue_declare(queue="none", passive=True)
        closing = Deferred.fromCoroutine(broken.finish(seconds=60))
        with self.assertRaises(Closed) as caught:
            await refused
        self.assertTrue(why(caught.exception).startswith("404 NOT_FOUND"))
        await closing
        again = await connection.open_channel()
        self.assertEqual(again.id, broken.id)
        await again.queue_declare(queue="q", passive=True)

    async def test_what_was_unconfirmed_when_its_channel_ended_is_lost(self) -> None:
        channel = await self.channel()
        publishing = channel.publish(exchange="none", key="q", body=b"", properties={})
        with self.assertRaises(Lost) as caught:
            await publishing
        self.assertIn("no exchange 'none'", str(caught.exception))

    async def test_a_consumer_whose_queue_is_deleted_is_told(self) -> None:
        channel = await self.channel()
        told: Deferred[str] = Deferred()
        await channel.consume("q", lambda _delivery: None, ended=told.callback)
        other = await self.channel("other")
        await other.queue_delete(queue="q")
        self.assertIn("cancelled", await told)

    async def test_a_message_is_fetched_or_there_is_none(self) -> None:
        channel = await self.channel()
        self.assertIsNone(await channel.get("q"))
        await self.publish(channel)
        delivery = await channel.get("q")
        assert delivery is not None
        self.assertEqual(delivery.body, BODY)
        delivery.ack()
        self.assertIsNone(await channel.get("q"))

    async def test_a_blocked_connection_is_told_and_told_again(self) -> None:
        channel = await self.channel()
        connection = channel.connection
        changes: list[str | None] = []
        first: Deferred[None] = Deferred()
        second: Deferred[None] = Deferred()

        def changed() -> None:
            changes.append(connection.blocked)
            (first if len(changes) == 1 else second).callback(None)

        connection.on_blocked(changed)
        self.server.alarm(on=True)
        try:
            publishing = channel.publish(exchange="", key="q", body=b"", properties={})
            await first
        finally:
            self.server.alarm(on=False)
        await publishing
        await second
        self.assertEqual(changes, ["low on memory", None])

    async def test_a_wrong_password_and_a_wrong_vhost_are_told(self) -> None:
        for address, reason in (
            (attrs.evolve(self.address, password="wrong"), "ACCESS_REFUSED"),
            (attrs.evolve(self.address, vhost="none"), "NOT_ALLOWED"),
        ):
            with self.assertRaises(Lost) as caught:
                await open_connection(address)
            self.assertIn(reason, str(caught.exception))

    async def test_a_lie_about_the_user_is_refused(self) -> None:
        channel = await self.channel()
        await self.publish(channel, properties={"user_id": self.address.user})
        with self.assertRaises(Lost) as caught:
            await self.publish(channel, properties={"user_id": "somebody"})
        self.assertIn("user_id", str(caught.exception))

    async def test_many_channels_publish_and_consume_at_once(self) -> None:
        connection = await self.connect()

        async def one(number: int) -> int:
            channel = await connection.open_channel(confirms=True)
            name = f"q{number}"
            await channel.queue_declare(queue=name, durable=True)
            came = await self.listen(channel, name)
            for i in range(20):
                await self.publish(channel, str(i).encode() * (i * 1000), key=name)
            got = [await came.get() for _ in range(20)]
            for delivery in got:
                delivery.ack()
            return sum(len(delivery.body) for delivery in got)

        sums = await gatherResults([Deferred.fromCoroutine(one(n)) for n in range(10)])
        self.assertEqual(len(set(sums)), 1)

    async def through(self, port: int) -> Channel:
        """Return a channel of a connection through a proxy, with a quick heart."""
        address = attrs.evolve(self.address, port=port)
        connection = await open_connection(address, heartbeat=1)
        channel = await connection.open_channel(confirms=True)
        await channel.queue_declare(queue="q", durable=True, arguments=QUORUM)
        return channel

    async def test_a_peer_that_falls_silent_is_given_up(self) -> None:
        """A proxy that stops passing anything on, as a network or a frozen broker does."""
        port = reactor.listenTCP(0, _Proxy(self.server.port), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        proxy = port.factory
        channel = None
        while len(proxy.beats) < 2:  # heartbeats go both ways
            if channel is None or channel.closed:  # a machine that stood still is a silent peer too
                with contextlib.suppress(Lost, Closed):
                    channel = await self.through(port.getHost().port)
            await sleep(0.05)
        assert channel is not None
        proxy.silent = True
        publishing = channel.publish(exchange="", key="q", body=b"", properties={})
        with self.assertRaises(Lost):
            await publishing
        await channel.connection.disconnected.wait()
        proxy.end()

    def test_a_peer_that_says_something_in_time_is_not(self) -> None:
        time = Clock()
        connections = Connections(address=self.address, reactor=time, heartbeat=1)
        connection = connections.buildProtocol(None)
        transport = StringTransport()
        connection.makeConnection(transport)
        connection.tuned(0, 1)
        transport.clear()
        for _ in range(9):
            time.advance(0.5)
            time.advance(0.5)
            connection.dataReceived(BEAT)
        self.assertFalse(transport.disconnected)
        self.assertEqual(set(transport.value().split(BEAT)), {b""}, "and it hears of us")
        self.assertGreaterEqual(transport.value().count(BEAT), 9)
        time.pump([0.5] * 5)
        self.assertTrue(transport.disconnected)
        connection.connectionLost(Failure(ConnectionDone()))

    async def test_garbage_ends_the_connection(self) -> None:
        channel = await self.channel()
        connection = channel.connection
        ended: Deferred[str] = Deferred()
        connection.on_close(ended.callback)
        connection.dataReceived(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await ended


class _Proxy(Factory):
    """Passes on what comes, until it is silent."""

    noisy = False

    def __init__(self, port: int) -> None:
        self.silent = False
        self.beats: set[bool] = set()
        """Who said that he is there: whether it was the one who connected."""
        self._port = port
        self._ends: list[Any] = []

    def buildProtocol(self, addr: object) -> Protocol:
        near, far = _End(self, near=True), _End(self, near=False)
        near.other, far.other = far, near
        connector = reactor.connectTCP("127.0.0.1", self._port, _Once(far))
        assert connector is not None
        self._ends += [near, far]
        return near

    def end(self) -> None:
        for end in self._ends:
            if end.transport is not None:
                end.transport.abortConnection()


class _End(Protocol):
    other: "_End"
    transport: Any

    def __init__(self, proxy: _Proxy, *, near: bool) -> None:
        self._proxy = proxy
        self._near = near
        self._early: list[bytes] = []

    def connectionMade(self) -> None:
        for data in self.other._early:
            self.transport.write(data)

    def dataReceived(self, data: bytes) -> None:
        if self._proxy.silent:
            return
        if BEAT in data:
            self._proxy.beats.add(self._near)
        if self.other.transport is None:
            self._early.append(data)
        else:
            self.other.transport.write(data)


class _Once(Factory):
    noisy = False

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: object) -> Protocol:
        return self._protocol

    def startedConnecting(self, connector: object) -> None:
        """Twisted tells it; nothing to do."""

    def clientConnectionLost(self, connector: object, reason: object) -> None:
        """Twisted tells it; nothing to do."""

    def clientConnectionFailed(self, connector: object, reason: object) -> None:
        """Twisted tells it; nothing to do."""
