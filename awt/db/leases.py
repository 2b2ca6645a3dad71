"""Leases: one node at a time is connected to an IM network for a service."""

from typing import Any

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select, update

from awt.db.schema import lease
from awt.db.tx import Tx


@frozen(kw_only=True)
class Held:
    """Who has a lease, and until when. ``instance`` is when his process started, in ms."""

    holder: str
    instance: int
    expires_at: int


_HERE = (lease.c.service == bindparam("s"), lease.c.transport == bindparam("t"))
_HELD = select(lease.c.holder, lease.c.instance, lease.c.expires_at).where(*_HERE).with_for_update()
_TAKE = (
    update(lease)
    .where(*_HERE)
    .values(holder=bindparam("h"), instance=bindparam("i"), expires_at=bindparam("e"))
)
_MAKE = insert(lease).values(
    service=bindparam("s"),
    transport=bindparam("t"),
    holder=bindparam("h"),
    instance=bindparam("i"),
    expires_at=bindparam("e"),
)


def take(
    tx: Tx, service: str, transport: str, *, holder: str, instance: int, milliseconds: int
) -> Held:
    """Take or prolong a lease that is free, over or one's own; return who has it now.

    Of two processes of one node the one that started later has it.
    """
    values: dict[str, Any] = {"s": service, "t": transport}
    row = tx.conn.execute(_HELD, values).first()
    mine = Held(holder=holder, instance=instance, expires_at=tx.now + milliseconds)
    taken = values | {"h": holder, "i": instance, "e": mine.expires_at}
    if row is None:
        tx.conn.execute(_MAKE, taken)
        return mine
    found = Held(**row._mapping)
    own = found.holder == holder and found.instance <= instance
    if not own and found.expires_at > tx.now:
        return found
    tx.conn.execute(_TAKE, taken)
    return mine


def every(tx: Tx) -> list[tuple[str, str, Held]]:
    """Return all leases, also those that are over: service, IM, and who has or had it."""
    rows = tx.conn.execute(select(lease).order_by(lease.c.service, lease.c.transport))
    return [
        (
            row.service,
            row.transport,
            Held(holder=row.holder, instance=row.instance, expires_at=row.expires_at),
        )
        for row in rows
    ]


def release(tx: Tx, service: str, transport: str, *, holder: str, instance: int) -> None:
    """Give a lease back; nothing happens to one that somebody else has."""
    tx.conn.execute(
        delete(lease).where(
            lease.c.service == service,
            lease.c.transport == transport,
            lease.c.holder == holder,
            lease.c.instance == instance,
        )
    )
