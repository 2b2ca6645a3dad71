"""All of the broker that a node has: the bus, and where there is a database its outbox and dead letters."""

from typing import Any

from awt.amqp.bus import AmqpBus
from awt.amqp.dead import DeadLetters
from awt.amqp.link import Address
from awt.amqp.permits import Permits
from awt.amqp.relay import Relay
from awt.db.engine import Database
from awt.ports import Clock, NodeApi, Signals


class Wire:
    """The bus, started and stopped together with what feeds it. ``relay`` is None without a database."""

    def __init__(self, *, bus: AmqpBus, relay: Relay | None) -> None:
        self.bus = bus
        self._relay = relay

    def start(self) -> None:
        """Begin to connect."""
        self.bus.start()
        if self._relay is not None:
            self._relay.start()

    async def stop(self) -> None:
        """Publish what is committed, mark what is confirmed, and say good-bye."""
        if self._relay is not None:
            await self._relay.stop()
        await self.bus.stop()


def open_wire(
    *,
    url: str,
    ca_file: str,
    calls: NodeApi,
    database: Database | None,
    signals: Signals,
    clock: Clock,
    reactor: Any,
) -> Wire:
    """Return what a node needs of the broker, not yet started.

    A node with a database makes what is shared, carries the outbox and collects the dead letters.
    """
    bus = AmqpBus(
        address=Address.parse(url, ca_file=ca_file),
        reactor=reactor,
        clock=clock,
        may=Permits(calls=calls, clock=clock).may,
        owner=database is not None,
    )
    if database is None:
        return Wire(bus=bus, relay=None)
    relay = Relay(
        database=database, publisher=bus.publisher, signals=signals, clock=clock, reactor=reactor
    )
    bus.collect(DeadLetters(database=database, clock=clock, reactor=reactor))
    return Wire(bus=bus, relay=relay)
