"""What an account looks like to its owner."""

import msgspec

from awt.db import services, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.status import REMOVED
from awt.model.times import iso, iso_or_none


class ImView(msgspec.Struct, frozen=True):
    """An IM address of an account."""

    kind: str
    address: str
    state: str
    last_active: str | None


class ServiceView(msgspec.Struct, frozen=True):
    """A service of the catalogue. ``status`` is the user's: null, NW, AC, RJ or DL; ``ims`` by kind."""

    short_name: str
    title: str
    description: str
    price: int
    status: str | None
    ims: dict[str, str]


class Account(msgspec.Struct, frozen=True):
    """An account, as its owner sees it. Times in ISO 8601, UTC."""

    hash: str
    login: str | None
    has_password: bool
    status: str
    points: int
    lang: str
    timezone: str
    is_admin: bool
    created_at: str
    ims: list[ImView]
    services: list[ServiceView]


def view(tx: Tx, user: User) -> Account:
    """Return what an account looks like to its owner."""
    return Account(
        hash=user.hash,
        login=user.login,
        has_password=user.password is not None,
        status=user.status,
        points=user.points,
        lang=user.lang,
        timezone=user.timezone,
        is_admin=user.is_admin,
        created_at=iso(user.created_at),
        ims=[
            ImView(im.kind, im.address, im.state, iso_or_none(im.last_active))
            for im in users.ims(tx, user.id)
            if im.state != REMOVED
        ],
        services=[s for s in catalogue(tx, user, user.lang) if s.status is not None],
    )


def catalogue(tx: Tx, user: User | None, lang: str) -> list[ServiceView]:
    """Return the services that can be had, with what a user has of them."""
    held = {s.service.id: s.status for s in services.of_user(tx, user.id)} if user else {}
    ims = services.im_states(tx, user.id) if user else {}
    return [
        ServiceView(
            short_name=service.short_name,
            title=_said(tx, lang, f"service-{service.short_name}-title", service.title),
            description=_said(
                tx, lang, f"service-{service.short_name}-description", service.description
            ),
            price=service.price,
            status=held.get(service.id),
            ims={kind: state for (id_, kind), state in ims.items() if id_ == service.id},
        )
        for service in services.catalogue(tx)
    ]


def _said(tx: Tx, lang: str, key: str, otherwise: str) -> str:
    """Return what the catalogue has for a built-in service, else what the operator wrote."""
    return tx.texts(lang, key) if tx.texts.has(lang, key) else otherwise
