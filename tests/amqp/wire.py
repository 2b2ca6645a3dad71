"""A connection to the broker, for tests of what goes over it."""

from typing import Any

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import Deferred, DeferredQueue

from awt.amqp.adapter import Channel, Connection, Delivery
from awt.amqp.link import Address, Connections
from awt.testing.rabbitmq import RabbitMQ

reactor: Any = _reactor
QUORUM = {"x-queue-type": "quorum"}


async def open_connection(address: Address, *, heartbeat: int = 60) -> Connection:
    """Return an open connection of one's own."""
    connections = Connections(address=address, reactor=reactor, heartbeat=heartbeat)
    connection: Connection = await address.endpoint(reactor).connect(connections)
    await connection.open()
    return connection


async def sleep(seconds: float) -> None:
    """Let the broker have some time."""
    done: Deferred[None] = Deferred()
    reactor.callLater(seconds, done.callback, None)
    await done


class Wire:
    """A connection and a channel in confirm mode at an empty vhost."""

    addCleanup: Any

    @pytest.fixture(autouse=True)
    def _servers(self, rabbitmq: RabbitMQ) -> None:
        self.server = rabbitmq
        self.url = rabbitmq.vhost()
        self.address = Address.parse(self.url)

    async def connect(self, *, heartbeat: int = 60) -> Connection:
        """Return a connection that the test need not close."""
        connection = await open_connection(self.address, heartbeat=heartbeat)

        async def close() -> None:
            await connection.finish(seconds=2)
            await connection.disconnected.wait()

        self.addCleanup(lambda: Deferred.fromCoroutine(close()))
        return connection

    async def channel(self, queue: str = "q", **arguments: Any) -> Channel:
        """Return a channel in confirm mode, and make a queue."""
        channel = await (await self.connect()).open_channel(confirms=True)
        await channel.queue_declare(queue=queue, durable=True, arguments=QUORUM | arguments)
        return channel

    async def listen(self, channel: Channel, queue: str = "q") -> "DeferredQueue[Delivery]":
        """Consume a queue; what comes is in the queue that is returned."""
        came: DeferredQueue[Delivery] = DeferredQueue()
        await channel.basic_qos(prefetch_count=100)
        await channel.consume(queue, came.put, ended=lambda reason: None)
        return came
