"""Accounts that cost and bring nothing: they have tests, nobody has used them for long, nobody ever paid.

The collector never takes them. This is asked rarely, for it looks at all accounts.
"""

from typing import Any

from attrs import frozen
from sqlalchemy import Select, exists, func, select

from awt.db.schema import NEWEST, api_key, ledger, session, stats, test, user
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.status import ACTIVE

_COLUMNS = [user.c[name] for name in User.__annotations__]
_OWN = (test.c.user_id == user.c.id) & test.c.deleted_at.is_(None)
_TESTS = select(func.count()).select_from(test).where(_OWN).scalar_subquery()
_PAID = exists().where(ledger.c.user_id == user.c.id, ledger.c.type == "TOP_UP")


@frozen(kw_only=True)
class Idle:
    """Such an account, with the number of its tests."""

    user: User
    tests: int


def _idle(seen_before: int, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        user.c.status == ACTIVE,
        user.c.time < seen_before,
        ~exists().where(stats.c.user_id == user.c.id, stats.c.hour >= seen_before),
        ~exists().where(session.c.user_id == user.c.id, session.c.seen_at >= seen_before),
        ~exists().where(api_key.c.user_id == user.c.id, api_key.c.seen_at >= seen_before),
        ~user.c.undeletable,
        exists().where(_OWN),
        ~_PAID,
    )


def idle(tx: Tx, *, seen_before: int, before: int | None, limit: int) -> list[Idle]:
    """Return accounts last used before a moment, the newest first; ``before``: the id to go on from.

    What runs, is signed in or has a key is in use, also where nobody signed in or wrote for long.
    """
    query = _idle(seen_before, *_COLUMNS, _TESTS.label("tests")).where(
        user.c.id < (NEWEST if before is None else before)
    )
    rows = tx.conn.execute(query.order_by(user.c.id.desc()).limit(limit)).mappings()
    return [
        Idle(user=User(**{k: v for k, v in row.items() if k != "tests"}), tests=row["tests"])
        for row in rows
    ]


def count(tx: Tx, *, seen_before: int) -> int:
    """Return how many there are."""
    found: int = tx.conn.execute(_idle(seen_before, func.count())).scalar_one()
    return found
