"""Sessions of browsers, signed in or not. The cookie's token is stored hashed."""

from typing import Final

from attrs import frozen
from sqlalchemy import ColumnElement, bindparam, insert, select, update

from awt.db.links import hash_token
from awt.db.prepared import Prepared
from awt.db.schema import session
from awt.db.tx import Tx
from awt.model.times import DAY, MINUTE

LIFE = 30 * DAY
"""How long a session lives after it was last seen."""
KEEP = 7 * DAY
"""How long an ended one is remembered, so that its token is never taken for a new one."""


@frozen(kw_only=True)
class Session:
    """A session. ``user_id`` is None for a visitor; ``chat_address`` is who it is in the web chat."""

    id: int
    user_id: int | None
    chat_address: str
    network: str
    agent: str
    may_set_password: bool
    created_at: int
    seen_at: int
    ended_at: int | None
    purge_after: int


_COLUMNS = [session.c[name] for name in Session.__annotations__]
_BY_TOKEN = Prepared(select(*_COLUMNS).where(session.c.token_hash == bindparam("h")), Session)
_BY_ID = Prepared(select(*_COLUMNS).where(session.c.id == bindparam("i")), Session)


def by_token(tx: Tx, token: str) -> Session | None:
    """Return the session of a cookie, ended or not."""
    return _BY_TOKEN.first(tx, h=hash_token(token))


def by_id(tx: Tx, session_id: int) -> Session | None:
    """Return a session, ended or not."""
    return _BY_ID.first(tx, i=session_id)


def create(
    tx: Tx,
    *,
    token: str,
    user_id: int | None,
    chat_address: str,
    network: str,
    agent: str,
    may_set_password: bool = False,
) -> None:
    """Make a session for a token."""
    tx.conn.execute(
        insert(session).values(
            token_hash=hash_token(token),
            user_id=user_id,
            chat_address=chat_address,
            network=network,
            agent=agent[:200],
            may_set_password=may_set_password,
            created_at=tx.now,
            seen_at=tx.now,
            purge_after=tx.now + LIFE,
        )
    )


def seen(tx: Tx, found: Session) -> None:
    """Prolong a session."""
    tx.conn.execute(
        update(session)
        .where(session.c.id == found.id, session.c.ended_at.is_(None))
        .values(seen_at=tx.now, purge_after=tx.now + LIFE)
    )


def is_stale(found: Session, now: int) -> bool:
    """Tell whether a session should be prolonged again."""
    return now - found.seen_at > 10 * MINUTE


def is_live(found: Session | None, now: int) -> bool:
    """Tell whether a session may be used."""
    return found is not None and found.ended_at is None and found.purge_after > now


def of_user(tx: Tx, user_id: int) -> list[Session]:
    """Return a user's live sessions, the last seen first."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(
            session.c.user_id == user_id,
            session.c.ended_at.is_(None),
            session.c.purge_after > tx.now,
        )
        .order_by(session.c.seen_at.desc(), session.c.id.desc())
    )
    return [Session(**row._mapping) for row in rows]


ENDED = "session-ended"
"""What is told, with id and chat address of the session, when one ends: its event streams close."""
NOBODY: Final = 0
"""Stands for the session of a stranger who has no row yet."""


def _end(tx: Tx, *where: ColumnElement[bool]) -> int:
    ended = tx.conn.execute(
        select(session.c.id, session.c.chat_address).where(session.c.ended_at.is_(None), *where)
    ).all()
    ids = [row.id for row in ended]
    if ids:
        tx.conn.execute(
            update(session)
            .where(session.c.id.in_(ids))
            .values(ended_at=tx.now, purge_after=tx.now + KEEP)
        )
    for row in ended:
        tx.tell(ENDED, (row.id, row.chat_address))
    return len(ids)


def end(tx: Tx, session_id: int) -> None:
    """End one session."""
    _end(tx, session.c.id == session_id)


def end_of_user(tx: Tx, user_id: int, *, but: int | None = None) -> int:
    """End a user's sessions, all or all but one; return how many."""
    where = [session.c.user_id == user_id]
    if but is not None:
        where.append(session.c.id != but)
    return _end(tx, *where)


def end_of_chat(tx: Tx, chat_address: str) -> None:
    """End every session that speaks as a web chat address, and the streams of a cookie without one."""
    _end(tx, session.c.chat_address == chat_address)
    tx.tell(ENDED, (NOBODY, chat_address))
