"""The yardstick: the least that the same tools do for a command, as a process of its own.

A Klein application with one POST route. It decodes the JSON body, does three SQLAlchemy Core
transactions in one writer thread (deferToThreadPool; SQLite with the settings of a node: WAL,
synchronous NORMAL, BEGIN IMMEDIATE), each of one INSERT and one SELECT prepared in advance and indexed
as ours are, and answers 202 with the id. There is no check of anything, no session, no queue, no stream.
"""

import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from klein import Klein
from sqlalchemy.pool import QueuePool
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from twisted.web.http import Request
from twisted.web.server import Site

from awt.testing.ports import free_port
from awt.testing.process import Server
from benchmarks.people import Keeper

WRITES: Final = 3
"""Transactions a command: it is kept, it is answered, the answer is delivered."""

_metadata = sa.MetaData()
_said = sa.Table(
    "said",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.String(64), nullable=False, unique=True),
    sa.Column("address", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_said_address", "address", "id"),
)
_INSERT = sa.insert(_said)
_SELECT = sa.select(_said).where(_said.c.message_id == sa.bindparam("m"))


class Said(msgspec.Struct):
    """The body of a post."""

    service: str
    text: str


def _engine(path: str) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    _metadata.create_all(engine)
    return engine


def serve(port: int, path: str) -> None:
    """Serve until the process is ended."""
    from twisted.internet import reactor  # noqa: PLC0415, TID251 - this is a program of its own

    loop: Any = reactor
    engine = _engine(path)
    pool = ThreadPool(1, 1)
    pool.start()
    loop.addSystemEventTrigger("during", "shutdown", pool.stop)
    app: Any = Klein()
    body_of = msgspec.json.Decoder(Said)

    def transaction(message_id: str, text: str) -> str:
        with engine.begin() as connection:
            connection.execute(
                _INSERT, {"message_id": message_id, "address": "a" * 32, "text": text}
            )
            row = connection.execute(_SELECT, {"m": message_id}).one()
        return str(row.message_id)

    async def post(request: Request) -> bytes:
        assert request.content is not None
        said = body_of.decode(request.content.read())
        message_id = ""
        for _ in range(WRITES):
            message_id = await deferToThreadPool(
                loop, pool, transaction, str(uuid.uuid4()), said.text
            )
        request.setResponseCode(202)
        request.setHeader("Content-Type", "application/json")
        return msgspec.json.encode({"id": message_id})

    app.route("/chat/messages", methods=["POST"])(post)
    loop.listenTCP(port, Site(app.resource()), interface="127.0.0.1")
    loop.run()


class Skeleton(Server):
    """The skeleton as a process of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Return its command line."""
        path = str(self.directory / "skeleton.db")
        return [sys.executable, "-m", "benchmarks.skeleton", str(self.port), path]

    def environment(self) -> dict[str, str]:
        """Return the environment, with this package in reach."""
        return {**super().environment(), "PYTHONPATH": str(Path(__file__).parents[1])}

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            Keeper(self.url).post("/chat/messages", {"service": "base", "text": "ready?"})
        except OSError:
            return False
        return True


class Client:
    """Posts to the skeleton; the answer to the post is all that there is."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._keeper = Keeper(skeleton.url)

    def ask(self) -> None:
        """Post."""
        self._keeper.post("/chat/messages", {"service": "base", "text": "#help"})


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
