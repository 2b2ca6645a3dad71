"""The yardstick of the suite: the least that the same libraries do for a command, as two processes.

The same way as a command's, at the same pace, over the same servers: a component on bare twisted.words
puts the text of a message into a queue; the other process takes it, does a transaction, puts an answer
into another queue and does a second transaction; the component sends the answer. Queues are the bare
adapter's, with confirms and acknowledgements; a transaction is one SELECT, one UPDATE, one INSERT and
COMMIT of SQLAlchemy Core on PyMySQL, built in advance, in a pool of threads as large as ours. There is no
check of anything, no account, no order, nothing is told twice apart and nothing that was lost comes back.

    python -m benchmarks.bare words PROSODY_PORT AMQP_URL
    python -m benchmarks.bare works AMQP_URL DATABASE_URL
"""

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from twisted.words.protocols.jabber import component, xmlstream
from twisted.words.xish import domish

from awt.amqp.adapter import Channel, Connection, Delivery
from awt.amqp.link import Address, Connections
from awt.db.engine import CONNECTIONS, make_engine
from awt.testing.process import Server
from awt.testing.prosody import SECRET

SERVICE: Final = "bare"
DOMAIN: Final = f"{SERVICE}.localhost"
ASKED: Final = "bare.asked"
ANSWERED: Final = "bare.answered"
PREFETCH: Final = 50
ROWS: Final = 64
"""Rows that are changed in turn, so that no transaction waits for another one."""
PROPERTIES: Final = {"delivery_mode": 2, "content_type": "application/json", "message_id": "m"}

_table = sa.Table(
    "bare",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
_INSERT = sa.insert(_table)
_SELECT = sa.select(_table.c.n).where(_table.c.id == sa.bindparam("i"))
_UPDATE = sa.update(_table).where(_table.c.id == sa.bindparam("i")).values(n=sa.bindparam("v"))


class Said(msgspec.Struct):
    """What is in a queue."""

    address: str
    text: str


_said = msgspec.json.Decoder(Said)


async def _channel(reactor: Any, url: str) -> Channel:
    address = Address.parse(url)
    connections = Connections(address=address, reactor=reactor, heartbeat=60)
    connection: Connection = await address.endpoint(reactor).connect(connections)
    await connection.open()
    channel = await connection.open_channel(confirms=True)
    for queue in (ASKED, ANSWERED):
        await channel.queue_declare(queue=queue, durable=True)
    await channel.basic_qos(prefetch_count=PREFETCH)
    return channel


async def words(reactor: Any, port: str, url: str) -> None:
    """Be the component."""
    channel = await _channel(reactor, url)
    factory: Any = component.componentFactory(DOMAIN, SECRET)
    here: Deferred[Any] = Deferred()
    factory.addBootstrap(xmlstream.STREAM_AUTHD_EVENT, here.callback)
    reactor.connectTCP("127.0.0.1", int(port), factory)
    stream = await here

    async def ask(message: Any) -> None:
        said = Said(address=message["from"], text=str(message.body))
        await channel.publish(
            exchange="", key=ASKED, body=msgspec.json.encode(said), properties=PROPERTIES
        )

    def came(message: Any) -> None:
        _ = Deferred.fromCoroutine(ask(message))

    def answer(delivery: Delivery) -> None:
        said = _said.decode(delivery.body)
        message = domish.Element((None, "message"))
        message["to"] = said.address
        message["from"] = f"assistant@{DOMAIN}"
        message["type"] = "chat"
        message.addElement("body", content=said.text)
        stream.send(message)
        delivery.ack()

    stream.addObserver("/message[@type='chat']/body", came)
    await channel.consume(ANSWERED, answer, ended=print)
    await _for_ever()


def transactions(engine: sa.Engine) -> Callable[[str], None]:
    """Return a function that does a transaction and leaves a text in the database."""
    _table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(_INSERT, [{"id": n, "n": 0, "body": ""} for n in range(1, ROWS + 1)])
    rows = itertools.cycle(range(1, ROWS + 1))

    def transaction(body: str) -> None:
        row = next(rows)
        with engine.begin() as connection:
            number = connection.execute(_SELECT, {"i": row}).scalar()
            connection.execute(_UPDATE, {"i": row, "v": (number or 0) + 1})
            connection.execute(_INSERT, {"n": 0, "body": body})

    return transaction


async def works(reactor: Any, url: str, database: str) -> None:
    """Be the one that answers."""
    channel = await _channel(reactor, url)
    engine = make_engine(database, threads=CONNECTIONS)
    transaction = transactions(engine)
    pool = ThreadPool(1, CONNECTIONS)
    pool.start()
    reactor.addSystemEventTrigger("during", "shutdown", pool.stop)

    async def work(delivery: Delivery) -> None:
        said = _said.decode(delivery.body)
        await deferToThreadPool(reactor, pool, transaction, said.text)
        delivery.ack()
        answer = Said(address=said.address, text=said.text * 50)
        await channel.publish(
            exchange="", key=ANSWERED, body=msgspec.json.encode(answer), properties=PROPERTIES
        )
        await deferToThreadPool(reactor, pool, transaction, answer.text)

    def came(delivery: Delivery) -> None:
        _ = Deferred.fromCoroutine(work(delivery))

    await channel.consume(ASKED, came, ended=print)
    await _for_ever()


async def _for_ever() -> None:
    print("ready", flush=True)
    await Deferred[None]()


class Bare(Server):
    """One of the two as a process of its own."""

    def __init__(self, *arguments: str) -> None:
        super().__init__()
        self._arguments = arguments

    def command(self) -> Sequence[str]:
        """Return its command line."""
        return [sys.executable, "-m", "benchmarks.bare", *self._arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment, with this package in reach."""
        return {**super().environment(), "PYTHONPATH": str(Path(__file__).parents[1])}

    def ready(self) -> bool:
        """Tell whether it says so."""
        return bool(self.log.count("ready"))


if __name__ == "__main__":
    roles: dict[str, Callable[..., Any]] = {"words": words, "works": works}
    role = roles[sys.argv[1]]
    task.react(lambda reactor, *given: Deferred.fromCoroutine(role(reactor, *given)), sys.argv[2:])
