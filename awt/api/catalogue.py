"""Services: the catalogue, what a user has, adding and removing."""

import msgspec

from awt.api.account_view import ServiceView, catalogue
from awt.api.caller import ANYONE, USERS, Caller, Who
from awt.api.history import note
from awt.api.outgoing import Chat, remove, say
from awt.api.owner import active_owner
from awt.api.registry import Done, Methods, Nothing, Params
from awt.db import ledger, services, users
from awt.db.services import Service
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.messages import Add, Reauth
from awt.model.status import ACTIVE, BASE, DELETED, NEW

methods = Methods()

MENU_SECONDS = 60
"""How long a menu is cached: also how old one may be after a change made where the cache is another."""


class ServiceName(Params, frozen=True):
    """A service, by the short name of the catalogue."""

    short_name: str


class Services(msgspec.Struct, frozen=True):
    """The catalogue."""

    services: list[ServiceView]


class MenuLine(msgspec.Struct, frozen=True):
    """A service of the menu: what it is called, and the address of its assistant on each IM."""

    short_name: str
    title: str
    status: str


class MenuView(msgspec.Struct, frozen=True):
    """What a user has."""

    services: list[MenuLine]


class Added(msgspec.Struct, frozen=True):
    """What it cost, and what is left."""

    price: int
    balance: int


def known(tx: Tx, short_name: str) -> Service:
    """Return an enabled service; raise `Refused` (``unknown_service``) where there is none."""
    found = services.by_name(tx, short_name)
    if found is None or not found.enabled:
        raise Refused("unknown_service", service=short_name[:32])
    return found


@methods.method(callers=ANYONE, result=Services, read_only=True)
def list_services(tx: Tx, caller: Caller, _params: Nothing) -> Services:
    """List the services that can be had, with what the caller has of them."""
    user = users.by_id(tx, caller.user_id) if caller.user_id is not None else None
    return Services(catalogue(tx, user, user.lang if user else caller.lang))


@methods.method(callers=USERS, result=MenuView, read_only=True)
def menu(tx: Tx, caller: Caller, _params: Nothing) -> MenuView:
    """Show the services that the user has."""
    key = services.menu_key(tx, caller.user)
    user = users.by_id(tx, caller.user)
    assert user is not None
    key = f"{key}:{user.lang}"
    own = bool(tx.after)  # what this transaction changed is nobody else's yet
    cached = None if own else tx.cache.get(key)
    if cached is not None:
        return msgspec.json.decode(cached, type=MenuView)
    made = MenuView(
        [
            MenuLine(s.short_name, s.title, s.status)
            for s in catalogue(tx, user, user.lang)
            if s.status in {NEW, ACTIVE}
        ]
    )
    if not own:
        tx.cache.set(key, msgspec.json.encode(made).decode(), seconds=MENU_SECONDS)
    return made


@methods.method(callers=USERS, params=ServiceName, result=Added, repeatable=True)
def add_service(tx: Tx, caller: Caller, params: ServiceName) -> Added:
    """Add a service. A paid one takes its price at once, and only from the site.

    Errors: ``unknown_service``, ``service_added``, ``paid_on_site``, ``not_enough_points``.
    """
    service = known(tx, params.short_name)
    user = active_owner(tx, caller)
    status = services.status(tx, user.id, service.id)
    if status in {NEW, ACTIVE}:
        raise Refused("service_added", service=service.short_name)
    if service.price and caller.who is Who.CHAT:
        raise Refused(
            "paid_on_site", service=service.short_name, price=service.price, balance=user.points
        )
    if service.price > user.points:
        raise Refused("not_enough_points", price=service.price, balance=user.points)
    balance = user.points
    if service.price:
        balance = ledger.move(
            tx, user.id, -service.price, "SERVICE_PRICE", service=service.short_name
        )
    services.set_status(tx, user.id, service.id, ACTIVE)
    note(tx, caller, "service", new=service.short_name)
    authorise(tx, caller, user, service, Add)
    return Added(price=service.price, balance=balance)


def authorise(
    tx: Tx,
    caller: Caller,
    user: User,
    service: Service,
    kind: type[Add] | type[Reauth],
    *,
    only: str | None = None,
) -> None:
    """Let the assistant of a service write to each confirmed IM of a user, and ask for authorisation.

    The chat that asks is authorised by that; it gets its answer from whoever answers it. ``only``
    names one kind of IM.
    """
    for im in users.confirmed_ims(tx, user.id):
        if only not in {None, im.kind}:
            continue
        here = (caller.im, caller.address, caller.service) == (
            im.kind,
            im.address,
            service.short_name,
        )
        # Web chat has no authorisation to ask for: nobody but the account itself reads it.
        known = services.im_state(tx, user.id, service.id, im.kind)
        state = ACTIVE if here or im.kind == "webchat" or known == ACTIVE else NEW
        services.set_im_state(tx, user.id, service.id, im.kind, state)
        if here:
            continue
        title = _title(tx, user, service)
        text = tx.texts(user.lang, "chat-service-hello", title=title, name=service.short_name)
        say(tx, Chat(service=service.short_name, im=im.kind, address=im.address), text, kind=kind)


def _title(tx: Tx, user: User, service: Service) -> str:
    key = f"service-{service.short_name}-title"
    return tx.texts(user.lang, key) if tx.texts.has(user.lang, key) else service.title


@methods.method(callers=USERS, params=ServiceName)
def resend_service(tx: Tx, caller: Caller, params: ServiceName) -> Done:
    """Ask the user's IMs for authorisation again; costs nothing.

    Errors: ``unknown_service``, ``no_service``, ``too_many``.
    """
    service = known(tx, params.short_name)
    user = active_owner(tx, caller)
    if services.status(tx, user.id, service.id) not in {NEW, ACTIVE}:
        raise Refused("no_service", service=service.short_name)
    count = tx.cache.increment(f"resend:{user.id}:{service.id}", seconds=60)
    if count > tx.settings.limits.resend_per_minute:
        raise Refused("too_many", retry_after=60)
    authorise(tx, caller, user, service, Reauth)
    return Done()


@methods.method(callers=USERS, params=ServiceName)
def delete_service(tx: Tx, caller: Caller, params: ServiceName) -> Done:
    """Remove a service; its assistant writes no more.

    Errors: ``unknown_service``, ``no_service``, ``base_service``.
    """
    service = known(tx, params.short_name)
    if service.short_name == BASE:
        raise Refused("base_service")
    user = active_owner(tx, caller)
    if services.status(tx, user.id, service.id) not in {NEW, ACTIVE}:
        raise Refused("no_service", service=service.short_name)
    services.set_status(tx, user.id, service.id, DELETED)
    note(tx, caller, "service", old=service.short_name)
    services.forget_ims(tx, user.id, service_id=service.id)
    for im in users.confirmed_ims(tx, user.id):
        remove(tx, Chat(service=service.short_name, im=im.kind, address=im.address))
    return Done()
