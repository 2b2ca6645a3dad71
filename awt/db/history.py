"""What was changed in an account: when, from what to what, and from where."""

from typing import Final

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select

from awt.db.prepared import Prepared
from awt.db.schema import NEWEST, history
from awt.db.tx import Tx
from awt.model.times import DAY

VALUE: Final = 200
"""Characters that are kept of a value."""
MOST: Final = 1000
"""Changes that are kept of an account, the newest."""


@frozen(kw_only=True)
class Change:
    """One change. `old` and `new` are empty where there was nothing, or something secret."""

    id: int
    time: int
    event: str
    old: str
    new: str
    way: str
    network: str


_OF_USER = Prepared(
    select(*(history.c[name] for name in Change.__annotations__))
    .where(history.c.user_id == bindparam("u"), history.c.id < bindparam("before"))
    .order_by(history.c.id.desc())
    .limit(bindparam("n")),
    Change,
)


_OLDEST = Prepared(
    select(history.c.id)
    .where(history.c.user_id == bindparam("u"))
    .order_by(history.c.id.desc())
    .limit(1)
    .offset(MOST)
)


def add(tx: Tx, user_id: int, event: str, *, old: str, new: str, way: str, network: str) -> None:
    """Note a change, in the transaction that makes it; the oldest goes where there are too many."""
    tx.conn.execute(
        insert(history).values(
            user_id=user_id,
            time=tx.now,
            event=event,
            old=old[:VALUE],
            new=new[:VALUE],
            way=way,
            network=network,
            purge_after=tx.now + tx.settings.purge.purge_days * DAY,
        )
    )
    oldest = _OLDEST.scalar(tx, u=user_id)
    if oldest is not None:
        tx.conn.execute(delete(history).where(history.c.id == oldest))


def of_user(tx: Tx, user_id: int, *, limit: int, before: int | None) -> list[Change]:
    """Return the changes of an account, the newest first; ``before`` is the id to go on from."""
    return _OF_USER.all(tx, u=user_id, before=NEWEST if before is None else before, n=limit)
