"""Accounts as an operator looks for them: by how a login name or an address begins."""

from typing import Final

from sqlalchemy import ColumnElement, or_, select

from awt.db.schema import NEWEST, user, user_im
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.status import KINDS

_COLUMNS = [user.c[name] for name in User.__annotations__]
LAST: Final = "\U0010ffff"
"""Behind every character: where what begins with a text ends."""


def find(tx: Tx, begins: str, *, status: str | None, before: int | None, limit: int) -> list[User]:
    """Return accounts, the newest first, whose login, public id or an address begins with a text.

    An empty text finds all. ``before`` is the id to go on from.
    """
    query = select(*_COLUMNS).where(user.c.id < (NEWEST if before is None else before))
    if status is not None:
        query = query.where(user.c.status == status)
    if begins:
        query = query.where(or_(*_named(begins)))
    rows = tx.conn.execute(query.order_by(user.c.id.desc()).limit(limit))
    return [User(**row._mapping) for row in rows]


def _named(begins: str) -> list[ColumnElement[bool]]:
    end = begins + LAST
    addresses = select(user_im.c.user_id).where(
        user_im.c.kind.in_(KINDS), user_im.c.address >= begins, user_im.c.address < end
    )
    return [
        (user.c.login >= begins) & (user.c.login < end),
        (user.c.hash >= begins) & (user.c.hash < end),
        user.c.id.in_(addresses),
    ]


def closing(tx: Tx, user_id: int) -> tuple[int | None, str | None]:
    """Return when an account was closed, and by whom: ``owner``, ``operator`` or nobody."""
    row = tx.conn.execute(
        select(user.c.closed_at, user.c.close_reason).where(user.c.id == user_id)
    ).one()
    return row.closed_at, row.close_reason
