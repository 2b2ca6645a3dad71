"""Tests and groups of them. Deleted ones are marked, and go when their time has passed."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import NEWEST, group_member, test, test_group, user
from awt.db.tx import Tx
from awt.model.times import DAY

__test__ = False  # nothing that pytest should collect


@frozen(kw_only=True)
class Test:
    """A test of an account; ``actions`` is JSON."""

    __test__ = False
    id: int
    user_id: int
    name: str
    actions: str
    created_at: int
    changed_at: int
    deleted_at: int | None


@frozen(kw_only=True)
class Group:
    """A list of tests that are run together."""

    id: int
    user_id: int
    name: str
    created_at: int
    changed_at: int
    deleted_at: int | None


@frozen(kw_only=True)
class Member:
    """A test of a group, and the type of node that runs it there."""

    test_id: int
    type: str
    name: str


_TEST = [test.c[name] for name in Test.__annotations__ if name != "__test__"]
_GROUP = [test_group.c[name] for name in Group.__annotations__]
_BY_ID = Prepared(select(*_TEST).where(test.c.id == bindparam("i")), Test)


def _page(mark: ColumnElement[bool]) -> Prepared[Test]:
    return Prepared(
        select(*_TEST)
        .where(test.c.user_id == bindparam("u"), test.c.id < bindparam("before"), mark)
        .order_by(test.c.id.desc())
        .limit(bindparam("n")),
        Test,
    )


_LIVING = _page(test.c.deleted_at.is_(None))
_DELETED = _page(test.c.deleted_at.is_not(None))
_NAMED = Prepared(
    select(*_TEST)
    .where(
        test.c.user_id == bindparam("u"),
        func.lower(test.c.name) == func.lower(bindparam("name")),
        test.c.deleted_at.is_(None),
    )
    .order_by(test.c.id.desc()),
    Test,
)
_GROUPS = (
    select(*_GROUP)
    .where(test_group.c.user_id == bindparam("u"), test_group.c.deleted_at.is_(None))
    .order_by(test_group.c.id.desc())
)


def by_id(tx: Tx, test_id: int) -> Test | None:
    """Return a test, deleted or not."""
    return _BY_ID.first(tx, i=test_id)


def named(tx: Tx, user_id: int, name: str) -> Test | None:
    """Return the newest living test of an account with a name, whatever its case."""
    return _NAMED.first(tx, u=user_id, name=name)


def of_user(
    tx: Tx, user_id: int, *, limit: int, before: int | None = None, deleted: bool = False
) -> list[Test]:
    """Return an account's tests, the newest first; ``before`` is the id to go on from."""
    found = _DELETED if deleted else _LIVING
    return found.all(tx, u=user_id, before=NEWEST if before is None else before, n=limit)


def count(tx: Tx, user_id: int, *, deleted: bool) -> int:
    """Return how many tests an account has, living or marked as deleted."""
    mark = test.c.deleted_at.is_not(None) if deleted else test.c.deleted_at.is_(None)
    found = tx.conn.execute(
        select(func.count()).select_from(test).where(test.c.user_id == user_id, mark)
    )
    return int(found.scalar_one())


def create(tx: Tx, user_id: int, *, name: str, actions: str) -> int:
    """Make a test; return its id."""
    key = tx.conn.execute(
        insert(test).values(
            user_id=user_id, name=name, actions=actions, created_at=tx.now, changed_at=tx.now
        )
    ).inserted_primary_key
    assert key is not None
    made: int = key[0]
    return made


def change(tx: Tx, test_id: int, *, name: str, actions: str) -> None:
    """Set name and actions of a test."""
    tx.conn.execute(
        update(test)
        .where(test.c.id == test_id)
        .values(name=name, actions=actions, changed_at=tx.now)
    )


def mark(tx: Tx, test_id: int, *, deleted: bool) -> None:
    """Mark a test as deleted, or take the mark off."""
    tx.conn.execute(update(test).where(test.c.id == test_id).values(_mark(tx, deleted=deleted)))


def _mark(tx: Tx, *, deleted: bool) -> dict[str, int | None]:
    end = tx.now + tx.settings.purge.purge_days * DAY
    return {
        "deleted_at": tx.now if deleted else None,
        "purge_after": end if deleted else None,
    }


def mark_all(tx: Tx, user_id: int) -> None:
    """Mark all tests and groups of an account as deleted."""
    for table in (test, test_group):
        tx.conn.execute(
            update(table)
            .where(table.c.user_id == user_id, table.c.deleted_at.is_(None))
            .values(_mark(tx, deleted=True))
        )


def unmark_closed(tx: Tx, user_id: int) -> None:
    """Restore what was marked as deleted when an account was closed, while it still is."""
    closed = tx.conn.execute(select(user.c.closed_at).where(user.c.id == user_id)).scalar()
    if closed is None:
        return
    for table in (test, test_group):
        tx.conn.execute(
            update(table)
            .where(table.c.user_id == user_id, table.c.deleted_at >= closed)
            .values(_mark(tx, deleted=False))
        )


def group_by_id(tx: Tx, group_id: int) -> Group | None:
    """Return a group, deleted or not."""
    row = tx.conn.execute(select(*_GROUP).where(test_group.c.id == group_id)).first()
    return None if row is None else Group(**row._mapping)


def groups_of_user(tx: Tx, user_id: int) -> list[Group]:
    """Return an account's groups, the newest first."""
    return [Group(**row._mapping) for row in tx.conn.execute(_GROUPS, {"u": user_id})]


def members(tx: Tx, group_id: int) -> list[Member]:
    """Return the living tests of a group, in order."""
    rows = tx.conn.execute(
        select(group_member.c.test_id, group_member.c.type, test.c.name)
        .join(test, test.c.id == group_member.c.test_id)
        .where(group_member.c.group_id == group_id, test.c.deleted_at.is_(None))
        .order_by(group_member.c.position)
    )
    return [Member(**row._mapping) for row in rows]


def create_group(tx: Tx, user_id: int, *, name: str) -> int:
    """Make an empty group; return its id."""
    key = tx.conn.execute(
        insert(test_group).values(user_id=user_id, name=name, created_at=tx.now, changed_at=tx.now)
    ).inserted_primary_key
    assert key is not None
    made: int = key[0]
    return made


def change_group(
    tx: Tx, group_id: int, *, name: str, members: Sequence[tuple[int, str]] | None
) -> None:
    """Set the name of a group and, unless it is None, its list of (test, type)."""
    tx.conn.execute(
        update(test_group).where(test_group.c.id == group_id).values(name=name, changed_at=tx.now)
    )
    if members is None:
        return
    tx.conn.execute(delete(group_member).where(group_member.c.group_id == group_id))
    if members:
        tx.conn.execute(
            insert(group_member),
            [
                {"group_id": group_id, "position": position, "test_id": test_id, "type": type_}
                for position, (test_id, type_) in enumerate(members)
            ],
        )


def mark_group(tx: Tx, group_id: int, *, deleted: bool) -> None:
    """Mark a group as deleted, or take the mark off."""
    tx.conn.execute(
        update(test_group).where(test_group.c.id == group_id).values(_mark(tx, deleted=deleted))
    )
