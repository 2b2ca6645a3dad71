"""Invites: who asked whom in, and what became of it."""

from typing import Any, Final

from attrs import frozen
from sqlalchemy import bindparam, func, insert, select, update

from awt.db.schema import NEWEST, invite
from awt.db.tx import Tx

OPEN: Final = "NW"
"""Sent; with a ``user_id``: taken by an account that is not activated yet."""
ACCEPTED: Final = "AC"
"""Its account was activated."""
REFUSED: Final = "RJ"
"""The invited one refused, or said `stop`."""
REVOKED: Final = "DL"
"""The inviter took it back, or closed his account."""
LOST: Final = "LO"
"""The invited one came otherwise, or through somebody else."""


@frozen(kw_only=True)
class Invite:
    """A row. ``expires_at``: of what was not taken 24 h after its beginning, else of the account."""

    id: int
    inviter_id: int
    kind: str
    address: str
    user_id: int | None
    status: str
    created_at: int
    expires_at: int
    sent_at: int
    sends: int
    purge_after: int | None


_COLUMNS = [invite.c[name] for name in Invite.__annotations__]
_ROWS = select(*_COLUMNS)
_BY_ID = _ROWS.where(invite.c.id == bindparam("i")).with_for_update()
_OF_ADDRESS = _ROWS.where(
    invite.c.kind == bindparam("k"),
    invite.c.address == bindparam("a"),
    invite.c.status == OPEN,
    invite.c.expires_at > bindparam("now"),
).order_by(invite.c.sent_at.desc(), invite.c.id.desc())
_OPEN_OF = _ROWS.where(
    invite.c.inviter_id == bindparam("u"),
    invite.c.status == OPEN,
    invite.c.expires_at > bindparam("now"),
)
_OF_INVITER = (
    _ROWS.where(invite.c.inviter_id == bindparam("u"), invite.c.id < bindparam("before"))
    .order_by(invite.c.id.desc())
    .limit(bindparam("n"))
)


def _rows(tx: Tx, statement: Any, **values: Any) -> list[Invite]:
    return [Invite(**row._mapping) for row in tx.conn.execute(statement, values)]


def create(tx: Tx, /, **values: Any) -> Invite:
    """Make an invite of columns of the table and return it."""
    key = tx.conn.execute(
        insert(invite).values(
            {"status": OPEN, "created_at": tx.now, "sent_at": tx.now, "sends": 1, **values}
        )
    ).inserted_primary_key
    assert key is not None
    found = by_id(tx, key[0])
    assert found is not None
    return found


def by_id(tx: Tx, invite_id: int) -> Invite | None:
    """Return an invite and hold its row."""
    return next(iter(_rows(tx, _BY_ID, i=invite_id)), None)


def open_for(tx: Tx, kind: str, address: str) -> list[Invite]:
    """Return the invites of an address that can still be taken, the last sent first."""
    return _rows(tx, _OF_ADDRESS, k=kind, a=address, now=tx.now)


def of_inviter(
    tx: Tx, user_id: int, *, limit: int = 100, before: int | None = None
) -> list[Invite]:
    """Return who was invited by an account, the newest first."""
    return _rows(tx, _OF_INVITER, u=user_id, before=before or NEWEST, n=limit)


def change(tx: Tx, invite_id: int, /, **values: Any) -> None:
    """Set columns of an invite."""
    tx.conn.execute(update(invite).where(invite.c.id == invite_id).values(**values))


def open_of(tx: Tx, user_id: int) -> list[Invite]:
    """Return the invites of an account that can still be taken."""
    return _rows(tx, _OPEN_OF, u=user_id, now=tx.now)


def sent_since(tx: Tx, user_id: int, since: int) -> tuple[int, int | None]:
    """Return how many invites an account has made since a time, and when the first of them."""
    return _count(tx, invite.c.inviter_id == user_id, since)


def got_since(tx: Tx, kind: str, address: str, since: int) -> tuple[int, int | None]:
    """Return how many invites an address has got since a time, and when the first of them."""
    return _count(tx, (invite.c.kind == kind) & (invite.c.address == address), since)


def _count(tx: Tx, which: Any, since: int) -> tuple[int, int | None]:
    count, first = tx.conn.execute(
        select(func.count(), func.min(invite.c.created_at)).where(
            which, invite.c.created_at > since
        )
    ).one()
    return count, first
