"""CPU per message of our side of the broker: txamqp with our adapter against pika's Twisted adapter.

Each run is a process of its own that publishes persistent messages of 300 bytes with confirms, `WINDOW`
unconfirmed at once, and then consumes and acknowledges them one by one. The two take turns; the median
of `ROUNDS` is told. pika comes with ``pip install awt[bench]``.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from twisted.internet import task
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory

from awt.amqp.adapter import Connection, Delivery
from awt.amqp.link import Address, Connections
from awt.testing.rabbitmq import RabbitMQ
from benchmarks.measure import Figure

MESSAGES: Final = 10_000
WINDOW: Final = 500
ROUNDS: Final = 3
BODY: Final = b"x" * 300
QUEUE: Final = "q"


def run() -> Iterator[Figure]:
    """Measure both and compare."""
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "pika": []}
    with RabbitMQ() as server:
        for _ in range(ROUNDS):
            for name, results in found.items():
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.amqp", name, server.vhost()],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                publish, consume = map(float, done.stdout.split())
                results.append((publish, consume))
    for number, what in enumerate(("publish + confirm", "consume + ack")):
        ours, pika = (statistics.median(r[number] for r in found[n]) for n in ("ours", "pika"))
        yield Figure(
            what=f"amqp: {what}",
            found=f"{ours:.0f} us CPU, pika {pika:.0f}, ratio {ours / pika:.2f}",
        )


class Stopwatch:
    """CPU of this process per message."""

    def __init__(self) -> None:
        self._began = time.process_time()

    def lap(self) -> float:
        """Return the microseconds per message since the last lap."""
        now = time.process_time()
        spent, self._began = now - self._began, now
        return spent / MESSAGES * 1e6


async def ours(reactor: Any, url: str) -> None:
    """Measure the adapter."""
    address = Address.parse(url)
    connections = Connections(address=address, reactor=reactor, heartbeat=60)
    connection: Connection = await address.endpoint(reactor).connect(connections)
    await connection.open()
    channel = await connection.open_channel(confirms=True)
    await channel.queue_declare(queue=QUEUE, durable=True)
    watch = Stopwatch()
    for first in range(0, MESSAGES, WINDOW):
        await gatherResults(
            [
                channel.publish(
                    exchange="",
                    key=QUEUE,
                    body=BODY,
                    properties={
                        "delivery_mode": 2,
                        "content_type": "application/json",
                        "message_id": f"m{number}",
                    },
                )
                for number in range(first, first + WINDOW)
            ]
        )
    published = watch.lap()
    all_came: Deferred[None] = Deferred()
    left = MESSAGES

    def came(delivery: Delivery) -> None:
        nonlocal left
        delivery.ack()
        left -= 1
        if not left:
            all_came.callback(None)

    await channel.basic_qos(prefetch_count=WINDOW)
    await channel.consume(QUEUE, came, ended=print)
    await all_came
    print(published, watch.lap())
    await connection.finish(seconds=5)


async def pika(reactor: Any, url: str) -> None:
    """Measure pika the same way."""
    # here, so that the other one is measured without it
    from pika import BasicProperties, URLParameters  # noqa: PLC0415
    from pika.adapters.twisted_connection import TwistedProtocolConnection  # noqa: PLC0415

    address = Address.parse(url)

    class Connections(Factory):
        noisy = False

        def buildProtocol(self, _addr: object) -> Any:  # noqa: N802 - Twisted's name
            return TwistedProtocolConnection(URLParameters(url), custom_reactor=reactor)

    endpoint = HostnameEndpoint(reactor, address.host, address.port)
    connection: Any = await endpoint.connect(Connections())
    await connection.ready
    channel = await connection.channel()
    await channel.queue_declare(queue=QUEUE, durable=True)
    await channel.confirm_delivery()
    watch = Stopwatch()
    for first in range(0, MESSAGES, WINDOW):
        await gatherResults(
            [
                channel.basic_publish(
                    exchange="",
                    routing_key=QUEUE,
                    body=BODY,
                    mandatory=True,
                    properties=BasicProperties(
                        delivery_mode=2,
                        content_type="application/json",
                        message_id=f"m{number}",
                    ),
                )
                for number in range(first, first + WINDOW)
            ]
        )
    published = watch.lap()
    await channel.basic_qos(prefetch_count=WINDOW)
    queue, _ = await channel.basic_consume(queue=QUEUE)
    for _ in range(MESSAGES):
        _, method, _, _ = await queue.get()
        channel.basic_ack(method.delivery_tag)
    print(published, watch.lap())
    await connection.close()


if __name__ == "__main__":
    work = {"ours": ours, "pika": pika}[sys.argv[1]]
    task.react(lambda reactor, url: Deferred.fromCoroutine(work(reactor, url)), [sys.argv[2]])
