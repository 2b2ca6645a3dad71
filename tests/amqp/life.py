"""A process with the bus over RabbitMQ, which the test may stop or kill."""

from typing import Any

from twisted.internet.defer import Deferred

from awt.amqp.bus import AmqpBus
from awt.amqp.dead import DeadLetters
from awt.amqp.link import Address
from awt.amqp.relay import Relay
from awt.db.engine import Database
from awt.local import LocalSignals, SystemChance, clock
from awt.model.messages import Answer, Message, user_op
from tests.amqp.wire import reactor, sleep
from tests.mortal import MortalReactor

QUEUE = user_op("base", "jabber")


async def nobody(_user: str, _message: Message) -> bool:
    """Let nobody else say anything."""
    return False


async def until(condition: Any) -> None:
    """Wait for what must come; the test's own limit ends it."""
    while not condition():
        await sleep(0.02)


def message(
    text: str, *, address: str = "ann@x.org", number: str = "", queue: str = QUEUE
) -> Message:
    """Return a message."""
    return Message(
        id=number or SystemChance().uuid(),
        queue=queue,
        body=Answer(address=address, text=text),
        created_at=clock(),
    )


class Life:
    """A server process: a bus, perhaps a relay.

    Without another ``heartbeat`` no connection ends because the machine does much else.
    """

    def __init__(self, test: Any, *, url: str = "", **values: Any) -> None:
        self.reactor: Any = MortalReactor()
        self.bus = AmqpBus(
            address=Address.parse(url or test.url),
            reactor=self.reactor,
            clock=clock,
            may=values.pop("may", nobody),
            heartbeat=values.pop("heartbeat", 30),
            look=0.5,
            delays=values.pop("delays", (0.2, 0.2)),
            **values,
        )
        self.bus.start()
        self._stops: list[Any] = [self.bus]
        self._stopped = False
        test.addCleanup(lambda: Deferred.fromCoroutine(self.stop()))

    def with_relay(self, database: Database, signals: LocalSignals, **values: Any) -> Relay:
        """Start a relay, and collect the dead letters."""
        relay = Relay(
            database=database,
            publisher=self.bus.publisher,
            signals=signals,
            clock=clock,
            reactor=reactor,
            **values,
        )
        relay.start()
        self.bus.collect(DeadLetters(database=database, clock=clock, reactor=reactor))
        self._stops.insert(0, relay)
        return relay

    async def stop(self) -> None:
        """Stop in good order."""
        if not self._stopped:
            self._stopped = True
            for part in self._stops:
                await part.stop()

    def kill(self) -> None:
        """End without another word; handlers never return."""
        self._stopped = True
        for link in (self.bus._in, self.bus._out):
            link._stopping = True
            link.abort()
        self.reactor.die(self)

    async def ready(self, *, but: str = "") -> None:
        """Wait for the connections, and for the queues that are consumed, ``but`` for one that hangs."""
        consumed = [each for name, each in self.bus._consumers.items() if name != but]
        await until(lambda: self.bus.ready and all(each._tag for each in consumed))
