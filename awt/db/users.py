"""Accounts and their IM addresses."""

from typing import Any

from attrs import frozen
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from awt.db import memory
from awt.db.prepared import Prepared
from awt.db.schema import user, user_im
from awt.db.tx import Tx
from awt.model.status import ACTIVE, ASKED, CONFIRMED, NEW, REMOVED


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
    unused_after: int | None
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
_USERS = select(*_USER_COLUMNS)
_BY_ID = Prepared(_USERS.where(user.c.id == bindparam("i")), User)
_LOCKED = Prepared(_USERS.where(user.c.id == bindparam("i")).with_for_update(), User)
_BY_HASH = Prepared(_USERS.where(user.c.hash == bindparam("h")), User)
_BY_LOGIN = Prepared(_USERS.where(user.c.login == bindparam("l")), User)
_BY_EMAIL = Prepared(_USERS.where(user.c.email == bindparam("e")), User)
_CONFIRMED = Prepared(
    _USERS.join(user_im, user_im.c.user_id == user.c.id).where(
        user_im.c.confirmed_address == bindparam("a")
    ),
    User,
)
_WAITING = Prepared(
    _USERS.join(user_im, user_im.c.user_id == user.c.id)
    .where(
        user_im.c.kind == bindparam("k"),
        user_im.c.address == bindparam("a"),
        user_im.c.state == ASKED,
        user.c.status == NEW,
    )
    .order_by(user.c.id.desc()),
    User,
)
_IMS = Prepared(
    select(*_IM_COLUMNS).where(user_im.c.user_id == bindparam("u")).order_by(user_im.c.id), UserIm
)
_ACTIVE_NOW = Prepared(update(user_im).where(user_im.c.confirmed_address == bindparam("a")))


def by_id(tx: Tx, user_id: int) -> User | None:
    """Return an account."""
    return _BY_ID.first(tx, i=user_id)


def locked(tx: Tx, user_id: int) -> User | None:
    """Return an account and hold its row: whatever moves its points comes one after the other."""
    return _LOCKED.first(tx, i=user_id)


def by_hash(tx: Tx, public_id: str) -> User | None:
    """Return the account with a public id."""
    return _BY_HASH.first(tx, h=public_id)


def by_login(tx: Tx, login: str) -> User | None:
    """Return the account with a login name."""
    return _BY_LOGIN.first(tx, l=login)


def by_email(tx: Tx, email: str) -> User | None:
    """Return the account with a verified e-mail address."""
    return _BY_EMAIL.first(tx, e=email)


def by_address(tx: Tx, kind: str, address: str) -> User | None:
    """Return the account that an address is confirmed for."""
    return _CONFIRMED.first(tx, a=f"{kind}:{address}")


def waiting_for(tx: Tx, kind: str, address: str) -> list[User]:
    """Return the accounts, not activated yet, that were registered with an address; the newest first."""
    return _WAITING.all(tx, k=kind, a=address)


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


def admins(tx: Tx) -> list[User]:
    """Return the administrators whose accounts are active."""
    rows = tx.conn.execute(
        select(*_USER_COLUMNS).where(user.c.is_admin, user.c.status == ACTIVE).order_by(user.c.id)
    )
    return [User(**row._mapping) for row in rows]


def create(tx: Tx, /, **values: Any) -> User:
    """Make an account of columns of the table and return it."""
    given = {"time": tx.now, "created_at": tx.now, "hash": tx.chance.hex(), **values}
    result = tx.conn.execute(insert(user).values(_used(tx, given)))
    key = result.inserted_primary_key
    assert key is not None
    found = by_id(tx, key[0])
    assert found is not None
    return found


def change(tx: Tx, user_id: int, /, **values: Any) -> None:
    """Set columns of an account; a new ``time`` puts off the question whether it is used."""
    tx.conn.execute(update(user).where(user.c.id == user_id).values(_used(tx, values)))


def _used(tx: Tx, values: dict[str, Any]) -> dict[str, Any]:
    if "time" not in values:
        return values
    return {"unused_after": values["time"] + tx.settings.purge.warning, **values}


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
    return _IMS.all(tx, u=user_id)


def confirmed_ims(tx: Tx, user_id: int) -> list[UserIm]:
    """Return the confirmed IM addresses of an account, the oldest first."""
    return [im for im in ims(tx, user_id) if im.state == CONFIRMED]


def ask_im(tx: Tx, user_id: int, kind: str, address: str) -> None:
    """Note that an account was registered with an address; nothing is reserved by it."""
    tx.conn.execute(
        insert(user_im).values(user_id=user_id, kind=kind, address=address, state=ASKED)
    )


def confirm_im(tx: Tx, user_id: int, kind: str, address: str) -> bool:
    """Make an address, asked or new, a confirmed one of this account; False when another account has it.

    That it had an account stays known for ever; a chat of the site is nobody's for long.
    """
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
    if kind != "webchat":
        memory.note(tx, kind, address, had_account=True)
    return True


def remove_im(tx: Tx, user_id: int, kind: str, address: str) -> None:
    """Take an address from an account: it may become anybody's."""
    tx.conn.execute(
        update(user_im)
        .where(user_im.c.user_id == user_id, user_im.c.kind == kind, user_im.c.address == address)
        .values(state=REMOVED, confirmed_address=None)
    )


def ask_im_again(tx: Tx, user_id: int, kind: str, address: str) -> None:
    """Note that an account wants an address, which it may have wanted or had before."""
    row = (user_im.c.user_id == user_id, user_im.c.kind == kind, user_im.c.address == address)
    if not tx.conn.execute(update(user_im).where(*row).values(state=ASKED)).rowcount:
        ask_im(tx, user_id, kind, address)


def spoke(tx: Tx, kind: str, address: str) -> None:
    """Note that an address was active."""
    _ACTIVE_NOW.change(tx, a=f"{kind}:{address}", last_active=tx.now)


def is_active(found: User | None) -> bool:
    """Tell whether this is an account that may act."""
    return found is not None and found.status == ACTIVE
