"""What an address is to an assistant, in one query: every message that somebody writes asks for it."""

from typing import Any

from attrs import frozen
from sqlalchemy import bindparam, select

from awt.db.prepared import Prepared
from awt.db.schema import service, user, user_im, user_service, user_service_im
from awt.db.services import Service
from awt.db.tx import Tx
from awt.db.users import User


@frozen(kw_only=True)
class Standing:
    """A service, and what the account that an address is confirmed for has of it."""

    service: Service
    user: User | None
    status: str | None
    """Of the service at the user, None when he never had it."""
    im_state: str | None
    """How that IM of the user stands to the assistant, None when it was never asked."""
    last_active: int | None
    """When something was noted to have come from the address."""


_OF_SERVICE, _OF_USER = "service_", "user_"


def _standing(
    *, status: str | None, im_state: str | None, last_active: int | None, **values: Any
) -> Standing:
    return Standing(
        service=Service(**_part(values, _OF_SERVICE)),
        user=None if values["user_id"] is None else User(**_part(values, _OF_USER)),
        status=status,
        im_state=im_state,
        last_active=last_active,
    )


def _part(values: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }


_STANDING = Prepared(
    select(
        *(service.c[name].label(_OF_SERVICE + name) for name in Service.__annotations__),
        *(user.c[name].label(_OF_USER + name) for name in User.__annotations__),
        user_service.c.status.label("status"),
        user_service_im.c.state.label("im_state"),
        user_im.c.last_active.label("last_active"),
    )
    .select_from(
        service.outerjoin(user_im, user_im.c.confirmed_address == bindparam("a"))
        .outerjoin(user, user.c.id == user_im.c.user_id)
        .outerjoin(
            user_service,
            (user_service.c.user_id == user.c.id) & (user_service.c.service_id == service.c.id),
        )
        .outerjoin(
            user_service_im,
            (user_service_im.c.user_id == user.c.id)
            & (user_service_im.c.service_id == service.c.id)
            & (user_service_im.c.kind == bindparam("k")),
        )
    )
    .where(service.c.short_name == bindparam("n")),
    _standing,
)


def standing(tx: Tx, short_name: str, kind: str, address: str) -> Standing | None:
    """Return what an address is to the assistant of a service; None without such a service."""
    return _STANDING.first(tx, n=short_name, k=kind, a=f"{kind}:{address}")
