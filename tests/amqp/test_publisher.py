"""Connections that end, and are made anew, in the midst of what the publisher does with them."""

from typing import Any

from attrs import define
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from txamqp.client import Closed

from awt.amqp.adapter import Lost, Unencodable
from awt.amqp.publisher import AGAIN, ConfirmedPublisher
from awt.background import Tasks
from tests.amqp.life import message


@define(kw_only=True, eq=False)
class Channel:
    """A channel whose broker answers at once."""

    connection: "Connection"
    made: Any = None
    closed: bool = False
    ended: Any = None

    def on_close(self, listener: Any) -> None:
        self.ended = listener

    def close(self) -> None:
        self.closed = True
        self.ended("by the broker")

    def queue_declare(self, **_: Any) -> Deferred[None]:
        return succeed(None) if self.made is None else self.made

    def queue_bind(self, **_: Any) -> Deferred[None]:
        return succeed(None)

    def publish(self, **_: Any) -> Deferred[None]:
        return succeed(None)


@define(kw_only=True, eq=False)
class Connection:
    """A connection that gives out one channel after the other."""

    channels: list[Channel]
    blocked: str | None = None
    closed: bool = False

    async def open_channel(self, *, confirms: bool) -> Channel:
        assert confirms
        if not self.channels:
            raise Lost("none is left")
        return self.channels.pop(0)

    def on_blocked(self, listener: Any) -> None:
        """Never blocked."""

    def abort(self) -> None:
        self.closed = True


class Publisher(TestCase):
    def setUp(self) -> None:
        self.time = Clock()

        async def declare(_channel: Any) -> None:
            """Nothing is shared."""

        self.publisher = ConfirmedPublisher(
            user="me",
            declare=declare,
            declares_queues=True,
            reactor=self.time,
            tasks=Tasks(),
        )

    def connect(self, made: Any = None) -> Channel:
        channel = Channel(connection=Connection(channels=[]), made=made)
        channel.connection.channels.append(channel)
        connection: Any = channel.connection
        self.successResultOf(Deferred.fromCoroutine(self.publisher.attach(connection)))
        return channel

    def publish(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.publisher.publish(message("hello")))

    def test_a_message_that_came_while_the_broker_was_away_holds_up_none_that_follows(self) -> None:
        self.failureResultOf(self.publish(), Lost)
        self.connect()
        self.successResultOf(self.publish())

    def test_who_waits_for_a_queue_goes_on_when_it_cannot_be_made(self) -> None:
        self.connect(fail(Unencodable("too long")))
        self.successResultOf(self.publish())
        self.assertEqual(len(self.flushLoggedErrors(Unencodable)), 1)
        made: Deferred[None] = Deferred()
        self.connect(made)
        first, second = self.publish(), self.publish()
        self.assertNoResult(first)
        self.assertNoResult(second)
        made.errback(Closed("gone"))
        self.successResultOf(first)
        self.successResultOf(second)

    def test_a_channel_that_cannot_be_opened_again_ends_the_connection_for_a_new_one(self) -> None:
        channel = self.connect()
        channel.close()
        self.assertFalse(channel.connection.closed)
        self.time.advance(AGAIN)
        self.assertTrue(channel.connection.closed)
