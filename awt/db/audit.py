"""What operators did: who, when, by which way, with which parameters."""

from attrs import frozen
from sqlalchemy import insert, select

from awt.db.schema import NEWEST, audit
from awt.db.tx import Tx
from awt.model.times import DAY


@frozen(kw_only=True)
class Deed:
    """One thing that an operator did. ``params`` is JSON, its secrets masked."""

    id: int
    time: int
    user_id: int | None
    who: str
    way: str
    method: str
    params: str


_COLUMNS = [audit.c[name] for name in Deed.__annotations__]


def note(tx: Tx, *, user_id: int | None, who: str, way: str, method: str, params: str) -> None:
    """Note that somebody did something, in the transaction in which he does it."""
    tx.conn.execute(
        insert(audit).values(
            time=tx.now,
            user_id=user_id,
            who=who[:40],
            way=way,
            method=method,
            params=params,
            purge_after=tx.now + tx.settings.purge.ledger_days * DAY,
        )
    )


def latest(tx: Tx, *, limit: int, before: int | None) -> list[Deed]:
    """Return what was done, the newest first; ``before`` is the id to go on from."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(audit.c.id < (NEWEST if before is None else before))
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    return [Deed(**row._mapping) for row in rows]
