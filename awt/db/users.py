"""Accounts and their IM addresses."""

from typing import Any

from attrs import frozen
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from awt.db.schema import user, user_im
from awt.db.tx import Tx
from awt.model.status import ACTIVE, ASKED, CONFIRMED, NEW


@frozen(kw_only=True)
class User:
    """An account."""

    id: int
    hash: str
    login: str | None
    password: str | None
    status: str
    points: int
    email: str | None
    lang: str
    timezone: str
    invited_by: int | None
    time: int
    is_admin: bool
    undeletable: bool
    created_at: int
    registered_in: str | None
    login_failures: int
    purge_after: int | None

    @property
    def name(self) -> str:
        """How the account is named to its owner."""
        return self.login or f"#{self.hash[:8]}"


@frozen(kw_only=True)
class UserIm:
    """An IM address of an account."""

    id: int
    user_id: int
    kind: str
    address: str
    state: str
    last_active: int | None
    confirmed_at: int | None


_USER_COLUMNS = [user.c[name] for name in User.__annotations__]
_IM_COLUMNS = [user_im.c[name] for name in UserIm.__annotations__]
_BY_ID = select(*_USER_COLUMNS).where(user.c.id == bindparam("id"))
_LOCKED = _BY_ID.with_for_update()
_BY_HASH = select(*_USER_COLUMNS).where(user.c.hash == bindparam("hash"))
_BY_LOGIN = select(*_USER_COLUMNS).where(user.c.login == bindparam("login"))
_CONFIRMED = (
    select(*_USER_COLUMNS)
    .join(user_im, user_im.c.user_id == user.c.id)
    .where(user_im.c.confirmed_address == bindparam("a"))
)
_WAITING = (
    select(*_USER_COLUMNS)
    .join(user_im, user_im.c.user_id == user.c.id)
    .where(
        user_im.c.kind == bindparam("k"),
        user_im.c.address == bindparam("a"),
        user_im.c.state == ASKED,
        user.c.status == NEW,
    )
    .order_by(user.c.id.desc())
)
_IMS = select(*_IM_COLUMNS).where(user_im.c.user_id == bindparam("u")).order_by(user_im.c.id)
_ACTIVE_NOW = update(user_im).where(
    user_im.c.confirmed_address == bindparam("a"),
    (user_im.c.last_active.is_(None)) | (user_im.c.last_active < bindparam("before")),
)


def _user(row: Row[Any] | None) -> User | None:
    return None if row is None else User(**row._mapping)


def by_id(tx: Tx, user_id: int) -> User | None:
    """Return an account."""
    return _user(tx.conn.execute(_BY_ID, {"id": user_id}).first())


def locked(tx: Tx, user_id: int) -> User | None:
    """Return an account and hold its row: whatever moves its points comes one after the other."""
    return _user(tx.conn.execute(_LOCKED, {"id": user_id}).first())


def by_hash(tx: Tx, public_id: str) -> User | None:
    """Return the account with a public id."""
    return _user(tx.conn.execute(_BY_HASH, {"hash": public_id}).first())


def by_login(tx: Tx, login: str) -> User | None:
    """Return the account with a login name."""
    return _user(tx.conn.execute(_BY_LOGIN, {"login": login}).first())


def by_email(tx: Tx, email: str) -> User | None:
    """Return the account with a verified e-mail address."""
    return _user(tx.conn.execute(select(*_USER_COLUMNS).where(user.c.email == email)).first())


def by_address(tx: Tx, kind: str, address: str) -> User | None:
    """Return the account that an address is confirmed for."""
    return _user(tx.conn.execute(_CONFIRMED, {"a": f"{kind}:{address}"}).first())


def waiting_for(tx: Tx, kind: str, address: str) -> list[User]:
    """Return the accounts, not activated yet, that were registered with an address; the newest first."""
    rows = tx.conn.execute(_WAITING, {"k": kind, "a": address})
    return [User(**row._mapping) for row in rows]


def waiting_in(tx: Tx, browser: str) -> list[User]:
    """Return the accounts, not activated yet, that a browser registered; the newest first."""
    rows = tx.conn.execute(
        select(*_USER_COLUMNS)
        .where(user.c.registered_in == browser, user.c.status == NEW)
        .order_by(user.c.id.desc())
    )
    return [User(**row._mapping) for row in rows]


def any_admin(tx: Tx) -> bool:
    """Tell whether there is an administrator."""
    return tx.conn.execute(select(user.c.id).where(user.c.is_admin).limit(1)).first() is not None


def create(tx: Tx, /, **values: Any) -> User:
    """Make an account of columns of the table and return it."""
    result = tx.conn.execute(
        insert(user).values(
            {"time": tx.now, "created_at": tx.now, "hash": tx.chance.hex(), **values}
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    found = by_id(tx, key[0])
    assert found is not None
    return found


def change(tx: Tx, user_id: int, /, **values: Any) -> None:
    """Set columns of an account."""
    tx.conn.execute(update(user).where(user.c.id == user_id).values(values))


def set_login(tx: Tx, user_id: int, login: str) -> bool:
    """Give an account a login name; False when somebody has it."""
    try:
        with tx.savepoint():
            change(tx, user_id, login=login)
    except IntegrityError:
        return False
    return True


def ims(tx: Tx, user_id: int) -> list[UserIm]:
    """Return the IM addresses of an account, the oldest first."""
    return [UserIm(**row._mapping) for row in tx.conn.execute(_IMS, {"u": user_id})]


def confirmed_ims(tx: Tx, user_id: int) -> list[UserIm]:
    """Return the confirmed IM addresses of an account, the oldest first."""
    return [im for im in ims(tx, user_id) if im.state == CONFIRMED]


def ask_im(tx: Tx, user_id: int, kind: str, address: str) -> None:
    """Note that an account was registered with an address; nothing is reserved by it."""
    tx.conn.execute(
        insert(user_im).values(user_id=user_id, kind=kind, address=address, state=ASKED)
    )


def confirm_im(tx: Tx, user_id: int, kind: str, address: str) -> bool:
    """Make an address, asked or new, a confirmed one of this account; False when another account has it."""
    values = {
        "state": CONFIRMED,
        "confirmed_at": tx.now,
        "last_active": tx.now,
        "confirmed_address": f"{kind}:{address}",
    }
    row = (user_im.c.user_id == user_id, user_im.c.kind == kind, user_im.c.address == address)
    try:
        with tx.savepoint():
            if not tx.conn.execute(update(user_im).where(*row).values(values)).rowcount:
                tx.conn.execute(
                    insert(user_im).values(user_id=user_id, kind=kind, address=address, **values)
                )
    except IntegrityError:
        return False
    return True


def spoke(tx: Tx, kind: str, address: str, *, at_most_every: int) -> None:
    """Note that an address was active, at most once in ``at_most_every`` milliseconds."""
    tx.conn.execute(
        _ACTIVE_NOW,
        {"a": f"{kind}:{address}", "before": tx.now - at_most_every, "last_active": tx.now},
    )


def is_active(found: User | None) -> bool:
    """Tell whether this is an account that may act."""
    return found is not None and found.status == ACTIVE
