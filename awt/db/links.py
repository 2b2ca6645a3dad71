"""One-time links. Tokens are stored hashed; a used or expired row stays for a day, to be truthful about."""

import hashlib

from attrs import frozen
from sqlalchemy import bindparam, func, insert, select, update

from awt.db.schema import chat_message, temporary_link
from awt.db.tx import Tx
from awt.model.times import DAY


@frozen(kw_only=True)
class Link:
    """A link. ``kind`` and ``address`` say where it went, None when to no chat."""

    id: int
    user_id: int
    purpose: str
    kind: str | None
    address: str | None
    created_at: int
    expires_at: int
    used_at: int | None


_COLUMNS = [temporary_link.c[name] for name in Link.__annotations__]
_BY_TOKEN = select(*_COLUMNS).where(temporary_link.c.token_hash == bindparam("h"))
_USE = (
    update(temporary_link)
    .where(
        temporary_link.c.id == bindparam("i"),
        temporary_link.c.used_at.is_(None),
        temporary_link.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"), purge_after=bindparam("p"))
)


def hash_token(token: str) -> str:
    """Return what is stored of a random token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def create(
    tx: Tx,
    *,
    user_id: int,
    purpose: str,
    kind: str | None,
    address: str | None,
    expires_at: int,
    token: str | None = None,
) -> tuple[int, str]:
    """Make a link; return its row's id and its token, which nothing else keeps.

    A token that is given has to be as hard to guess as its use asks for.
    """
    token = tx.chance.token() if token is None else token
    result = tx.conn.execute(
        insert(temporary_link).values(
            user_id=user_id,
            purpose=purpose,
            kind=kind,
            address=address,
            token_hash=hash_token(token),
            created_at=tx.now,
            expires_at=expires_at,
            purge_after=expires_at + DAY,
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    return key[0], token


def by_token(tx: Tx, token: str) -> Link | None:
    """Return the link of a token, active or not."""
    row = tx.conn.execute(_BY_TOKEN, {"h": hash_token(token)}).first()
    return None if row is None else Link(**row._mapping)


def by_id(tx: Tx, link_id: int) -> Link | None:
    """Return a link, active or not."""
    row = tx.conn.execute(select(*_COLUMNS).where(temporary_link.c.id == link_id)).first()
    return None if row is None else Link(**row._mapping)


def use(tx: Tx, link: Link) -> bool:
    """Use a link up, by compare-and-set; False when it is used or expired. Its text in chats is blanked."""
    if tx.conn.execute(_USE, {"i": link.id, "now": tx.now, "p": tx.now + DAY}).rowcount != 1:
        return False
    blank(tx, link.id)
    return True


def blank(tx: Tx, link_id: int) -> None:
    """Take a link out of the chat history."""
    tx.conn.execute(
        update(chat_message).where(chat_message.c.link_id == link_id).values(secret=None)
    )


def cancel(tx: Tx, user_id: int, purpose: str | None = None) -> None:
    """End a user's unused links, all or those of one purpose."""
    where = [temporary_link.c.user_id == user_id, temporary_link.c.used_at.is_(None)]
    if purpose is not None:
        where.append(temporary_link.c.purpose == purpose)
    ids = list(tx.conn.execute(select(temporary_link.c.id).where(*where)).scalars())
    if not ids:
        return
    tx.conn.execute(
        update(temporary_link)
        .where(temporary_link.c.id.in_(ids))
        .values(used_at=tx.now, purge_after=tx.now + DAY)
    )
    for link_id in ids:
        blank(tx, link_id)


def cancel_for_address(
    tx: Tx, purpose: str, kind: str, address: str, *, user_id: int | None = None
) -> None:
    """End the unused links of one purpose that went to an address, whoever's they are or one user's."""
    of_user = () if user_id is None else (temporary_link.c.user_id == user_id,)
    ids = list(
        tx.conn.execute(
            select(temporary_link.c.id).where(
                temporary_link.c.kind == kind,
                temporary_link.c.address == address,
                temporary_link.c.purpose == purpose,
                temporary_link.c.used_at.is_(None),
                *of_user,
            )
        ).scalars()
    )
    for link_id in ids:
        tx.conn.execute(
            update(temporary_link)
            .where(temporary_link.c.id == link_id)
            .values(used_at=tx.now, purge_after=tx.now + DAY)
        )
        blank(tx, link_id)


def made_since(tx: Tx, purpose: str, user_id: int, since: int) -> tuple[int, int | None]:
    """Return how many links of a purpose an account has made since a time, and when the first of them."""
    count, first = tx.conn.execute(
        select(func.count(), func.min(temporary_link.c.created_at)).where(
            temporary_link.c.user_id == user_id,
            temporary_link.c.purpose == purpose,
            temporary_link.c.created_at > since,
        )
    ).one()
    return count, first


def sent_since(tx: Tx, purpose: str, kind: str, address: str, since: int) -> tuple[int, int | None]:
    """Return how many links of a purpose went to an address since a time, and when the first of them."""
    count, first = tx.conn.execute(
        select(func.count(), func.min(temporary_link.c.created_at)).where(
            temporary_link.c.kind == kind,
            temporary_link.c.address == address,
            temporary_link.c.purpose == purpose,
            temporary_link.c.created_at > since,
        )
    ).one()
    return count, first
