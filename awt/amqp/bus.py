"""The bus over RabbitMQ: the same port as the in-process one."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as Late
from twisted.logger import Logger

from awt.amqp import topology
from awt.amqp.adapter import HEARTBEAT, Channel, Connection, Lost, Returned
from awt.amqp.consumer import LOOK, May, Means, QueueConsumer
from awt.amqp.dead import DeadLetters
from awt.amqp.gate import Gate
from awt.amqp.link import Address, Link
from awt.amqp.publisher import ConfirmedPublisher
from awt.background import Tasks
from awt.model.messages import Body, Message
from awt.ports import Clock, Handler

log = Logger()

SECONDS = 10.0
"""How long the broker may take to confirm a message that somebody waits for."""


class AmqpBus:
    """Two connections, one to publish and one to consume: a broker that blocks the first serves the second.

    ``owner``: this node makes what is shared (exchanges, delays, dead letters), a server node does.
    ``may`` tells whether a broker user may say a message; what we say ourselves is always allowed.
    ``look``: seconds between two looks for suspects.
    """

    def __init__(
        self,
        *,
        address: Address,
        reactor: Any,
        clock: Clock,
        may: May,
        owner: bool = True,
        delays: tuple[float, ...] = topology.DELAYS,
        heartbeat: int = HEARTBEAT,
        look: float = LOOK,
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self._user = address.user
        self._owner = owner
        self._delays = delays
        self._others_may = may
        self._tasks = Tasks()
        self._consumers: dict[str, QueueConsumer] = {}
        self._letters: DeadLetters | None = None
        self._consuming: Connection | None = None
        self.publisher = ConfirmedPublisher(
            user=address.user,
            declare=self._declare,
            declares_queues=owner,
            reactor=reactor,
            tasks=self._tasks,
        )
        self._means = Means(
            publisher=self.publisher,
            may=self._may,
            gate=Gate(reactor=reactor),
            tasks=self._tasks,
            clock=clock,
            reactor=reactor,
            delays=delays,
            look=look,
            forget=self._forget,
        )
        self._out = Link(
            address=address,
            reactor=reactor,
            name="publishing",
            prepare=self.publisher.attach,
            heartbeat=heartbeat,
        )
        self._in = Link(
            address=address,
            reactor=reactor,
            name="consuming",
            prepare=self._attach,
            heartbeat=heartbeat,
        )

    @property
    def ready(self) -> bool:
        """Whether both connections are there."""
        return self.publisher.open and self._in.connection is not None

    def start(self) -> None:
        """Begin to connect; what needs a connection waits or is refused until there is one."""
        self._out.start()
        self._in.start()

    def consume(self, queue: str, handler: Handler, *, concurrency: int = 1) -> QueueConsumer:
        """Hand the messages of a queue to a handler, now and after each reconnect; one consumer a queue."""
        assert queue not in self._consumers, queue
        consumer = QueueConsumer(
            means=self._means, queue=queue, handler=handler, concurrency=concurrency
        )
        self._consumers[queue] = consumer
        if self._consuming is not None:
            self._tasks.spawn(consumer.attach(self._consuming), f"consuming {queue}")
        return consumer

    def collect(self, letters: DeadLetters) -> None:
        """Have the dead letters collected here, now and after each reconnect."""
        self._letters = letters
        if self._consuming is not None:
            self._tasks.spawn(letters.attach(self._consuming), "collecting dead letters")

    async def publish(self, queue: str, body: Body, *, message_id: str, trace: str) -> None:
        """Publish a message; done when the broker has it, `Unavailable` when nobody knows."""
        message = Message(
            id=message_id, queue=queue, body=body, created_at=self._clock(), trace=trace
        )
        await self.send(message)

    async def send(self, message: Message) -> None:
        """Publish a message that is made already, likewise."""
        publishing: Deferred[None] = Deferred.fromCoroutine(self.publisher.publish(message))
        try:
            await publishing.addTimeout(SECONDS, self._reactor)
        except Returned as error:
            raise Lost(f"nobody has made the queue {message.queue}: {error}") from None
        except Late:
            raise Lost(f"the broker has not confirmed within {SECONDS:g} s") from None

    async def stop(self) -> None:
        """Stop all consumers, let them finish what is in hand, and say good-bye."""
        for consumer in list(self._consumers.values()):
            await consumer.stop()
        if self._letters is not None:
            await self._letters.stop()
        await self._tasks.finish()
        await self._in.stop()
        await self._out.stop()

    def abort(self) -> None:
        """Drop both connections; new ones follow."""
        self._in.abort()
        self._out.abort()

    async def _may(self, user: str, message: Message) -> bool:
        return user == self._user or await self._others_may(user, message)

    def _forget(self, queue: str) -> None:
        self._consumers.pop(queue, None)

    async def _declare(self, channel: Channel) -> None:
        if self._owner:
            await topology.declare_common(channel, self._delays)

    async def _attach(self, connection: Connection) -> None:
        if self._owner:
            channel = await connection.open_channel()
            await self._declare(channel)
            await channel.finish(seconds=SECONDS)
        self._consuming = connection  # who comes from now on sees to himself
        for queue, consumer in list(
            self._consumers.items()
        ):  # a queue that hangs holds up no other
            self._tasks.spawn(consumer.attach(connection), f"consuming {queue}")
        if self._letters is not None:
            self._tasks.spawn(self._letters.attach(connection), "collecting dead letters")
