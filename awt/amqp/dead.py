"""The dead letters of the broker become rows of the outbox.

There the same methods list, show, replay and drop them, whatever the bus is: what is replayed is a row
that is ready again, and the relay takes it.
"""

import uuid
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as Late
from twisted.internet.task import deferLater
from twisted.logger import Logger
from txamqp.client import Closed

from awt.amqp import topology
from awt.amqp.adapter import Channel, Connection, Delivery, why
from awt.amqp.consumer import ANSWER
from awt.amqp.publisher import ERROR
from awt.background import Tasks
from awt.db import outbox
from awt.db.engine import Database
from awt.errors import Unavailable
from awt.model.messages import decode_message, encode_body
from awt.ports import Clock

log = Logger()

AHEAD: Final = 20
AGAIN: Final = 1.0
"""Seconds before a letter that could not be kept is tried again."""
LONGEST: Final = 60_000
"""Characters that are kept of what could not be decoded."""


class DeadLetters:
    """Reads the queue ``dead`` into the table. Several nodes may do so."""

    def __init__(self, *, database: Database, clock: Clock, reactor: Any) -> None:
        self._database = database
        self._clock = clock
        self._reactor = reactor
        self._tasks = Tasks()
        self._channel: Channel | None = None
        self._beginning: Deferred[None] = succeed(None)
        self._stopping = False

    async def attach(self, connection: Connection) -> None:
        """Consume on a new connection."""
        if self._stopping or connection.closed:
            return
        try:
            channel = await connection.open_channel()
        except Unavailable:
            self._later(connection)
            return
        if self._stopping:
            await channel.finish(seconds=AGAIN)
            return
        self._channel = channel
        channel.on_close(lambda _reason: self._later(connection))
        self._beginning = Deferred.fromCoroutine(self._begin(channel))
        try:
            await self._beginning.addTimeout(ANSWER, self._reactor)
        except (Closed, Late) as error:
            if not connection.closed:
                log.warn("cannot collect dead letters: {reason}", reason=why(error))
                await channel.finish(seconds=AGAIN)

    async def _begin(self, channel: Channel) -> None:
        await channel.basic_qos(prefetch_count=AHEAD)
        await channel.consume(topology.DEAD, self._came, ended=self._ended)

    async def stop(self) -> None:
        """Take nothing more, and finish what is in hand."""
        self._stopping = True
        self._beginning.cancel()
        await self._tasks.finish()
        if self._channel is not None:
            await self._channel.finish(seconds=AGAIN)

    def _later(self, connection: Connection) -> None:
        """Consume again on a connection whose channel was closed."""
        if not self._stopping and not connection.closed:
            self._tasks.spawn(self._again(connection), "collecting dead letters again")

    async def _again(self, connection: Connection) -> None:
        await deferLater(self._reactor, AGAIN)
        await self.attach(connection)

    def _ended(self, _reason: str) -> None:
        if self._channel is not None:
            self._tasks.spawn(self._channel.finish(seconds=AGAIN), "closing dead letters")

    def _came(self, delivery: Delivery) -> None:
        if not self._stopping:
            self._tasks.spawn(self._keep(delivery), "keeping a dead letter")

    async def _keep(self, delivery: Delivery) -> None:
        letter = self._letter(delivery)
        while not (delivery.channel.closed or self._stopping):
            try:
                await self._database.write(outbox.keep_letter, letter)
            except Unavailable as error:
                log.warn("cannot keep a dead letter: {error}", error=str(error))
                await deferLater(self._reactor, AGAIN)
            else:
                delivery.ack()
                return

    def _letter(self, delivery: Delivery) -> outbox.Letter:
        error = str(delivery.headers.get(ERROR) or _blame(delivery))
        known = str(delivery.properties.get("message_id") or "")
        try:
            message = decode_message(delivery.body, queue=delivery.key)
        except msgspec.DecodeError:
            return outbox.Letter(
                message_id=known[:64] or str(uuid.uuid4()),
                queue=delivery.key,
                body=delivery.body.decode(errors="replace")[:LONGEST],
                trace="",
                attempt=0,
                created_at=self._clock(),
                error=error,
            )
        return outbox.Letter(
            message_id=message.id,
            queue=message.queue,
            body=encode_body(message.body),
            trace=message.trace,
            attempt=message.attempt,
            created_at=message.created_at,
            error=error,
        )


def _blame(delivery: Delivery) -> str:
    """Say why the broker itself took a message out of its queues."""
    deaths = delivery.headers.get("x-death") or [{}]
    count = topology.CRASHES + topology.SUSPECT_CRASHES + 2
    if deaths[0].get("reason") == "delivery_limit":
        return f"ended its consumers {count} times"
    return str(deaths[0].get("reason") or "unknown")
