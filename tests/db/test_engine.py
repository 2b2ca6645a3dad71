"""Transactions: what is committed, what is told, what is run again, and what is unavailable."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pymysql
import pytest
from attrs import evolve
from sqlalchemy import event, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from awt.db import dialogues, services, users
from awt.db.engine import CONNECTIONS, SECONDS, STOP_SECONDS, TRIES, Database
from awt.db.migrate import migrate
from awt.db.schema import user
from awt.db.tx import Tx
from awt.errors import Refused, Unavailable
from awt.local import LocalCache, LocalSignals, SystemChance, clock
from awt.model.settings import Settings
from awt.model.status import ACTIVE
from awt.ports import Env
from awt.testing.databases import Databases
from awt.testing.mariadb import MariaDB
from awt.testing.talk import World
from awt.text.catalog import Catalog
from tests.db.races import Meeting, at_once, together
from tests.told import Told

TEXTS = Catalog()


def new_user(tx: Tx, login: str = "ann") -> int:
    return users.create(tx, status=ACTIVE, login=login).id


def has(world: World, login: str) -> bool:
    return world.run(users.by_login, login) is not None


def test_an_exception_undoes_the_transaction(world: World) -> None:
    def fail(tx: Tx) -> None:
        new_user(tx)
        raise Refused("forbidden")

    with pytest.raises(Refused):
        world.run(fail)
    assert not has(world, "ann")


def test_a_refusal_that_keeps_is_raised_and_commits(world: World) -> None:
    def fail(tx: Tx) -> None:
        new_user(tx)
        raise Refused("wrong_login", keep=True)

    with pytest.raises(Refused):
        world.run(fail)
    assert has(world, "ann")


def test_a_savepoint_undoes_its_rows_its_signals_and_its_locks(world: World) -> None:
    def undone(tx: Tx) -> None:
        with tx.savepoint():
            new_user(tx)
            tx.tell("inner", 2)
            tx.locked["jabber", "ann@example.org"] = object()
            raise Refused("forbidden")

    def work(tx: Tx) -> Tx:
        tx.tell("outer", 1)
        with pytest.raises(Refused):
            undone(tx)
        with tx.savepoint():
            new_user(tx, "bob")
            tx.tell("inner", 3)
        return tx

    tx = world.run(work)
    assert tx.told == [("outer", 1), ("inner", 3)]
    assert not tx.locked
    assert not has(world, "ann")
    assert has(world, "bob")


@pytest.mark.parametrize("depth", [1, 2])
def test_a_savepoint_undoes_what_only_prepared_statements_wrote(world: World, depth: int) -> None:
    def undone(tx: Tx) -> None:
        with ExitStack() as stack:
            for _ in range(depth):
                stack.enter_context(tx.savepoint())
            dialogues.save(tx, evolve(dialogues.lock(tx, "jabber", "ann@example.org"), seq=7))
            raise Refused("forbidden")

    def work(tx: Tx) -> None:
        dialogues.lock(tx, "jabber", "ann@example.org")
        with pytest.raises(Refused):
            undone(tx)

    world.run(work)
    assert world.run(dialogues.lock, "jabber", "ann@example.org").seq == 0


def test_savepoints_inside_each_other_are_set_by_the_first_that_writes(world: World) -> None:
    said = []

    def listen(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement.partition(" ")[0])

    def read(tx: Tx) -> None:
        with tx.savepoint():
            users.by_id(tx, 1)
            raise Refused("forbidden")

    def inside(tx: Tx) -> None:
        with tx.savepoint():
            users.by_login(tx, "eve")
            new_user(tx, "eve")
            raise Refused("forbidden")

    def outside(tx: Tx) -> None:
        with tx.savepoint():
            with tx.savepoint():
                new_user(tx, "dan")
            raise Refused("forbidden")

    def work(tx: Tx) -> None:
        event.listen(tx.conn, "before_cursor_execute", listen)
        with pytest.raises(Refused):
            read(tx)
        assert "SAVEPOINT" not in said
        with tx.savepoint(), tx.savepoint():
            new_user(tx, "bob")
            with pytest.raises(Refused):
                inside(tx)
        with pytest.raises(Refused):
            outside(tx)

    world.run(work)
    assert has(world, "bob")
    assert not has(world, "eve")
    assert not has(world, "dan")
    assert said.count("SAVEPOINT") == 5
    assert said.count("RELEASE") == 3
    assert said.count("ROLLBACK") == 2


def test_an_update_that_changes_nothing_counts_the_row_all_the_same(world: World) -> None:
    user_id = world.run(new_user)

    def same(tx: Tx) -> int:
        return tx.conn.execute(update(user).where(user.c.id == user_id).values(lang="en")).rowcount

    assert world.run(same) == world.run(same) == 1


def test_rows_that_belong_to_nobody_are_refused(world: World) -> None:
    with pytest.raises(IntegrityError):
        world.run(users.ask_im, 10**9, "jabber", "ann@example.org")


def test_what_two_make_at_once_the_slower_one_finds(world: World) -> None:
    """Without that, a row that is made where there is none would be an error for one of them."""
    meeting = Meeting(world, 2)

    def make(tx: Tx) -> int:
        found = users.by_login(tx, "ann")
        meeting()
        return found.id if found else new_user(tx)

    first, second = together(world, make, make)
    assert first == second


def test_an_error_that_stays_is_raised_after_a_few_tries(world: World) -> None:
    world.run(new_user)
    runs = []

    def again(tx: Tx) -> int:
        runs.append(1)
        return new_user(tx)

    with pytest.raises(IntegrityError):
        world.run(again)
    assert len(runs) == TRIES


def test_an_error_in_the_statement_is_no_reason_to_try_again(world: World) -> None:
    runs = []

    def nonsense(tx: Tx) -> None:
        runs.append(1)
        tx.conn.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises((DBAPIError, Unavailable)):
        world.run(nonsense)
    assert len(runs) == 1


@pytest.fixture
def maria(databases: Databases) -> Iterator[World]:
    """An installation on MariaDB."""
    with databases.mariadb() as url, World(url) as world:
        yield world


@pytest.mark.parametrize("inside_a_savepoint", [False, True])
def test_the_loser_of_a_deadlock_is_run_again(maria: World, *, inside_a_savepoint: bool) -> None:
    ann, bob = maria.run(new_user, "ann"), maria.run(new_user, "bob")
    meeting = Meeting(maria, 2)
    runs = []

    def add_points(tx: Tx, *ids: int) -> None:
        for user_id in ids:
            found = users.locked(tx, user_id)
            assert found is not None
            users.change(tx, user_id, points=found.points + 1)
            meeting()

    def both(first: int, second: int) -> None:
        def run(tx: Tx) -> None:
            runs.append(1)
            if not inside_a_savepoint:
                add_points(tx, first, second)
                return
            with tx.savepoint():
                add_points(tx, first, second)

        maria.run(run)

    results = at_once(lambda: both(ann, bob), lambda: both(bob, ann))
    assert results == [None, None]
    assert len(runs) == 3
    points = [found.points for i in (ann, bob) if (found := maria.run(users.by_id, i))]
    assert points == [2, 2]


def test_who_waited_too_long_for_a_lock_is_run_again(maria: World) -> None:
    ann = maria.run(new_user)
    runs = []
    with maria._database._writer.connect() as other:
        other.execute(text(f"SELECT id FROM user WHERE id = {ann} FOR UPDATE"))

        def change(tx: Tx) -> None:
            runs.append(1)
            tx.conn.execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
            if len(runs) > 1:
                other.rollback()
            users.change(tx, ann, lang="ru")

        maria.run(change)
    assert len(runs) == 2


def test_mariadb_gives_up_waiting_for_a_lock_before_we_give_up_mariadb(maria: World) -> None:
    def settings(tx: Tx) -> tuple[object, ...]:
        names = (
            "innodb_lock_wait_timeout",
            "lock_wait_timeout",
            "max_statement_time",
            "idle_transaction_timeout",
            "tx_isolation",
            "sql_mode",
            "time_zone",
        )
        return tuple(tx.conn.execute(text(f"SELECT @@{', @@'.join(names)}")).one())

    limits = (5, 5, 10, 10)
    assert maria.run(settings) == (*limits, "READ-COMMITTED", "STRICT_ALL_TABLES", "+00:00")


def test_sqlite_keeps_foreign_keys_and_a_journal_for_readers(databases: Databases) -> None:
    def settings(tx: Tx) -> list[object]:
        names = ("journal_mode", "foreign_keys", "synchronous", "query_only")
        return [tx.conn.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    with databases.sqlite() as url, World(url) as world:
        assert world.run(settings) == ["wal", 1, 1, 0]
        assert world._database._run_read(settings) == ["wal", 1, 1, 1]


class Transactions:
    """Database with its threads, as the node uses it."""

    url: str
    database: Database

    def setUp(self) -> None:
        self.signals = LocalSignals()
        self.told: list[object] = []
        self.signals.listen("news", self.told.append)
        self.database = open_database(self.url, self.signals)
        self.addCleanup(self.database.stop)  # type: ignore[attr-defined]

    async def test_what_is_told_is_heard_after_the_commit_and_before_the_result(self) -> None:
        def tell(tx: Tx) -> None:
            new_user(tx)
            tx.tell("news", "ann")

        await self.database.write(tell)
        assert self.told == ["ann"]
        assert await self.database.read(users.by_login, "ann")

    async def test_nothing_is_told_of_what_was_undone(self) -> None:
        def tell(tx: Tx) -> None:
            tx.tell("news", "ann")
            raise Refused("forbidden")

        with pytest.raises(Refused):
            await self.database.write(tell)
        assert self.told == []

    async def test_what_is_kept_is_told(self) -> None:
        def tell(tx: Tx) -> None:
            tx.tell("news", "ann")
            raise Refused("wrong_login", keep=True)

        with pytest.raises(Refused):
            await self.database.write(tell)
        assert self.told == ["ann"]

    async def test_what_is_told_while_reading_goes_nowhere(self) -> None:
        await self.database.read(Tx.tell, "news", "ann")
        assert self.told == []

    async def test_a_reader_does_not_see_what_is_not_committed(self) -> None:
        def peek(tx: Tx) -> object:
            new_user(tx)
            return self.database._run_read(users.by_login, "ann")

        assert await self.database.write(peek) is None

    async def test_many_transactions_at_once_all_happen(self) -> None:
        writes = [
            Deferred.fromCoroutine(self.database.write(new_user, f"ann{i}")) for i in range(50)
        ]
        ids = {await write for write in writes}
        assert len(ids) == 50


def open_database(
    url: str, signals: LocalSignals, *, seconds: int = SECONDS, reactor: Any = _reactor
) -> Database:
    env = Env(
        settings=Settings(), texts=TEXTS, cache=LocalCache(), chance=SystemChance(), clock=clock
    )
    database = Database(url=url, reactor=reactor, env=env, signals=signals, seconds=seconds)
    database.start()
    return database


class OnSqlite(Transactions, TestCase):
    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> object:
        with databases.sqlite() as self.url:
            yield

    async def test_a_write_of_a_reader_is_an_error_and_not_lost_in_silence(self) -> None:
        with pytest.raises(Unavailable):
            await self.database.read(services.set_status, 1, 1, "AC")


class OnMariaDB(Transactions, TestCase):
    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> object:
        with databases.mariadb() as self.url:
            yield


class WhenMariaDBIsDown(TestCase):
    def setUp(self) -> None:
        self.server = MariaDB()
        self.addCleanup(self.server.stop)
        self.server.start()
        url = self.server.database()
        migrate(url)
        self.database = open_database(url, LocalSignals())
        self.addCleanup(self.database.stop)

    async def test_transactions_are_unavailable_until_it_is_back(self) -> None:
        await self.database.write(new_user, "ann")
        self.server.kill()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await self.database.write(new_user, "bob")
            with pytest.raises(Unavailable):
                await self.database.read(users.by_login, "ann")
        self.server.start()
        assert await self.database.read(users.by_login, "ann")
        assert await self.database.read(users.by_login, "bob") is None

    async def test_a_transaction_that_it_dies_under_is_unavailable(self) -> None:
        def killed(tx: Tx) -> None:
            new_user(tx)
            self.server.kill()
            new_user(tx, "bob")

        def killed_last(tx: Tx) -> None:
            new_user(tx)
            self.server.kill()

        for function in (killed, killed_last):
            with pytest.raises(Unavailable):
                await self.database.write(function)
            self.server.start()
            assert await self.database.read(users.by_login, "ann") is None


class WhenMariaDBDoesNotAnswer(TestCase):
    timeout = 240

    def setUp(self) -> None:
        self.server = MariaDB()
        self.addCleanup(self.server.stop)
        self.server.start()
        self.url = self.server.database()
        migrate(self.url)
        self.patient = self.opened(seconds=60)

    def opened(self, *, seconds: int = 2, reactor: Any = _reactor) -> Database:
        database = open_database(self.url, LocalSignals(), seconds=seconds, reactor=reactor)
        self.addCleanup(database.stop)
        return database

    async def test_who_waits_is_told_in_time_and_who_did_not_begin_never_will(self) -> None:
        reactor = Told()
        database = self.opened(seconds=60, reactor=reactor)
        await database.write(new_user, "ann")
        self.server.freeze()
        asked = [
            Deferred.fromCoroutine(database.write(new_user, f"late{i}"))
            for i in range(3 * CONNECTIONS)
        ]
        while len(database._open) < CONNECTIONS:  # each is made by one that has begun
            await deferLater(_reactor, 0.01)
        reactor.advance(30)
        for one in asked[CONNECTIONS:]:
            assert str(await _reason(one)) == "database: too many wait"
        reactor.advance(29.9)
        for one in asked[:CONNECTIONS]:
            self.assertNoResult(one)
        reactor.advance(0.1)
        for one in asked[:CONNECTIONS]:
            assert str(await _reason(one)) == "database: no answer in time"
        assert database.pending >= CONNECTIONS
        self.server.thaw()
        assert await database.read(users.by_login, "ann")  # what waits comes before it
        done = [await database.read(users.by_login, f"late{i}") for i in range(3 * CONNECTIONS)]
        assert not any(done[CONNECTIONS:])

    async def test_a_stop_does_not_wait_for_it(self) -> None:
        connect = pymysql.connections.Connection.connect

        def connect_late(connection: Any, *values: Any) -> Any:
            time.sleep(1.5 * STOP_SECONDS)  # a thread may have to wait for a processor
            return connect(connection, *values)

        ways = ("while it is asked", "while one connects to it", "while one is about to connect")
        for way in ways:
            if way == "while one is about to connect":
                self.patch(pymysql.connections.Connection, "connect", connect_late)
            database = open_database(self.url, LocalSignals(), seconds=60)
            if way == "while it is asked":
                await database.write(new_user, "ann")
            self.server.freeze()
            asked = Deferred.fromCoroutine(database.write(new_user, "bob"))
            while not database._open:
                await deferLater(_reactor, 0.01)
            began = time.monotonic()
            database.stop()
            assert time.monotonic() - began < 30, way  # half of what an answer may take
            assert isinstance(await _reason(asked), Unavailable)
            self.server.thaw()

    async def test_a_node_that_stands_still_keeps_no_locks(self) -> None:
        await self.patient.write(new_user, "ann")
        hasty = self.opened()
        held, may_go_on = threading.Event(), threading.Event()

        def stand_still(tx: Tx) -> None:
            users.change(tx, 1, lang="ru")
            held.set()
            may_go_on.wait(30)

        other = self.opened()
        standing = Deferred.fromCoroutine(other.write(stand_still))
        await deferToThread(held.wait, 30)

        async def changed() -> bool:
            try:
                await hasty.write(users.change, 1, lang="en")
            except Unavailable:
                return False
            return True

        while not await changed():
            pass
        may_go_on.set()
        assert isinstance(await _reason(standing), Unavailable)

    async def test_a_table_that_is_locked_is_not_waited_for_for_ever(self) -> None:
        with self.server.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("LOCK TABLES user WRITE")
            with pytest.raises(Unavailable):
                await self.opened().write(new_user, "ann")
            cursor.execute("UNLOCK TABLES")
        await self.patient.write(new_user, "bob")


async def _reason(one: "Deferred[Any]") -> BaseException | None:
    try:
        await one
    except Unavailable as error:
        return error
    return None


def test_an_error_of_the_database_tells_no_secret(world: World) -> None:
    def twins(tx: Tx) -> None:
        for _ in range(2):
            users.create(tx, status=ACTIVE, hash="a" * 32, password="a secret")

    with pytest.raises(IntegrityError) as caught:
        world.run(twins)
    assert "a secret" not in str(caught.value)
