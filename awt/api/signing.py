"""Signing in and out: by password, by one-time link, and what a session is."""

import hashlib
from typing import Any, Final

import msgspec
from attrs import frozen
from twisted.internet.task import deferLater

from awt.api.account_view import Account, view
from awt.api.activation import resend_activation
from awt.api.caller import CHAT, SITE_USERS, WEB, Caller
from awt.api.history import note
from awt.api.outgoing import Chat, issue_link, limit_links, say, span
from awt.api.owner import active_owner
from awt.api.registry import Done, Methods, Nothing, Params, Toolbox
from awt.db import keys, links, services, sessions, users
from awt.db.links import Link
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.address import BadAddress, network_factor, normalise
from awt.model.messages import LINK, Choice
from awt.model.status import ACTIVE, BASE, NEW
from awt.model.times import SECOND

methods = Methods()

FORGIVEN: Final = 900
"""Seconds after which counted login failures are forgotten."""
SLOWEST: Final = 8
"""Seconds that a login waits at most when its account had too many failures."""


class SignedIn(msgspec.Struct, frozen=True):
    """A new session. ``session`` is the secret of its cookie: the web room moves it there."""

    account: Account
    session: str


class Login(Params, frozen=True):
    """``login`` is a login name, a confirmed IM address or a verified e-mail address."""

    login: str
    password: str


class LinkFields(Params, frozen=True):
    """The two fields of a link's query."""

    user_hash: str
    salt: str


class PeekLink(Params, frozen=True):
    """A link that is looked at: its purpose and the two fields of its query."""

    purpose: str
    user_hash: str
    salt: str


class LinkView(msgspec.Struct, frozen=True):
    """What a link would do: the account that it is for, and how long it stays active (seconds)."""

    account: str
    left: int


@frozen(kw_only=True)
class _Checked:
    user_id: int | None
    password: str | None
    right: bool


async def _check(toolbox: Toolbox, caller: Caller, params: Login) -> _Checked:
    """Look the account up and compare the password, equally long for one that is not there."""
    user_id, hashed, wait = await toolbox.database.read(_look_up, caller, params.login)
    if wait:
        await deferLater(toolbox.reactor, wait)
    right = await toolbox.passwords.check(params.password, hashed, network=caller.network)
    return _Checked(user_id=user_id, password=hashed, right=right)


def _look_up(tx: Tx, caller: Caller, login: str) -> tuple[int | None, str | None, float]:
    user = find_by_name(tx, login)
    _limit_guesses(tx, caller, login, user)
    failures = user.login_failures if user else 0
    over = failures - tx.settings.limits.login_failures
    wait = min(2.0 ** min(over, 8), SLOWEST) if over >= 0 else 0.0
    return (user.id if user else None, user.password if user else None, wait)


def _limit_guesses(tx: Tx, caller: Caller, login: str, user: User | None) -> None:
    """Raise `Refused` (``too_many``) for who guessed too often, whatever he says now."""
    most = tx.settings.limits.login_failures
    factor = 10 * network_factor(caller.network)
    pair = tx.cache.count(_pair_key(caller, login, user))
    network = tx.cache.count(f"login:{caller.network}")
    if pair >= most or network >= most * factor:
        raise Refused("too_many", retry_after=FORGIVEN)


def find_by_name(tx: Tx, name: str) -> User | None:
    """Return the account of a login name, a confirmed IM address or a verified e-mail address."""
    found = users.by_login(tx, name.strip().lower()[:320])
    if found:
        return found
    kind = "jabber" if "@" in name else "skype"
    try:
        found = users.by_address(tx, kind, normalise(kind, name))
    except BadAddress:
        return None
    return found or users.by_email(tx, name.strip()[:320])


def _pair_key(caller: Caller, login: str, user: User | None) -> str:
    name = str(user.id) if user else hashlib.sha256(login.encode(errors="replace")).hexdigest()[:32]
    return f"login:{name}:{caller.network}"


@methods.method(callers=WEB, params=Login, result=SignedIn, prepare=_check)
def login(tx: Tx, caller: Caller, params: Login, checked: _Checked) -> SignedIn:
    """Sign in with a password. Unknown and wrong look the same.

    An account that is not activated gets its activation links again.

    Errors: ``wrong_login``, ``not_activated``, ``account_closed``, ``too_many``.
    """
    user = users.locked(tx, checked.user_id) if checked.user_id is not None else None
    _limit_guesses(tx, caller, params.login, user)  # again: others were checked at the same time
    if user is None or not checked.right or user.password != checked.password:
        tx.cache.increment(_pair_key(caller, params.login, user), seconds=FORGIVEN)
        tx.cache.increment(f"login:{caller.network}", seconds=FORGIVEN)
        if user is not None:
            users.change(tx, user.id, login_failures=user.login_failures + 1)
        raise Refused("wrong_login", keep=True)
    if user.status == NEW:
        resend_activation(tx, user, caller=caller)
        raise Refused("not_activated", keep=True)
    if user.status != ACTIVE:
        raise Refused("account_closed", support=tx.settings.contact)
    tx.cache.delete(_pair_key(caller, params.login, user))
    users.change(tx, user.id, login_failures=0, time=tx.now)
    return sign_in(tx, caller, user.id)


def sign_in(tx: Tx, caller: Caller, user_id: int, *, may_set_password: bool = False) -> SignedIn:
    """Give the caller's browser a new session of an account; the one that it had ends."""
    if caller.session_id is not None:
        sessions.end(tx, caller.session_id)
    token = tx.chance.token()
    sessions.create(
        tx,
        token=token,
        user_id=user_id,
        chat_address=_chat_address(tx, user_id),
        network=caller.network,
        agent=caller.agent,
        may_set_password=may_set_password,
    )
    note(tx, caller, "signed_in", user_id=user_id, new=caller.agent)
    user = users.by_id(tx, user_id)
    assert user is not None
    return SignedIn(account=view(tx, user), session=token)


def _chat_address(tx: Tx, user_id: int) -> str:
    """Return who an account is in the web chat; it is given an address when it has none."""
    for im in users.confirmed_ims(tx, user_id):
        if im.kind == "webchat":
            return im.address
    address = tx.chance.hex()
    users.confirm_im(tx, user_id, "webchat", address)
    services.set_im_state(tx, user_id, services.base(tx).id, "webchat", ACTIVE)
    return address


@methods.method(callers=SITE_USERS)
def logout(tx: Tx, caller: Caller, _params: Nothing) -> Done:
    """Sign out: the session ends, and the browser is a stranger again."""
    if caller.session_id is not None:
        sessions.end(tx, caller.session_id)
    return Done()


def active_link(tx: Tx, purpose: str, params: Any) -> Link:
    """Return the link of a token, if it can be used; raise `Refused` (``link_not_active``) if not."""
    link = links.by_token(tx, params.salt)
    if (
        link is None
        or link.purpose != purpose
        or link.used_at is not None
        or link.expires_at <= tx.now
    ):
        raise Refused("link_not_active")
    user = users.by_id(tx, link.user_id)
    if user is None or user.hash != params.user_hash:
        raise Refused("link_not_active")
    return link


@methods.method(callers=WEB, params=PeekLink, result=LinkView, read_only=True)
def get_link(tx: Tx, caller: Caller, params: PeekLink) -> LinkView:
    """Look at a link without using it. Errors: ``link_not_active``."""
    link = active_link(tx, params.purpose, params)
    user = users.by_id(tx, link.user_id)
    assert user is not None
    name = user.name
    if user.login is None or (user.status == NEW and user.registered_in != caller.chat_address):
        name = link.address if link.address and link.kind != "webchat" else f"#{user.hash[:8]}"
    if link.purpose == "activate" and user.status != NEW and caller.user_id != user.id:
        raise Refused("link_not_active")
    return LinkView(account=name, left=(link.expires_at - tx.now) // SECOND)


@methods.method(callers=WEB, params=LinkFields, result=SignedIn)
def temporary_login(tx: Tx, caller: Caller, params: LinkFields) -> SignedIn:
    """Use a login link up: the browser is signed in. Errors: ``link_not_active``."""
    return _use(tx, caller, params, "login")


@methods.method(callers=WEB, params=LinkFields, result=SignedIn)
def reset_password(tx: Tx, caller: Caller, params: LinkFields) -> SignedIn:
    """Use a password link up: sessions and keys end, and the new session may set a password.

    Errors: ``link_not_active``.
    """
    return _use(tx, caller, params, "password")


def _use(tx: Tx, caller: Caller, params: LinkFields, purpose: str) -> SignedIn:
    link = active_link(tx, purpose, params)
    user = users.locked(tx, link.user_id)
    if user is None or user.status != ACTIVE or not links.use(tx, link):
        raise Refused("link_not_active")
    users.change(tx, user.id, time=tx.now, login_failures=0)
    if purpose == "password":
        sessions.end_of_user(tx, user.id)
        for key in keys.of_user(tx, user.id):
            note(tx, caller, "key", user_id=user.id, old=key.name)
        keys.revoke(tx, user.id)
    return sign_in(tx, caller, user.id, may_set_password=purpose == "password")


@methods.method(callers=CHAT)
def login_link(tx: Tx, caller: Caller, _params: Nothing) -> Done:
    """Send a link that signs in, into the chat that asked. Errors: ``too_many``."""
    _send_link(tx, caller, "login", tx.settings.limits.login_link_seconds)
    return Done()


@methods.method(callers=CHAT)
def forgot_password(tx: Tx, caller: Caller, _params: Nothing) -> Done:
    """Send a link that sets a new password, into the chat that asked. Errors: ``too_many``."""
    _send_link(tx, caller, "password", tx.settings.limits.password_link_seconds)
    return Done()


def _send_link(tx: Tx, caller: Caller, purpose: str, seconds: int) -> None:
    user = active_owner(tx, caller)
    kind, address = caller.im or "", caller.address or ""
    if purpose == "password":
        limit_links(tx, purpose, kind, address)
    links.cancel(tx, user.id, purpose)
    expires_at = tx.now + seconds * SECOND
    link = issue_link(tx, user, purpose, kind=kind, address=address, expires_at=expires_at)
    users.change(tx, user.id, time=tx.now)
    text = tx.texts(
        user.lang, f"chat-link-{purpose}", link=LINK, left=span(tx, user.lang, seconds * SECOND)
    )
    chat = Chat(service=caller.service or BASE, im=kind, address=address, reply_to=caller.reply_to)
    say(tx, chat, text, link=link)


def first_choices(tx: Tx, user: User) -> tuple[Choice, ...]:
    """Return what a user who was just activated may want to do next."""
    return tuple(
        Choice(tx.texts(user.lang, f"choice-{name}"), f"#{name}")
        for name in ("help", "services", "loginlink")
    )
