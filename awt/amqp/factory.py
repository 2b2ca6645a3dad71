"""What a node calls to get its bus over RabbitMQ."""

from typing import Any

from attrs import frozen

from awt.amqp.bus import AmqpBus
from awt.amqp.consumer import May
from awt.amqp.dead import DeadLetters
from awt.amqp.link import Address
from awt.amqp.relay import Relay
from awt.db.engine import Database
from awt.ports import Clock, Signals


@frozen(kw_only=True)
class Amqp:
    """The bus, and for a node with a database its relay; started and stopped together."""

    bus: AmqpBus
    relay: Relay | None = None

    def start(self) -> None:
        """Begin to connect; nothing waits for the broker."""
        self.bus.start()
        if self.relay is not None:
            self.relay.start()

    async def stop(self) -> None:
        """End the relay, then the bus; parts that consume or publish have stopped before."""
        if self.relay is not None:
            await self.relay.stop()
        await self.bus.stop()


def make_bus(
    *,
    url: str,
    ca_file: str = "",
    reactor: Any,
    clock: Clock,
    may: May,
    database: Database | None = None,
    signals: Signals | None = None,
) -> Amqp:
    """Return the bus of a node; ValueError when the URL is none.

    With a ``database`` and its ``signals`` it is the bus of a server node: it makes what all share,
    relays the outbox and keeps the dead letters. ``may`` tells whether a broker user may say a message.
    """
    bus = AmqpBus(
        address=Address.parse(url, ca_file=ca_file),
        reactor=reactor,
        clock=clock,
        may=may,
        owner=database is not None,
    )
    if database is None or signals is None:
        return Amqp(bus=bus)
    bus.collect(DeadLetters(database=database, clock=clock, reactor=reactor))
    relay = Relay(
        database=database, publisher=bus.publisher, signals=signals, clock=clock, reactor=reactor
    )
    return Amqp(bus=bus, relay=relay)
