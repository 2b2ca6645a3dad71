"""What operators do: block accounts, move points, price services, appoint administrators."""

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

from awt.api import closing
from awt.api.caller import OPERATORS, Caller, Who
from awt.api.outgoing import Chat, Issued, issue_link, say, span
from awt.api.registry import Methods, Nothing, Params
from awt.api.signing import find_by_name
from awt.db import ledger, links, services, users
from awt.db.services import Service
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused, bad_field
from awt.model.address import BadAddress, normalise
from awt.model.messages import LINK, Add
from awt.model.names import has_controls, login_problem
from awt.model.remote import is_listed
from awt.model.status import ACTIVE, BASE, BLOCKED, KINDS, NEW
from awt.model.times import DAY, SECOND

methods = Methods()

MOST_POINTS: Final = 10**9
"""Most points that one adjustment moves."""
MOST_PRICE: Final = 10**6
"""Highest price of a service, in points."""
TITLE: Final = 80
"""Longest title of a service, in characters."""
TEXT: Final = 400
"""Longest description of a service or reason of an adjustment, in characters."""
_SHORT_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")


class UserName(Params, frozen=True):
    """An account, by its login name, its public id (``hash``) or a confirmed address."""

    user: str


class AccountLine(msgspec.Struct, frozen=True):
    """An account in one line. ``status`` is NW, AC, BL (blocked) or DL (deleted by its owner)."""

    hash: str
    login: str | None
    status: str
    points: int
    is_admin: bool


class Unblocked(msgspec.Struct, frozen=True):
    """An account that is back. ``link`` sets a new password; null where it went to ``sent_to`` only."""

    account: AccountLine
    sent_to: str | None
    link: str | None


class Adjust(Params, frozen=True):
    """Points to give, or to take where ``amount`` is below zero; ``reason`` is kept in the ledger."""

    user: str
    amount: int
    reason: str = ""


class Adjusted(msgspec.Struct, frozen=True):
    """The account after its adjustment."""

    account: AccountLine


class PutService(Params, frozen=True):
    """A service: what is left out stays; one that is not there yet needs a title.

    ``url`` is that of a service which is another program; empty makes it built in again.
    """

    short_name: str
    title: str | None = None
    description: str | None = None
    price: int | None = None
    enabled: bool | None = None
    url: str | None = None


class ServiceLine(msgspec.Struct, frozen=True):
    """A service of the catalogue, as its operator sees it; ``price`` in points."""

    short_name: str
    title: str
    description: str
    price: int
    enabled: bool
    url: str | None


class Catalogue(msgspec.Struct, frozen=True):
    """All services, the disabled ones too."""

    services: list[ServiceLine]


class MakeAdmin(Params, frozen=True):
    """A login name: 3 to 32 of a-z, 0-9, dot, dash, underscore."""

    login: str


class Appointed(msgspec.Struct, frozen=True):
    """An administrator. ``link`` signs him in, once; null where the caller may not have it."""

    account: AccountLine
    created: bool
    link: str | None


@methods.method(callers=OPERATORS, params=UserName, result=AccountLine)
def block_user(tx: Tx, caller: Caller, params: UserName) -> AccountLine:
    """Close an account by the operator's decision; one that is closed already stays as it is.

    An administrator who is blocked is none any more. Errors: ``unknown_user``, ``ambiguous_user``,
    ``own_account``.
    """
    user = known_user(tx, params.user)
    if user.id == caller.user_id:
        raise Refused("own_account")
    closing.close(tx, user, reason="operator")
    users.change(tx, user.id, is_admin=False)
    return account_line(tx, user.id)


@methods.method(callers=OPERATORS, params=UserName, result=Unblocked)
def unblock_user(tx: Tx, caller: Caller, params: UserName) -> Unblocked:
    """Open a blocked account again, until it is purged; login name and points stay lost.

    A link that sets a new password goes to the address that was active last. The operator gets it as
    well, an administrator only where there is no such address. Errors: ``unknown_user``,
    ``ambiguous_user``, ``not_blocked``.
    """
    user = users.locked(tx, known_user(tx, params.user).id)
    if user is None or user.status != BLOCKED:
        raise Refused("not_blocked", user=params.user[:80])
    users.change(
        tx,
        user.id,
        status=ACTIVE,
        login=None,
        close_reason=None,
        closed_at=None,
        purge_after=None,
        time=tx.now,
    )
    services.set_status(tx, user.id, services.base(tx).id, ACTIVE)
    sent_to, link = _send_password_link(tx, user)
    shown = link.url if caller.who is Who.OPERATOR or sent_to is None else None
    return Unblocked(account=account_line(tx, user.id), sent_to=sent_to, link=shown)


def _send_password_link(tx: Tx, user: User) -> tuple[str | None, Issued]:
    """Make a password link; send it where the user wrote last, but not into a chat of the site.

    That one is read in a session, and a blocked account has none.
    """
    seconds = tx.settings.limits.password_link_seconds
    carried = [
        im
        for im in users.confirmed_ims(tx, user.id)
        if im.kind in tx.settings.ims and im.kind != "webchat"
    ]
    im = max(carried, key=lambda im: im.last_active or 0, default=None)
    link = issue_link(
        tx,
        user,
        "password",
        kind=im.kind if im else None,
        address=im.address if im else None,
        expires_at=tx.now + seconds * SECOND,
    )
    if im is None:
        return None, link
    left = span(tx, user.lang, seconds * SECOND)
    text = tx.texts(user.lang, "chat-link-password", link=LINK, left=left)
    say(tx, Chat(service=BASE, im=im.kind, address=im.address), text, link=link, kind=Add)
    return im.address, link


@methods.method(callers=OPERATORS, params=Adjust, result=Adjusted, repeatable=True)
def adjust(tx: Tx, caller: Caller, params: Adjust) -> Adjusted:
    """Give points to an account or take them; the balance does not fall below zero by it.

    Errors: ``bad_request`` (``amount``, ``reason``), ``unknown_user``, ``ambiguous_user``,
    ``user_not_active``, ``below_zero``.
    """
    amount = params.amount
    if not -MOST_POINTS <= amount <= MOST_POINTS:
        raise bad_field("amount", "range", least=-MOST_POINTS, most=MOST_POINTS)
    if amount == 0:
        raise bad_field("amount", "value")
    reason = _text("reason", params.reason, TEXT)
    user = users.locked(tx, known_user(tx, params.user).id)
    if user is None or user.status not in {ACTIVE, NEW}:
        raise Refused("user_not_active", user=params.user[:80])
    if amount < 0 and user.points + amount < 0:
        raise Refused("below_zero", balance=user.points)
    by = caller.user_id or Who.OPERATOR.value
    ledger.move(tx, user.id, amount, "ADJUSTMENT", reason=reason, by=by)
    return Adjusted(account=account_line(tx, user.id))


@methods.method(callers=OPERATORS, params=PutService, result=ServiceLine)
def put_service(tx: Tx, _caller: Caller, params: PutService) -> ServiceLine:
    """Add a service to the catalogue, or change one.

    Errors: ``bad_request`` (``short_name``, ``title``, ``description``, ``price``, ``url``),
    ``unknown_service`` for one that is not there and gets no title, ``base_fixed``, ``host_not_listed``.
    """
    values = _service_values(params)
    known = services.by_name(tx, params.short_name)
    if known is None and "title" not in values:
        raise Refused("unknown_service", service=params.short_name)
    if params.short_name == BASE and (params.price or params.url or params.enabled is False):
        raise Refused("base_fixed")
    if "url" in values:
        values |= _place(tx, known, str(values["url"] or ""))
    if values:
        services.put(tx, params.short_name, **values)
    found = services.by_name(tx, params.short_name)
    assert found is not None
    return _service_line(found)


def _place(tx: Tx, known: Service | None, url: str) -> dict[str, str | None]:
    """Return what is to be set of a service that is another program, or is none any more."""
    if not url:
        return {"url": None}
    if not is_listed(url, tx.settings.remote_hosts):
        raise Refused("host_not_listed", url=url[:200])
    if known is not None and services.remote(tx, known.id).pseudonym_key is not None:
        return {"url": url}
    return {"url": url, "pseudonym_key": tx.chance.token()}


@methods.method(callers=OPERATORS, result=Catalogue, read_only=True)
def list_catalogue(tx: Tx, _caller: Caller, _params: Nothing) -> Catalogue:
    """List all services, the disabled ones too, with the address of those that are other programs."""
    return Catalogue([_service_line(service) for service in services.every(tx)])


def _service_values(params: PutService) -> dict[str, str | int | bool | None]:
    """Return what is to be set, checked."""
    if not _SHORT_NAME.fullmatch(params.short_name):
        raise bad_field("short_name", "short_name")
    values: dict[str, str | int | bool | None] = {}
    if params.title is not None:
        values["title"] = _text("title", params.title, TITLE)
        if not values["title"]:
            raise bad_field("title", "empty")
    if params.description is not None:
        values["description"] = _text("description", params.description, TEXT)
    if params.price is not None:
        if not 0 <= params.price <= MOST_PRICE:
            raise bad_field("price", "range", least=0, most=MOST_PRICE)
        values["price"] = params.price
    if params.enabled is not None:
        values["enabled"] = params.enabled
    if params.url is not None:
        values["url"] = _url(params.url)
    return values


def _url(text: str) -> str | None:
    """Return the address of a program, None for an empty one."""
    url = _text("url", text, TEXT)
    if url and not _is_address(url):
        raise bad_field("url", "url")
    return url or None


def _is_address(url: str) -> bool:
    try:
        parsed = urlsplit(url)
        host, port = parsed.hostname, parsed.port
    except ValueError:
        return False
    plain = url.isascii() and not parsed.username and not parsed.fragment
    return plain and parsed.scheme in {"http", "https"} and bool(host) and port != 0


@methods.method(callers=OPERATORS, params=MakeAdmin, result=Appointed)
def make_admin(tx: Tx, caller: Caller, params: MakeAdmin) -> Appointed:
    """Make an administrator, of the account with a login name or of a new one.

    The operator gets a link that signs in as him, an administrator only that of a new account: nobody
    becomes somebody else by it. A key may not appoint anybody. Errors: ``bad_request`` (``login``),
    ``forbidden``, ``user_not_active``.
    """
    if caller.who is Who.ADMIN and caller.session_id is None:
        raise Refused("forbidden")
    if login_problem(params.login):
        raise bad_field("login", "login")
    known = users.by_login(tx, params.login)
    if known is not None and known.status != ACTIVE:
        raise Refused("user_not_active", user=params.login)
    user = known or _new_account(tx, params.login)
    users.change(tx, user.id, is_admin=True, undeletable=True)
    link = None
    if caller.who is Who.OPERATOR or known is None:
        links.cancel(tx, user.id, "login")
        issued = issue_link(tx, user, "login", kind=None, address=None, expires_at=tx.now + DAY)
        link = issued.url
    return Appointed(account=account_line(tx, user.id), created=known is None, link=link)


def _new_account(tx: Tx, login: str) -> User:
    user = users.create(tx, login=login, status=ACTIVE)
    services.set_status(tx, user.id, services.base(tx).id, ACTIVE)
    bonus = tx.settings.money.sign_up_bonus
    if bonus:
        ledger.move(tx, user.id, bonus, "SIGN_UP_BONUS", once_key=f"sign-up:{user.id}")
    return user


def known_user(tx: Tx, name: str) -> User:
    """Return the one account that a name stands for.

    A login name may look like the public id of somebody else: then neither is meant.
    """
    name = name.strip()
    found = [users.by_hash(tx, name.lower()), find_by_name(tx, name)]
    for kind in KINDS:
        try:
            found.append(users.by_address(tx, kind, normalise(kind, name)))
        except BadAddress:
            continue
    by_id = {user.id: user for user in found if user is not None}
    if not by_id:
        raise Refused("unknown_user", user=name[:80])
    if len(by_id) > 1:
        raise Refused("ambiguous_user", user=name[:80])
    [user] = by_id.values()
    return user


def _text(name: str, text: str, most: int) -> str:
    text = text.strip()
    if len(text) > most:
        raise bad_field(name, "long", most=most)
    if has_controls(text):
        raise bad_field(name, "characters")
    return text


def account_line(tx: Tx, user_id: int) -> AccountLine:
    """Return an account in one line."""
    user = users.by_id(tx, user_id)
    assert user is not None
    return AccountLine(
        hash=user.hash,
        login=user.login,
        status=user.status,
        points=user.points,
        is_admin=user.is_admin,
    )


def _service_line(service: Service) -> ServiceLine:
    return ServiceLine(
        short_name=service.short_name,
        title=service.title,
        description=service.description,
        price=service.price,
        enabled=service.enabled,
        url=service.url,
    )
