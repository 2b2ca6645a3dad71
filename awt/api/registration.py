"""Registration: an account is made, links go out, and one of them brings it to life."""

from typing import Any

import msgspec
from attrs import frozen

from awt.api import invites, signing
from awt.api.activation import activation_ends, send_activation
from awt.api.caller import ANYONE, WEB, Caller
from awt.api.outgoing import Chat, say
from awt.api.registry import Methods, Params, Toolbox
from awt.db import dialogues, ledger, links, memory, services, sessions, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused, bad_field
from awt.model.address import BadAddress, network_factor, normalise
from awt.model.names import login_problem, password_problem
from awt.model.status import ACTIVE, ASKED, BASE, CONFIRMED, LANGS, NEW
from awt.model.times import SECOND, iso

methods = Methods()


class ImAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address on an IM: ``kind`` is jabber, skype, webchat, telegram or matrix."""

    kind: str
    address: str


class CreateAccount(Params, frozen=True):
    """``jabber`` and ``skype`` are short forms of an entry of ``addresses``."""

    addresses: list[ImAddress] = []  # noqa: RUF012 - msgspec copies an empty default
    jabber: str | None = None
    skype: str | None = None
    login: str | None = None
    password: str | None = None
    lang: str | None = None
    invited_by: str | None = None


class AskedAddress(msgspec.Struct, frozen=True):
    """An address that a link went to; ``reachable`` says whether this installation carries that IM."""

    kind: str
    address: str
    state: str
    reachable: bool


class Registered(msgspec.Struct, frozen=True):
    """An account that waits for its activation, and until when."""

    status: str
    expires_at: str
    addresses: list[AskedAddress]


@frozen(kw_only=True)
class _Wish:
    """What a registration asks for, checked."""

    addresses: tuple[tuple[str, str], ...]
    login: str | None
    password: str | None
    lang: str | None
    invited_by: str | None


async def _prepare(toolbox: Toolbox, caller: Caller, params: CreateAccount) -> str | None:
    """Check and hash the password."""
    if params.password is None:
        return None
    problem = password_problem(params.password)
    if problem:
        raise bad_field("password", problem)
    hashed: str = await toolbox.passwords.hash(params.password, network=caller.network)
    return hashed


@methods.method(callers=ANYONE, params=CreateAccount, result=Registered, prepare=_prepare)
def create_account(
    tx: Tx, caller: Caller, params: CreateAccount, password: str | None = None
) -> Registered:
    """Register: make an account and send each of its addresses an activation link.

    Errors: ``bad_request`` (fields), ``address_taken``, ``login_taken``, ``too_many``.
    """
    wish = _checked(caller, params, password)
    for kind, address in sorted(wish.addresses):
        dialogues.lock(tx, kind, address)  # one registration of an address after the other
        if users.by_address(tx, kind, address):
            raise Refused("address_taken", im=kind, address=address)
    user = _same_newcomer(tx, caller, wish)
    added = user is not None and _complete(tx, user, wish)
    if user is None:
        user = _new_user(tx, caller, wish)
    _invited(tx, caller, user, wish)
    known = {(im.kind, im.address) for im in users.ims(tx, user.id)}
    for kind, address in wish.addresses:
        if (kind, address) not in known:
            users.ask_im(tx, user.id, kind, address)
        elif added and _has_link(tx, kind, address):
            continue
        send_activation(tx, user, Chat(service=BASE, im=kind, address=address), caller=caller)
    return _registered(tx, user)


def _checked(caller: Caller, params: CreateAccount, password: str | None) -> _Wish:
    asked = [(f"addresses.{i}", a.kind, a.address) for i, a in enumerate(params.addresses)]
    asked += [
        (kind, kind, address)
        for kind, address in (("jabber", params.jabber), ("skype", params.skype))
        if address is not None
    ]
    if len(asked) > 5:  # noqa: PLR2004 - one of each kind
        raise bad_field("addresses", "many")  # before they are looked at: that holds the writer up
    if not asked and caller.chat_address:
        asked = [("addresses", "webchat", caller.chat_address)]
    problems: dict[str, str] = {}
    addresses = []
    for name, kind, address in asked:
        try:
            addresses.append((kind, normalise(kind, address)))
        except BadAddress:
            problems[name] = "address"
    if not asked:
        problems["addresses"] = "missing"
    if params.login is not None and login_problem(params.login):
        problems["login"] = "login"
    if params.lang is not None and params.lang not in LANGS:
        problems["lang"] = "lang"
    if problems:
        raise Refused("bad_request", fields=problems)
    return _Wish(
        addresses=tuple(dict.fromkeys(addresses)),
        login=params.login,
        password=password,
        lang=params.lang,
        invited_by=params.invited_by,
    )


def _same_newcomer(tx: Tx, caller: Caller, wish: _Wish) -> User | None:
    """Return the waiting account that this registration goes on with.

    That is one made by the same chat or the same browser. What a stranger registered with the same
    address is none of it: an asked address reserves nothing.
    """
    own = users.waiting_in(tx, caller.chat_address) if caller.chat_address else []
    if (caller.im, caller.address) in wish.addresses:
        own += users.waiting_for(tx, caller.im or "", caller.address or "")
    return next((found for found in own if activation_ends(tx, found) > tx.now), None)


def _complete(tx: Tx, user: User, wish: _Wish) -> bool:
    """Give a waiting account the login name and password that it lacks; tell whether it got any."""
    if (
        wish.login is not None
        and wish.login != user.login
        and not users.set_login(tx, user.id, wish.login)
    ):
        raise Refused("login_taken", fields={"login": "taken"})
    if wish.password is not None:
        users.change(tx, user.id, password=wish.password)
    return wish.password is not None or (wish.login is not None and wish.login != user.login)


def _invited(tx: Tx, caller: Caller, user: User, wish: _Wish) -> None:
    """Resolve a registration to an invite: of the link that it came by, else of the chat that it is."""
    inviter = invites.by_link(tx, caller, wish.invited_by)
    here = tuple(im for im in wish.addresses if im == (caller.im, caller.address))
    ims = wish.addresses if inviter else here
    invites.take(tx, user, ims, inviter=inviter, expires_at=activation_ends(tx, user))


def _has_link(tx: Tx, kind: str, address: str) -> bool:
    count, _ = links.sent_since(
        tx, "activate", kind, address, tx.now - tx.settings.limits.activation_seconds * SECOND
    )
    return count > 0


def _new_user(tx: Tx, caller: Caller, wish: _Wish) -> User:
    limit_network(tx, caller)
    user = users.create(
        tx,
        status=NEW,
        password=wish.password,
        lang=wish.lang or caller.lang,
        registered_in=caller.chat_address or (caller.address if caller.im == "webchat" else None),
        purge_after=tx.now + tx.settings.limits.activation_seconds * SECOND,
    )
    if wish.login is not None and not users.set_login(tx, user.id, wish.login):
        raise Refused("login_taken", fields={"login": "taken"})
    services.set_status(tx, user.id, services.base(tx).id, NEW)
    return user


def limit_network(tx: Tx, caller: Caller) -> None:
    """Count a new account in its network; raise `Refused` (``too_many``) over the limit."""
    if not caller.network:
        return
    most = tx.settings.limits.registrations_per_hour * network_factor(caller.network)
    if tx.cache.increment(f"register:{caller.network}", seconds=3600) > most:
        raise Refused("too_many", retry_after=3600)


def _registered(tx: Tx, user: User) -> Registered:
    return Registered(
        status=NEW,
        expires_at=iso(activation_ends(tx, user)),
        addresses=[
            AskedAddress(im.kind, im.address, im.state, im.kind in tx.settings.ims)
            for im in users.ims(tx, user.id)
            if im.state in {ASKED, CONFIRMED}
        ],
    )


@methods.method(callers=WEB, params=signing.LinkFields, result=signing.SignedIn)
def activate(tx: Tx, caller: Caller, params: signing.LinkFields) -> signing.SignedIn:
    """Use an activation link up: the address that it went to is confirmed and its account signed in.

    A login name and a password given at registration stay only when this browser gave them. The link
    of a further address works in a session of its account only. Errors: ``link_not_active``.
    """
    link = signing.active_link(tx, "activate", params)
    user = users.locked(tx, link.user_id)
    assert user is not None
    kind, address = link.kind or "", link.address or ""
    first = user.status == NEW
    if not first and (user.status != ACTIVE or caller.user_id != user.id):
        raise Refused("link_not_active")
    unknown = not memory.had_account(tx, kind, address)
    if not links.use(tx, link) or not users.confirm_im(tx, user.id, kind, address):
        raise Refused("link_not_active")
    links.cancel_for_address(tx, "activate", kind, address)
    if kind == "webchat":
        sessions.end_of_chat(tx, address)
    base = services.base(tx)
    services.set_im_state(tx, user.id, base.id, kind, ACTIVE)
    if first:
        _bring_to_life(tx, caller, user, base.id, bonus=unknown)
        invites.settle(tx, user, kind, address, first_account=unknown)
    else:
        invites.lose(tx, kind, address)
    signed_in = signing.sign_in(tx, caller, user.id)
    text = tx.texts(user.lang, "chat-welcome", site=tx.settings.site_url)
    say(
        tx,
        Chat(service=BASE, im=kind, address=address),
        text,
        choices=signing.first_choices(tx, user),
    )
    return signed_in


def _bring_to_life(tx: Tx, caller: Caller, user: User, base_id: int, *, bonus: bool) -> None:
    """Make an account active. The sign-up bonus is for an address that had no account before."""
    values: dict[str, Any] = {"status": ACTIVE, "purge_after": None, "time": tx.now}
    same_browser = bool(user.registered_in) and user.registered_in == caller.chat_address
    if not same_browser:
        values |= {"login": None, "password": None}
    users.change(tx, user.id, **values)
    sessions.end_of_user(tx, user.id)
    services.set_status(tx, user.id, base_id, ACTIVE)
    if same_browser and caller.chat_address and not _has_webchat(tx, user.id):
        users.confirm_im(tx, user.id, "webchat", caller.chat_address)
        services.set_im_state(tx, user.id, base_id, "webchat", ACTIVE)
    points = tx.settings.money.sign_up_bonus
    if bonus and points:
        ledger.move(tx, user.id, points, "SIGN_UP_BONUS", once_key=f"sign-up:{user.id}")


def _has_webchat(tx: Tx, user_id: int) -> bool:
    return any(im.kind == "webchat" for im in users.confirmed_ims(tx, user_id))
