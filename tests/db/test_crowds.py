"""MariaDB goes from account to account, whatever it believes of its tables: rows read, measured."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from awt.db import news, services
from awt.db.migrate import migrate
from awt.db.news import Readers
from awt.db.tx import Tx
from awt.testing.mariadb import MariaDB
from awt.testing.talk import World

PEOPLE = 1000
TABLES = 5
"""A row of an account in each table that a query joins, and one of its result."""


@pytest.fixture
def crowd(mariadb: MariaDB, mariadb_url: str) -> Iterator[World]:
    """An installation that many joined at once, so that statistics know nothing of them."""
    migrate(mariadb_url)
    with World(mariadb_url) as world:
        world.run(_join)
        yield world


def _join(tx: Tx) -> None:
    for table in ("user", "user_im", "user_service", "user_service_im"):
        tx.conn.exec_driver_sql(f"ALTER TABLE {table} STATS_PERSISTENT=1, STATS_AUTO_RECALC=0")
        tx.conn.exec_driver_sql(f"ANALYZE TABLE {table}").all()
    statements = f"""
        INSERT INTO user (hash, status, points, lang, timezone, time, undeletable, is_admin,
                          created_at, login_failures)
            SELECT CONCAT('h', seq), 'AC', 0, 'en', 'UTC', 0, 0, 0, 0, 0 FROM seq_1_to_{PEOPLE};
        INSERT INTO user_im (user_id, kind, address, state, confirmed_address)
            SELECT id, 'jabber', hash, 'confirmed', CONCAT('jabber:', hash) FROM user;
        INSERT INTO user_service
            SELECT user.id, service.id, 'AC', 0 FROM user JOIN service
            ON short_name = 'base' OR short_name = 'webtest' AND MOD(user.id, 100) = 0;
        INSERT INTO user_service_im SELECT user_id, service_id, 'jabber', 'AC' FROM user_service
    """
    for statement in statements.split(";"):
        tx.conn.exec_driver_sql(statement)


def reads(tx: Tx) -> int:
    rows = tx.conn.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'")).all()
    return sum(int(value) for _, value in rows)


def test_readers_of_news_are_found_account_by_account(crowd: World) -> None:
    def look(tx: Tx) -> tuple[int, int]:
        first = news.newest_user(tx) - PEOPLE
        base = services.base(tx).id
        among = Readers(service_id=base, ims=("webchat", "jabber"), langs=("en",))
        before = reads(tx)
        found = news.readers(tx, among, after=first, upto=first + PEOPLE // 2)
        return len(found), reads(tx) - before

    found, read = crowd.run(look)
    assert found == PEOPLE // 2
    assert read < 3 * TABLES * found


def test_contacts_are_read_as_far_as_they_are_asked_for(crowd: World) -> None:
    after = 0
    for _ in range(2):
        found, read, after = crowd.run(_contacts, "base", after)
        assert found == PEOPLE // 10
        assert read < 3 * TABLES * found


def test_contacts_of_a_small_service_cost_nothing_for_those_of_others(crowd: World) -> None:
    found, read, _ = crowd.run(_contacts, "webtest", 0)
    assert found == PEOPLE // 100
    assert read < 3 * TABLES * found


def _contacts(tx: Tx, name: str, after: int) -> tuple[int, int, int]:
    """Return how many contacts a page has, how many rows were read for it, and where it ends."""
    service = services.by_name(tx, name)
    assert service is not None
    before = reads(tx)
    found = services.contacts(tx, service.id, "jabber", after=after, limit=PEOPLE // 10)
    return len(found), reads(tx) - before, found[-1][0]
