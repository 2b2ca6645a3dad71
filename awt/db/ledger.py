"""Points: an append-only ledger, and the running sum in ``user.points``."""

from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import bindparam, func, insert, select

from awt.db import users
from awt.db.prepared import Prepared
from awt.db.schema import NEWEST, ledger
from awt.db.tx import Tx


@frozen(kw_only=True)
class Entry:
    """A movement of points."""

    id: int
    time: int
    amount: int
    balance_after: int
    type: str
    data: str
    ref_id: int | None


_COLUMNS = [ledger.c[name] for name in Entry.__annotations__]
_ONCE = Prepared(select(ledger.c.id).where(ledger.c.once_key == bindparam("k")))
_INSERT = Prepared(insert(ledger))
_OF_USER = Prepared(
    select(*_COLUMNS)
    .where(ledger.c.user_id == bindparam("u"), ledger.c.id < bindparam("before"))
    .order_by(ledger.c.id.desc())
    .limit(bindparam("n")),
    Entry,
)


def move(
    tx: Tx,
    user_id: int,
    amount: int,
    type_: str,
    /,
    *,
    once_key: str | None = None,
    ref_id: int | None = None,
    refundable: int = 0,
    **data: Any,
) -> int:
    """Add ``amount`` points (below zero takes them) and return the balance; with a key, once only.

    Whether the balance may fall below zero is the caller's rule. The account's row is held.
    """
    found = users.locked(tx, user_id)
    assert found is not None
    if once_key is not None and _ONCE.first(tx, k=once_key):
        return found.points
    balance = found.points + amount
    _INSERT.insert(
        tx,
        user_id=user_id,
        time=tx.now,
        amount=amount,
        balance_after=balance,
        type=type_,
        data=msgspec.json.encode(data).decode(),
        refundable_left=refundable,
        ref_id=ref_id,
        once_key=once_key,
    )
    if balance <= 0 and found.unused_after is None:
        # Bought points kept it, however long nobody used it; they are gone.
        users.change(tx, user_id, points=balance, unused_after=tx.now)
    else:
        users.change(tx, user_id, points=balance)
    return balance


def earned(tx: Tx, user_id: int, prefix: str) -> int:
    """Return what a user was given under keys that begin with ``prefix`` and a colon."""
    total = tx.conn.execute(
        select(func.sum(ledger.c.amount)).where(
            ledger.c.user_id == user_id, ledger.c.once_key.like(f"{prefix}:%")
        )
    ).scalar()
    return int(total or 0)


def of_user(tx: Tx, user_id: int, *, limit: int, before: int | None = None) -> list[Entry]:
    """Return a user's movements, the newest first; ``before`` is the id to go on from."""
    return _OF_USER.all(tx, u=user_id, before=NEWEST if before is None else before, n=limit)
