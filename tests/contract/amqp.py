"""A process with the bus over RabbitMQ, for the contract."""

from typing import Any

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.task import deferLater

from awt.amqp import topology
from awt.amqp.bus import AmqpBus
from awt.amqp.dead import DeadLetters
from awt.amqp.link import Address
from awt.amqp.relay import Relay
from awt.ports import Bus
from tests.contract.bus import Mortal, World
from tests.mortal import MortalReactor

reactor: Any = _reactor
DELAYS = (0.6, 0.3)
"""What the broker waits before each further try: real seconds, fewer than those of the contract."""


async def nobody_else(_user: str, _message: object) -> bool:
    """Let nobody but ourselves say anything."""
    return False


class AmqpLife:
    """A process with relay, bus and dead letters at a vhost of the test's own."""

    def __init__(self, world: World, *, broker: str) -> None:
        self.database = Mortal(world.database)
        database: Any = self.database
        self._world = world
        self._reactor: Any = MortalReactor()

        def clock() -> int:
            return int(world.clock.seconds() * 1000)

        self._bus = AmqpBus(
            address=Address.parse(broker),
            reactor=self._reactor,
            clock=clock,
            may=nobody_else,
            delays=DELAYS,
            look=1,
        )
        self.bus: Bus = self._bus
        # time stands still in the contract: no message would ever be old enough for another relay
        self.relay = Relay(
            database=database,
            publisher=self._bus.publisher,
            signals=world.signals,
            clock=clock,
            reactor=self._reactor,
            grace=0,
            lease=0,
        )
        self._bus.collect(DeadLetters(database=database, clock=clock, reactor=self._reactor))
        self._bus.start()
        self.relay.start()

    async def stop(self) -> None:
        """Stop cleanly, once the dead letters have been kept."""
        for consumer in list(self._bus._consumers.values()):
            await consumer.stop()
        await self.relay.stop()
        while not self._bus.ready:
            await deferLater(reactor, 0.02)
        while True:
            connection = self._bus._in.connection
            assert connection is not None
            channel = await connection.open_channel()
            queue = await channel.queue_declare(queue=topology.DEAD, passive=True)
            await channel.finish(seconds=1)
            if not queue.message_count:
                break
            await deferLater(reactor, 0.02)
        await self._bus.stop()

    def kill(self) -> None:
        """End without another word."""
        self.database.dead = True
        self.relay._deaf()
        for link in (self._bus._in, self._bus._out):
            link._stopping = True
            link.abort()
        self._reactor.die(self)

    def advance(self, seconds: float) -> None:
        """Let time pass for the database; the broker has a clock of its own."""
        self._world.clock.advance(seconds)

    @property
    def settled(self) -> bool:
        """Whether no delivery is under way."""
        return not any(consumer._jobs for consumer in self._bus._consumers.values())
