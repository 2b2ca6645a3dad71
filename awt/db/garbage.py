"""What is collected: one range scan of an index of candidates a kind, in small transactions."""

from typing import Any, Final

from attrs import frozen
from sqlalchemy import Column, Table, bindparam, delete, func, select, update

from awt.db.schema import (
    audit,
    chat_message,
    consumed,
    dialogue,
    history,
    idempotency,
    invite,
    invite_memory,
    ledger,
    news,
    outbox,
    service,
    session,
    share,
    stats,
    task,
    temporary_link,
    test,
    test_group,
    user,
    user_im,
    user_service,
)
from awt.db.tx import Tx
from awt.db.users import User, UserIm
from awt.model.status import DELETED, NEW
from awt.model.times import DAY

BATCH: Final = 200
"""Rows of one kind that one transaction deletes."""

BY_DATE: Final[dict[str, tuple[Table, Column[int]]]] = {
    "links": (temporary_link, temporary_link.c.id),
    "invites": (invite, invite.c.id),
    "invite memory": (invite_memory, invite_memory.c.pair_hash),
    "tasks": (task, task.c.id),
    "sessions": (session, session.c.id),
    "chat history": (chat_message, chat_message.c.id),
    "dialogues": (dialogue, dialogue.c.id),
    "outbox": (outbox, outbox.c.id),
    "consumed ids": (consumed, consumed.c.message_id),
    "idempotency keys": (idempotency, idempotency.c.key_hash),
    "statistics": (stats, stats.c.id),
    "history": (history, history.c.id),
    "tests": (test, test.c.id),
    "groups": (test_group, test_group.c.id),
    "shares": (share, share.c.id),
    "ledger": (ledger, ledger.c.id),
    "audit": (audit, audit.c.id),
    "news": (news, news.c.id),
}
"""Kinds that go as soon as their ``purge_after`` has passed, nothing else asked."""

_NAMES = select(service.c.id, service.c.short_name)
OF_USERS: Final = {"accounts": user.c.purge_after, "unused accounts": user.c.unused_after}
"""Kinds that are accounts, by the column that their index is of."""


@frozen(kw_only=True)
class Gone:
    """An account that is to be collected, with its addresses."""

    user: User
    ims: tuple[UserIm, ...]


def collect(tx: Tx, kind: str) -> int:
    """Delete a batch of one kind; return how many rows went."""
    table, key = BY_DATE[kind]
    ids = list(
        tx.conn.execute(
            select(key)
            .where(table.c.purge_after < tx.now)
            .order_by(table.c.purge_after)
            .limit(BATCH)
        ).scalars()
    )
    _delete(tx, table, key, ids)
    return len(ids)


def due(tx: Tx, kind: str, *, at: int) -> int:
    """Return how many rows of a kind of `BY_DATE` or `OF_USERS` are looked at by a moment."""
    column = OF_USERS[kind] if kind in OF_USERS else BY_DATE[kind][0].c.purge_after
    count: int = tx.conn.execute(select(func.count()).where(column < at)).scalar_one()
    return count


def _delete(tx: Tx, table: Table, key: Column[Any], ids: list[Any]) -> None:
    """Delete rows one by one: for a list of many MariaDB may think that it should read all there are."""
    if ids:
        tx.conn.execute(delete(table).where(key == bindparam("i")), [{"i": i} for i in ids])


def accounts(tx: Tx) -> list[Gone]:
    """Return accounts whose time has come, locked: never activated, or closed long ago.

    What somebody else holds waits for the next pass.
    """
    return _due(tx, user.c.purge_after)


def unused(tx: Tx) -> list[Gone]:
    """Return accounts that nobody used for so long that it has to be asked about them, locked."""
    return _due(tx, user.c.unused_after)


def _due(tx: Tx, column: Column[Any]) -> list[Gone]:
    rows = tx.conn.execute(
        select(*(user.c[name] for name in User.__annotations__))
        .where(column < tx.now)
        .order_by(column)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    ims: dict[int, list[UserIm]] = {row.id: [] for row in rows}
    for im in _ims(tx, list(ims)):
        ims[im.user_id].append(im)
    return [Gone(user=User(**row._mapping), ims=tuple(ims[row.id])) for row in rows]


def _ims(tx: Tx, user_ids: list[int]) -> list[UserIm]:
    if not user_ids:
        return []
    columns = (user_im.c[name] for name in UserIm.__annotations__)
    rows = tx.conn.execute(
        select(*columns)
        .where(user_im.c.user_id.in_(user_ids))
        .with_hint(user_im, "FORCE INDEX (uq_user_im_user_id_kind_address)", "mysql")
    )
    return [UserIm(**row._mapping) for row in rows]


def kept(tx: Tx, user_ids: list[int]) -> set[int]:
    """Return which accounts stay although nobody uses them: those with points that were bought."""
    if not user_ids:
        return set()
    rows = tx.conn.execute(
        select(ledger.c.user_id)
        .where(ledger.c.user_id.in_(user_ids), ledger.c.refundable_left > 0)
        .with_hint(ledger, "FORCE INDEX (ix_ledger_user_id_refundable_left)", "mysql")
        .distinct()
    )
    return set(rows.scalars())


def with_tests(tx: Tx, user_ids: list[int]) -> set[int]:
    """Return which accounts have tests; those marked as deleted count until they are purged."""
    if not user_ids:
        return set()
    rows = tx.conn.execute(
        select(test.c.user_id)
        .where(test.c.user_id.in_(user_ids))
        .with_hint(test, "FORCE INDEX (ix_test_user_id_id)", "mysql")
        .distinct()
    )
    return set(rows.scalars())


def services_of(tx: Tx, user_ids: list[int]) -> dict[int, list[str]]:
    """Return the short names of the services that accounts have or had, but not of removed ones."""
    if not user_ids:
        return {}
    names = {row.id: row.short_name for row in tx.conn.execute(_NAMES)}
    rows = tx.conn.execute(
        select(user_service.c.user_id, user_service.c.service_id)
        .where(user_service.c.user_id.in_(user_ids), user_service.c.status != DELETED)
        .with_hint(user_service, "FORCE INDEX (PRIMARY)", "mysql")
    )
    found: dict[int, list[str]] = {}
    for user_id, service_id in rows:
        found.setdefault(user_id, []).append(names[service_id])
    return found


def look_again(tx: Tx, user_id: int, at: int | None) -> None:
    """Say when it is asked again whether an account is used; None: when something changes."""
    tx.conn.execute(update(user).where(user.c.id == user_id).values(unused_after=at))


def taken(tx: Tx, ims: list[UserIm]) -> set[tuple[str, str]]:
    """Return which addresses, by kind and address, are confirmed for somebody."""
    if not ims:
        return set()
    rows = tx.conn.execute(
        select(user_im.c.kind, user_im.c.address)
        .where(user_im.c.confirmed_address.in_({f"{im.kind}:{im.address}" for im in ims}))
        .with_hint(user_im, "FORCE INDEX (uq_user_im_confirmed_address)", "mysql")
    )
    return {(row.kind, row.address) for row in rows}


def delete_accounts(tx: Tx, accounts: list[User]) -> None:
    """Delete accounts; what is their own goes with them by the foreign keys.

    Their ledger stays for the years of the law. Who was never activated and has no points has none.
    """
    end = tx.now + tx.settings.purge.ledger_days * DAY
    ends = [{"u": a.id, "end": end} for a in accounts if a.status != NEW or a.points]
    if ends:
        tx.conn.execute(
            update(ledger)
            .where(ledger.c.user_id == bindparam("u"))
            .values(purge_after=bindparam("end")),
            ends,
        )
    _delete(tx, user, user.c.id, [a.id for a in accounts])


def delete_dialogue(tx: Tx, kind: str, address: str) -> None:
    """Delete what an address and the assistants spoke of."""
    tx.conn.execute(delete(dialogue).where(dialogue.c.kind == kind, dialogue.c.address == address))
