"""Transactions in threads: one plain function each, driven from Twisted.

SQLite has one writer thread (BEGIN IMMEDIATE) and a few readers on a WAL file. MariaDB has one pool for
both, READ COMMITTED. A transaction that lost a deadlock, waited too long for a lock or met a row that a
faster twin had made is run again: then it sees what the twin did.
"""

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast
from weakref import WeakSet

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from awt.db.tx import Tx, watch
from awt.errors import Refused, Unavailable
from awt.ports import Env, Signals

log = Logger()

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 2
"""Reader threads of SQLite."""
CONNECTIONS: Final = 8
"""Threads, and connections, of MariaDB, unless told otherwise."""
TRIES: Final = 5
"""How often a transaction that met another one is run, in all."""
PASSING: Final = frozenset({1205, 1213, 1020})
"""MariaDB: lock wait timeout, deadlock, record changed since last read."""
SECONDS: Final = 10
"""How long a transaction may take until whoever waits is told that there is no answer, unless told
otherwise; MariaDB may take as long over one statement, or leave a transaction open without one."""
MIGRATION_SECONDS: Final = 6 * 3600
"""How long a statement of a migration may take."""
FRESH: Final = 1.0
"""Seconds for which a connection to MariaDB counts as alive after its last use; later it is asked first."""
CONNECT_SECONDS: Final = 3
"""How long MariaDB's machine may take to accept a connection."""
STOP_SECONDS: Final = 1.0
"""How long transactions may go on when the database is stopped, before MariaDB is cut off."""
CUT_AGAIN: Final = 0.1
"""Seconds before those are looked for that have connected since."""
BUSY_SECONDS: Final = 3
"""How long SQLite waits for another process that writes; a stop of the node may have to wait as long."""


def sqlalchemy_url(url: str) -> URL:
    """Return the URL of the configuration (``sqlite:///path``, ``mysql://...``) with its driver named."""
    parsed = make_url(url)
    if parsed.get_backend_name() in {"mysql", "mariadb"}:
        return parsed.set(drivername="mysql+pymysql").update_query_dict({"charset": "utf8mb4"})
    return parsed


def make_engine(
    url: str, *, threads: int, read_only: bool = False, seconds: int = SECONDS
) -> Engine:
    """Return a SQLAlchemy engine with our settings of its backend, for ``threads`` threads.

    ``seconds`` are what MariaDB may take over a statement; it waits half as long for a lock.
    """
    parsed = sqlalchemy_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(parsed, threads=threads, read_only=read_only)
    else:
        engine = _mariadb(parsed, threads=threads, seconds=seconds)
    watch(engine)
    return engine


def _mariadb(url: URL, *, threads: int, seconds: int) -> Engine:
    engine = sqlalchemy.create_engine(
        url,
        hide_parameters=True,  # they hold links, and errors are logged
        pool_reset_on_return=None,  # every transaction ends by itself; this would be a round trip
        isolation_level="READ COMMITTED",
        pool_size=threads,
        max_overflow=0,
        pool_recycle=3600,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": seconds + 1,  # it gives up before we do, and says why
            "write_timeout": seconds + 1,
            # A node that stands still inside a transaction keeps its locks from the others no longer
            # than a statement may take.
            "init_command": "SET SESSION sql_mode='STRICT_ALL_TABLES', time_zone='+00:00',"
            f" innodb_lock_wait_timeout={seconds // 2}, lock_wait_timeout={seconds // 2},"
            f" max_statement_time={seconds}, idle_transaction_timeout={seconds}",
        },
    )
    _ask_who_rested(engine)
    return engine


def _ask_who_rested(engine: Engine) -> None:
    """Ping connections that nobody has used for a while; each ping is a round trip before a transaction.

    SQLAlchemy's ``pool_pre_ping`` does so every time.
    """

    @event.listens_for(engine, "checkin")
    def rests(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def wakes(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        used = record.info.get("used")  # a new one has just been connected
        if used is not None and time.monotonic() - used > FRESH:
            try:
                alive = engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error:
                alive = False
            if not alive:
                raise InvalidatePoolError


def _sqlite(url: URL, *, threads: int, read_only: bool) -> Engine:
    engine = sqlalchemy.create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=threads,
        max_overflow=0,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA query_only={int(read_only)}")  # a lost write would be silent

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """Runs transactions. `start` before the first and `stop` after the last, from the reactor's thread.

    ``connections`` is the number of those to MariaDB, ``seconds`` how long a transaction may take.
    """

    def __init__(
        self,
        *,
        url: str,
        reactor: Any,
        env: Env,
        signals: Signals,
        connections: int = CONNECTIONS,
        seconds: int = SECONDS,
    ) -> None:
        self._reactor = reactor
        self._env = env
        self._signals = signals
        self._seconds = seconds
        self.pending = 0
        """Transactions that run or wait for a thread, also those that nobody waits for any more."""
        self._closing = False
        self._open: WeakSet[Any] = WeakSet()
        self._opening = threading.Lock()
        self.is_sqlite = sqlalchemy_url(url).get_backend_name() == "sqlite"
        writers, readers = (1, READERS) if self.is_sqlite else (connections, connections)
        self._writer = make_engine(url, threads=writers, seconds=seconds)
        self._write_pool = ThreadPool(1, writers, name="awt-db-write")
        if self.is_sqlite:
            self._reader = make_engine(url, threads=readers, read_only=True)
            self._read_pool = ThreadPool(0, readers, name="awt-db-read")
        else:
            self._reader, self._read_pool = self._writer, self._write_pool
            event.listen(self._writer, "do_connect", self._connect)

    def start(self) -> None:
        """Start the threads."""
        self._closing = False
        for pool in {self._write_pool, self._read_pool}:
            pool.start()

    def stop(self) -> None:
        """Wait for what runs, give up what waits, end the threads, close the connections.

        A MariaDB that does not answer is not waited for.
        """
        self._closing = True
        ended = threading.Event()
        cutting = threading.Thread(target=self._cut, args=(ended,), name="awt-db-cut", daemon=True)
        cutting.start()
        for pool in {self._write_pool, self._read_pool}:
            pool.stop()
        ended.set()
        cutting.join()
        for engine in {self._writer, self._reader}:
            engine.dispose()

    def _connect(self, dialect: Any, _record: object, args: Any, kwargs: Any) -> Any:
        """Connect to MariaDB, with the connection known before it answers."""
        if self._closing:
            raise Unavailable("database: it is closed")
        connection = dialect.dbapi.connect(*args, **kwargs, defer_connect=True)
        with self._opening:
            self._open.add(connection)
        connection.connect()
        return connection

    def _cut(self, ended: threading.Event) -> None:
        """End what is read from connections, and so the threads that read, until all threads have.

        A connection that is only about to connect has nothing to end yet.
        """
        patience = STOP_SECONDS
        while not ended.wait(patience):
            with self._opening:
                found = list(self._open)
            for connection in found:
                with suppress(OSError, AttributeError):  # closed already, or not connected yet
                    connection._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 - it has no public name
            patience = CUT_AGAIN

    async def write(
        self, function: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``function(tx, ...)`` in a transaction of its own and commit it.

        Signals that it told go out after the commit. An exception rolls back, unless it has a true
        attribute ``keep``, which commits and raises all the same. Raises `Unavailable` when the
        database cannot be reached.
        """
        result, error = await self._in_thread(
            self._write_pool, lambda: self._write_and_tell(function, args, kwargs)
        )
        if error is not None:
            raise error
        return cast("T", result)

    async def _in_thread(self, pool: ThreadPool, work: Callable[[], T]) -> T:
        """Return what ``work`` returns in a thread, or raise `Unavailable` when it takes too long.

        What has not begun by half the time is given up and never runs. What has begun may still be
        done when nobody waits for it any more, as if the answer of a commit had been lost.
        """
        started = threading.Lock()  # whoever takes it decides whether the work is done
        answer: Deferred[T] = Deferred()
        half = self._seconds / 2

        def run() -> T:
            if self._closing or not started.acquire(blocking=False):
                raise Unavailable("database: too many wait")
            return work()

        def tell(result: Any) -> None:
            self.pending -= 1
            if not answer.called:
                answer.callback(result)  # a Failure goes the way of failures
            elif isinstance(result, Failure) and not result.check(Unavailable, Refused):
                log.failure("a transaction that was not waited for failed", failure=result)

        def give_up(why: str) -> None:
            answer.errback(Unavailable(f"database: {why}"))

        def look() -> None:
            if started.acquire(blocking=False):
                give_up("too many wait")
            else:
                timers.append(self._reactor.callLater(half, give_up, "no answer in time"))

        done: Deferred[T] = deferToThreadPool(self._reactor, self._pool(pool), run)
        self.pending += 1
        _ = done.addBoth(tell)
        timers = [self._reactor.callLater(half, look)]
        try:
            return await answer
        finally:
            if timers[-1].active():
                timers[-1].cancel()

    def _pool(self, pool: ThreadPool) -> ThreadPool:
        """Return a pool while it takes work; later nobody would ever answer."""
        if not pool.started or pool.joined:
            raise Unavailable("database: it is closed")
        return pool

    def _write_and_tell(
        self, function: Callable[..., T], args: Any, kwargs: Any
    ) -> tuple[Any, Exception | None]:
        """Write, and have the signals told even when nobody waits for the result any more."""
        result, error, told = self.write_here(function, *args, **kwargs)
        if told:
            self._reactor.callFromThread(self._tell, told)
        return result, error

    def _tell(self, told: list[tuple[str, object]]) -> None:
        for topic, value in told:
            self._signals.tell(topic, value)

    async def read(
        self, function: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``function(tx, ...)`` in a transaction that is rolled back: it never waits for a writer."""
        return await self._in_thread(
            self._read_pool, lambda: self._run_read(function, *args, **kwargs)
        )

    def write_here(
        self, function: Callable[..., T], /, *args: Any, **kwargs: Any
    ) -> tuple[Any, Exception | None, list[tuple[str, object]]]:
        """Do the work of `write` in this very thread; return result, kept error and signals."""
        ends = time.monotonic() + self._seconds
        for attempt in range(1, TRIES + 1):
            try:
                return self._write_once(function, args, kwargs)
            except DBAPIError as error:
                if attempt < TRIES and _met_another(error) and time.monotonic() < ends:
                    time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter
                    continue
                _raise_unavailable(error)
                raise
        raise AssertionError

    def _write_once(
        self, function: Callable[..., T], args: Any, kwargs: Any
    ) -> tuple[Any, Exception | None, list[tuple[str, object]]]:
        with self._writer.connect() as conn, conn.begin() as transaction:
            tx = Tx(conn=conn, env=self._env, now=self._env.clock())
            try:
                result = function(tx, *args, **kwargs)
            except Exception as error:
                if not getattr(error, "keep", False):
                    raise
                transaction.commit()
                _finish(tx)
                return None, error, tx.told
            transaction.commit()
            _finish(tx)
            return result, None, tx.told

    def _run_read(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        try:
            with self._reader.connect() as conn:
                conn.begin()
                return function(
                    Tx(conn=conn, env=self._env, now=self._env.clock()), *args, **kwargs
                )
        except DBAPIError as error:
            _raise_unavailable(error)
            raise


def _finish(tx: Tx) -> None:
    for work in tx.after:
        work()


def _met_another(error: BaseException | None) -> bool:
    """Tell whether a transaction failed because of another one.

    A deadlock ends the savepoints with the transaction: then what is raised is that the savepoint is
    gone, and why it is gone is the context of that.
    """
    while error is not None:
        if isinstance(error, IntegrityError):
            return True
        if isinstance(error, DBAPIError) and getattr(error.orig, "args", (None,))[:1][0] in PASSING:
            return True
        error = error.__context__
    return False


def _raise_unavailable(error: DBAPIError) -> None:
    """Turn what passes by itself (connection, lock, read-only or full disk) into `Unavailable`."""
    if isinstance(error, InterfaceError | OperationalError) or error.connection_invalidated:
        raise Unavailable(f"database: {type(error.orig).__name__}") from error
