"""The catalogue of services, and which of them users have and authorised where."""

from typing import Any, Final

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import service, user, user_im, user_service, user_service_im
from awt.db.tx import Tx
from awt.model.status import ACTIVE, BASE, CONFIRMED, NEW

STAMP_SECONDS: Final = 86_400
"""How long a key of menus is kept: longer than any menu."""


@frozen(kw_only=True)
class Service:
    """A service of the catalogue. ``price`` in points, 0 is free; ``url`` None is built in."""

    id: int
    short_name: str
    title: str
    description: str
    price: int
    url: str | None
    enabled: bool


@frozen(kw_only=True)
class Remote:
    """How a service that is another program is called. ``secret`` is None until it is made."""

    url: str | None
    secret: str | None
    pseudonym_key: str | None


@frozen(kw_only=True)
class UserService:
    """A service that a user has or had."""

    service: Service
    status: str
    created_at: int


def _held(*, held: str, since: int, **values: Any) -> UserService:
    return UserService(service=Service(**values), status=held, created_at=since)


_COLUMNS = [service.c[name] for name in Service.__annotations__]
_BY_NAME = Prepared(select(*_COLUMNS).where(service.c.short_name == bindparam("n")), Service)
_ALL = Prepared(select(*_COLUMNS).where(service.c.enabled).order_by(service.c.id), Service)
_REMOTE = Prepared(
    select(*(service.c[name] for name in Remote.__annotations__)).where(
        service.c.id == bindparam("i")
    ),
    Remote,
)
_STATUS = Prepared(
    select(user_service.c.status).where(
        user_service.c.user_id == bindparam("u"), user_service.c.service_id == bindparam("s")
    )
)
_OF_USER = Prepared(
    select(*_COLUMNS, user_service.c.status.label("held"), user_service.c.created_at.label("since"))
    .join(user_service, user_service.c.service_id == service.c.id)
    .where(user_service.c.user_id == bindparam("u"))
    .order_by(service.c.id),
    _held,
)
_IM_STATE = Prepared(
    select(user_service_im.c.state).where(
        user_service_im.c.user_id == bindparam("u"),
        user_service_im.c.service_id == bindparam("s"),
        user_service_im.c.kind == bindparam("k"),
    )
)
_IM_STATES = Prepared(
    select(user_service_im.c.service_id, user_service_im.c.kind, user_service_im.c.state).where(
        user_service_im.c.user_id == bindparam("u")
    )
)
_CONTACTS = (
    select(user_service.c.user_id, user_im.c.address, user_service_im.c.state)
    .select_from(user_service)
    .join(user, user.c.id == user_service.c.user_id)
    .join(user_im, user_im.c.user_id == user_service.c.user_id)
    .join(
        user_service_im,
        (user_service_im.c.user_id == user_service.c.user_id)
        & (user_service_im.c.service_id == user_service.c.service_id)
        & (user_service_im.c.kind == user_im.c.kind),
    )
    .where(
        user_service.c.user_id > bindparam("after"),
        user_im.c.kind == bindparam("k"),
        user_im.c.state == CONFIRMED,
        user.c.status == ACTIVE,
        user_service.c.service_id == bindparam("s"),
        user_service.c.status.in_([NEW, ACTIVE]),
        user_service_im.c.state.in_([NEW, ACTIVE]),
    )
    .order_by(user_service.c.user_id)
    .limit(bindparam("n"))
    .prefix_with("STRAIGHT_JOIN", dialect="mysql")
    .with_hint(user_service, "FORCE INDEX (fk_user_service_service_id)", "mysql")
    .with_hint(user_im, "FORCE INDEX (uq_user_im_user_id_kind_address)", "mysql")
    .with_hint(user_service_im, "FORCE INDEX (PRIMARY)", "mysql")
)
"""From user to user of the service until there are enough: MariaDB may think of worse ways.

The first index is the one of the foreign key; behind the service it is in the order of the users."""


def by_name(tx: Tx, short_name: str) -> Service | None:
    """Return a service, enabled or not."""
    return _BY_NAME.first(tx, n=short_name)


def base(tx: Tx) -> Service:
    """Return the service that carries the account."""
    found = by_name(tx, BASE)
    assert found is not None, "the first migration makes it"
    return found


def catalogue(tx: Tx) -> list[Service]:
    """Return the services that can be had."""
    return _ALL.all(tx)


def every(tx: Tx) -> list[Service]:
    """Return all services, the disabled ones too."""
    rows = tx.conn.execute(select(*_COLUMNS).order_by(service.c.id))
    return [Service(**row._mapping) for row in rows]


def all_names(tx: Tx) -> list[str]:
    """Return the short names of all services, the disabled ones too."""
    return list(tx.conn.execute(select(service.c.short_name).order_by(service.c.id)).scalars())


def remote(tx: Tx, service_id: int) -> Remote:
    """Return how a service is called."""
    found = _REMOTE.first(tx, i=service_id)
    assert found is not None
    return found


def remote_names(tx: Tx) -> list[str]:
    """Return the short names of the services that are other programs, the disabled ones too."""
    query = select(service.c.short_name).where(service.c.url.is_not(None)).order_by(service.c.id)
    return list(tx.conn.execute(query).scalars())


def menu_key(tx: Tx, user_id: int) -> str:
    """Return the key under which a user's menu is cached; to be asked for before his rows are read.

    It changes with the menu and with the catalogue, after the change is committed: what somebody read
    before is kept under the old one, where nobody looks any more.
    """
    parts = (tx.cache.get(f"menu-of:{user_id}"), tx.cache.get("menu-catalogue"))
    return ":".join(("menu", str(user_id), *(part or "-" for part in parts)))


def _changed(tx: Tx, name: str) -> None:
    tx.after_commit(lambda: tx.cache.renew(name, seconds=STAMP_SECONDS))


def put(tx: Tx, short_name: str, /, **values: Any) -> None:
    """Make a service of the catalogue, or change it."""
    _changed(tx, "menu-catalogue")
    if not tx.conn.execute(
        update(service).where(service.c.short_name == short_name).values(values)
    ).rowcount:
        tx.conn.execute(insert(service).values(short_name=short_name, **values))


def status(tx: Tx, user_id: int, service_id: int) -> str | None:
    """Return the state of a service at a user, None when he never had it."""
    found: str | None = _STATUS.scalar(tx, u=user_id, s=service_id)
    return found


def of_user(tx: Tx, user_id: int) -> list[UserService]:
    """Return the services that a user has or had."""
    return _OF_USER.all(tx, u=user_id)


def set_status(tx: Tx, user_id: int, service_id: int, new: str) -> None:
    """Set the state of a service at a user."""
    _changed(tx, f"menu-of:{user_id}")
    row = (user_service.c.user_id == user_id, user_service.c.service_id == service_id)
    if not tx.conn.execute(update(user_service).where(*row).values(status=new)).rowcount:
        tx.conn.execute(
            insert(user_service).values(
                user_id=user_id, service_id=service_id, status=new, created_at=tx.now
            )
        )


def im_state(tx: Tx, user_id: int, service_id: int, kind: str) -> str | None:
    """Return how an IM of a user stands to an assistant, None when it was never asked."""
    found: str | None = _IM_STATE.scalar(tx, u=user_id, s=service_id, k=kind)
    return found


def set_im_state(tx: Tx, user_id: int, service_id: int, kind: str, state: str) -> None:
    """Set how an IM of a user stands to an assistant."""
    row = (
        user_service_im.c.user_id == user_id,
        user_service_im.c.service_id == service_id,
        user_service_im.c.kind == kind,
    )
    if not tx.conn.execute(update(user_service_im).where(*row).values(state=state)).rowcount:
        tx.conn.execute(
            insert(user_service_im).values(
                user_id=user_id, service_id=service_id, kind=kind, state=state
            )
        )


def forget_ims(
    tx: Tx, user_id: int, *, service_id: int | None = None, kind: str | None = None
) -> None:
    """Forget who authorised what: of a service that went, or of an IM that went."""
    where = [user_service_im.c.user_id == user_id]
    if service_id is not None:
        where.append(user_service_im.c.service_id == service_id)
    if kind is not None:
        where.append(user_service_im.c.kind == kind)
    tx.conn.execute(delete(user_service_im).where(*where))


def im_states(tx: Tx, user_id: int) -> dict[tuple[int, str], str]:
    """Return, by service id and kind of IM, how a user's IMs stand to the assistants."""
    rows = _IM_STATES.all(tx, u=user_id)
    return {(service_id, kind): state for service_id, kind, state in rows}


def contacts(
    tx: Tx, service_id: int, kind: str, *, after: int, limit: int
) -> list[tuple[int, str, bool]]:
    """Return whom an assistant writes to on an IM: user, address, and whether he authorised it.

    In the order of the users, those after the user ``after``, who have one address of a kind each.
    """
    rows = tx.conn.execute(_CONTACTS, {"s": service_id, "k": kind, "after": after, "n": limit})
    return [(user_id, address, state == ACTIVE) for user_id, address, state in rows]
