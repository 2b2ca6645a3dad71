"""A pass reads what it deletes, however many users there are: measured on MariaDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.registration import CreateAccount, create_account
from awt.api.registry import Nothing
from awt.db import garbage, invites, ledger, services, users
from awt.db.migrate import migrate
from awt.db.schema import metadata
from awt.db.tx import Tx
from awt.gc.collector import collect_accounts
from awt.gc.unused import collect_unused
from awt.model.status import ACTIVE
from awt.testing.mariadb import MariaDB
from awt.testing.scale import SCALE
from awt.testing.talk import World

ALLOWED = 20


@pytest.fixture(params=[1_000, 100_000 * SCALE])
def crowded(mariadb: MariaDB, request: pytest.FixtureRequest) -> Iterator[World]:
    """An installation with many people, who are no garbage."""
    url = mariadb.database()
    migrate(url)
    with World(url) as world:
        world.run(_crowd, request.param)
        yield world
    mariadb.drop(url)


def _crowd(tx: Tx, users: int) -> None:
    seq = f"FROM seq_1_to_{users}"
    later = tx.now + 10**12
    statements = f"""
        INSERT INTO user (hash, status, points, lang, timezone, time, undeletable, is_admin,
                          created_at, login_failures)
            SELECT CONCAT('h', seq), 'AC', 0, 'en', 'UTC', 0, 0, 0, 0, 0 {seq};
        INSERT INTO user_im (user_id, kind, address, state, confirmed_address)
            SELECT id, 'jabber', hash, 'confirmed', CONCAT('jabber:', hash) FROM user;
        INSERT INTO user_service
            SELECT user.id, service.id, 'AC', 0 FROM user JOIN service ON short_name = 'base';
        INSERT INTO dialogue (kind, address, seq, state, heard_at, purge_after)
            SELECT 'jabber', hash, 0, '{{}}', 0, {later} FROM user;
        INSERT INTO consumed SELECT CONCAT('m', seq), {later} {seq};
        ANALYZE TABLE user, user_im, user_service, dialogue, consumed
    """
    for statement in statements.split(";"):
        tx.conn.exec_driver_sql(statement)


def reads(world: World) -> int:
    """Return how many rows this connection has read so far."""

    def look(tx: Tx) -> int:
        rows = tx.conn.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'")).all()
        return sum(int(value) for _, value in rows)

    return world.run(look)


def rows(world: World) -> int:
    """Return how many rows there are in all."""

    def look(tx: Tx) -> int:
        total = 0
        for table in metadata.sorted_tables:
            found: Any = tx.conn.execute(select(func.count()).select_from(table)).scalar()
            total += found
        return total

    return world.run(look)


def measure(world: World) -> tuple[int, int, int]:
    """Run a pass; return the accounts and rows that went, and the rows that were read."""
    accounts = 0
    rows_before, messages = rows(world), len(world.messages)
    idle = -reads(world) + reads(world)  # what looking at the counters costs by itself
    before = reads(world)
    while gone := world.run(collect_accounts):
        accounts += gone
    accounts += world.run(collect_unused)[1]
    for kind in garbage.BY_DATE:
        while world.run(garbage.collect, kind) == garbage.BATCH:
            pass
    read = reads(world) - before - idle
    made = len(world.messages) - messages
    return accounts, rows_before + made - rows(world), read


def new(tx: Tx, count: int, called: str) -> list[int]:
    """Register accounts and return their ids."""
    ids = []
    for i in range(count):
        address = f"{called}{i}@example.org"
        create_account(tx, Caller(who=Who.NODE), CreateAccount(jabber=address))
        [found] = users.waiting_for(tx, "jabber", address)
        ids.append(found.id)
    return ids


def closed(tx: Tx, count: int) -> None:
    """Register accounts, activate and close them."""
    base = services.base(tx)
    for i, user_id in enumerate(new(tx, count, "old")):
        users.confirm_im(tx, user_id, "jabber", f"old{i}@example.org")
        services.set_im_state(tx, user_id, base.id, "jabber", ACTIVE)
        users.change(tx, user_id, status=ACTIVE, purge_after=None)
        ledger.move(tx, user_id, 200, "SIGN_UP_BONUS")
        delete_account(tx, Caller(who=Who.USER, user_id=user_id, session_id=0), Nothing())


def unused(tx: Tx, count: int) -> None:
    """Make accounts that nobody uses and that were warned; they have no points left."""
    base = services.base(tx)
    for i, user_id in enumerate(new(tx, count, "idle")):
        users.confirm_im(tx, user_id, "jabber", f"idle{i}@example.org")
        services.set_im_state(tx, user_id, base.id, "jabber", ACTIVE)
        users.change(tx, user_id, status=ACTIVE, purge_after=None, time=tx.now)
        users.change(tx, user_id, unused_after=tx.now + tx.settings.purge.unused)


def look_back(tx: Tx) -> None:
    """Let accounts that nobody used be asked about now, as on the day of their warning."""
    tx.conn.execute(
        text(
            f"UPDATE user SET time = {tx.now - tx.settings.purge.warning - 1},"
            f" unused_after = {tx.now - 1} WHERE unused_after IS NOT NULL"
        )
    )


def spare(tx: Tx) -> None:
    """Take accounts off the list."""
    tx.conn.execute(text("UPDATE user SET unused_after = NULL"))


def invited(tx: Tx, count: int) -> None:
    """Make invites that nobody took; the first accounts of the crowd sent one each."""
    for i in range(count):
        invites.create(
            tx,
            inviter_id=i + 1,
            kind="jabber",
            address=f"friend{i}@example.org",
            expires_at=tx.now,
            purge_after=tx.now,
        )


def dated(tx: Tx, count: int) -> None:
    """Make rows that go with their date."""
    tx.conn.execute(
        text(f"INSERT INTO consumed SELECT CONCAT('old', seq), {tx.now} FROM seq_1_to_{count}")
    )


def test_a_pass_reads_twice_what_it_deletes_and_twenty_rows(crowded: World) -> None:
    assert measure(crowded)[:2] == (0, 0)

    crowded.run(new, 40, "new")
    crowded.wait(86_401)
    accounts, deleted, read = measure(crowded)
    assert accounts == 40
    assert read <= 2 * deleted + ALLOWED, (deleted, read)

    crowded.run(closed, 20)
    crowded.wait(50 * 86_400)
    accounts, deleted, read = measure(crowded)
    assert accounts == 20
    assert read <= 2 * deleted + ALLOWED, (deleted, read)

    crowded.run(unused, 20)
    crowded.wait(43 * 86_400)
    accounts, deleted, read = measure(crowded)
    assert accounts == 20
    assert read <= 2 * deleted + ALLOWED, (deleted, read)

    crowded.run(unused, 20)
    crowded.run(look_back)
    before = reads(crowded)
    assert crowded.run(collect_unused) == (20, 0)
    assert reads(crowded) - before <= 12 * 20 + ALLOWED  # they are warned, and nothing goes
    crowded.run(spare)

    crowded.run(dated, 450)
    crowded.wait(0.001)
    accounts, deleted, read = measure(crowded)
    assert (accounts, deleted) == (0, 450)
    assert read <= 2 * deleted + ALLOWED, (deleted, read)

    crowded.run(invited, 40)
    crowded.wait(0.001)
    accounts, deleted, read = measure(crowded)
    assert (accounts, deleted) == (0, 40)
    assert read <= 2 * deleted + ALLOWED, (deleted, read)

    accounts, deleted, read = measure(crowded)
    assert (accounts, deleted) == (0, 0)
    assert read <= ALLOWED
