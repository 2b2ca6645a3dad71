"""The account: what it shows, its settings, passwords, sessions and keys."""

from typing import Self

import msgspec

from awt.api import closing
from awt.api.account_view import Account, view
from awt.api.caller import SITE_USERS, USERS, Caller
from awt.api.history import note
from awt.api.owner import active_owner, in_person, owner
from awt.api.registry import Done, Methods, Nothing, Params, Toolbox
from awt.api.signing import SignedIn, sign_in
from awt.db import history, keys, ledger, links, sessions, users
from awt.db.history import Change
from awt.db.ledger import Entry
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.names import has_controls, login_problem, password_problem, zones
from awt.model.status import LANGS
from awt.model.times import SECOND, iso, iso_or_none

methods = Methods()

PAGE = 100
"""Most entries of a list in one answer."""
KEYS = 20
"""Most API keys of an account."""


class ChangePassword(Params, frozen=True):
    """``old`` is not needed without a password, or in a session that a password link made."""

    new: str
    old: str | None = None


class SetLogin(Params, frozen=True):
    """A login name: 3 to 32 of a-z, 0-9, dot, dash, underscore."""

    login: str


class UpdateAccount(Params, frozen=True):
    """What is left out stays."""

    lang: str | None = None
    timezone: str | None = None


class SessionView(msgspec.Struct, frozen=True):
    """A session of the account."""

    id: int
    current: bool
    network: str
    agent: str
    created_at: str
    seen_at: str


class Sessions(msgspec.Struct, frozen=True):
    """The live sessions, the last seen first."""

    sessions: list[SessionView]


class EndSession(Params, frozen=True):
    """A session of the list."""

    id: int


class Page(Params, frozen=True):
    """A part of a list: at most ``limit`` entries (1-100) with an id below ``before``."""

    limit: int = 50
    before: int | None = None


class EntryView(msgspec.Struct, frozen=True):
    """A movement of points. ``data`` says what it was for."""

    id: int
    time: str
    amount: int
    balance_after: int
    type: str
    data: msgspec.Raw

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return a movement as it is shown."""
        return cls(
            id=entry.id,
            time=iso(entry.time),
            amount=entry.amount,
            balance_after=entry.balance_after,
            type=entry.type,
            data=msgspec.Raw(entry.data.encode()),
        )


class Entries(msgspec.Struct, frozen=True):
    """The balance, and movements, the newest first."""

    balance: int
    entries: list[EntryView]


class ChangeView(msgspec.Struct, frozen=True):
    """A change. ``way`` is ``site``, ``key`` or the kind of a chat; ``network`` the network it came from."""

    id: int
    time: str
    event: str
    old: str
    new: str
    way: str
    network: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a change as it is shown."""
        return cls(
            id=change.id,
            time=iso(change.time),
            event=change.event,
            old=change.old,
            new=change.new,
            way=change.way,
            network=change.network,
        )


class Changes(msgspec.Struct, frozen=True):
    """Changes, the newest first."""

    changes: list[ChangeView]


class CreateKey(Params, frozen=True):
    """A key for programs."""

    name: str
    read_only: bool = False


class KeyView(msgspec.Struct, frozen=True):
    """A key, without the key itself."""

    id: int
    name: str
    read_only: bool
    created_at: str
    seen_at: str | None


class NewKey(msgspec.Struct, frozen=True):
    """A new key; ``key`` is shown this once."""

    id: int
    key: str


class Keys(msgspec.Struct, frozen=True):
    """The keys of the account."""

    keys: list[KeyView]


class RevokeKey(Params, frozen=True):
    """A key of the list."""

    id: int


@methods.method(callers=USERS, result=Account, read_only=True)
def get_account(tx: Tx, caller: Caller, _params: Nothing) -> Account:
    """Show the account: names, state, points, addresses, services."""
    return view(tx, owner(tx, caller))


@methods.method(callers=USERS, params=UpdateAccount, result=Account)
def update_account(tx: Tx, caller: Caller, params: UpdateAccount) -> Account:
    """Set language and time zone. Errors: ``bad_request``."""
    problems = {}
    if params.lang is not None and params.lang not in LANGS:
        problems["lang"] = "lang"
    if params.timezone is not None and params.timezone not in zones():
        problems["timezone"] = "timezone"
    if problems:
        raise Refused("bad_request", fields=problems)
    values = {"lang": params.lang, "timezone": params.timezone}
    values = {name: value for name, value in values.items() if value is not None}
    if values:
        old = owner(tx, caller)
        users.change(tx, caller.user, **values)
        for name, event in (("lang", "language"), ("timezone", "timezone")):
            if name in values:
                note(tx, caller, event, old=getattr(old, name) or "", new=values[name])
    return view(tx, owner(tx, caller))


async def _passwords(
    toolbox: Toolbox, caller: Caller, params: ChangePassword
) -> tuple[str | None, bool, str]:
    """Check the old password and hash the new one."""
    problem = password_problem(params.new)
    if problem:
        raise bad_field("new", problem)
    hashed = (await toolbox.database.read(owner, caller)).password
    right = hashed is None or (
        params.old is not None
        and await toolbox.passwords.check(params.old, hashed, network=caller.network)
    )
    return hashed, right, await toolbox.passwords.hash(params.new, network=caller.network)


@methods.method(callers=SITE_USERS, params=ChangePassword, result=SignedIn, prepare=_passwords)
def change_password(
    tx: Tx, caller: Caller, _params: ChangePassword, prepared: tuple[str | None, bool, str]
) -> SignedIn:
    """Set a new password: every session ends, and the caller's goes on as a new one.

    Errors: ``bad_request`` (``old``, ``new``), ``forbidden`` for an API key, ``too_many``.
    """
    hashed, right, new = prepared
    if caller.session_id is None:
        raise Refused("forbidden")
    user = users.locked(tx, caller.user)
    session = sessions.by_id(tx, caller.session_id)
    assert user is not None
    if session is None or session.ended_at is not None or user.password != hashed:
        raise Refused("unauthenticated")
    fresh = tx.now - session.created_at < tx.settings.limits.password_link_seconds * SECOND
    if not (session.may_set_password and fresh) and hashed is not None:
        guesses = f"old-password:{user.id}"
        if tx.cache.count(guesses) >= tx.settings.limits.login_failures:
            raise Refused("too_many", retry_after=900)  # the right one too, or guessing goes on
        if not right:
            tx.cache.increment(guesses, seconds=900)
            raise bad_field("old", "wrong")
    users.change(tx, user.id, password=new, time=tx.now, login_failures=0)
    links.cancel(tx, user.id)
    sessions.end_of_user(tx, user.id)
    note(tx, caller, "password")
    return sign_in(tx, caller, user.id)


@methods.method(callers=SITE_USERS, params=SetLogin, result=Account)
def set_login(tx: Tx, caller: Caller, params: SetLogin) -> Account:
    """Choose the login name. Errors: ``bad_request``, ``login_taken``."""
    if login_problem(params.login):
        raise bad_field("login", "login")
    old = owner(tx, caller).login
    if not users.set_login(tx, caller.user, params.login):
        raise Refused("login_taken", fields={"login": "taken"})
    note(tx, caller, "login", old=old, new=params.login)
    return view(tx, owner(tx, caller))


@methods.method(callers=SITE_USERS, result=Sessions, read_only=True)
def list_sessions(tx: Tx, caller: Caller, _params: Nothing) -> Sessions:
    """List the browsers that are signed in."""
    return Sessions(
        [
            SessionView(
                id=s.id,
                current=s.id == caller.session_id,
                network=s.network,
                agent=s.agent,
                created_at=iso(s.created_at),
                seen_at=iso(s.seen_at),
            )
            for s in sessions.of_user(tx, caller.user)
        ]
    )


@methods.method(callers=SITE_USERS, params=EndSession)
def end_session(tx: Tx, caller: Caller, params: EndSession) -> Done:
    """Sign one browser out. Errors: ``unknown_session``."""
    found = sessions.by_id(tx, params.id)
    if found is None or found.user_id != caller.user:
        raise Refused("unknown_session")
    sessions.end(tx, params.id)
    return Done()


@methods.method(callers=SITE_USERS)
def end_other_sessions(tx: Tx, caller: Caller, _params: Nothing) -> Done:
    """Sign all other browsers out."""
    sessions.end_of_user(tx, caller.user, but=caller.session_id)
    return Done()


@methods.method(callers=USERS)
def delete_account(tx: Tx, caller: Caller, _params: Nothing) -> Done:
    """Close the account for good. Sessions, links and keys end, what is left of the points is written off.

    A key may not do it: ``forbidden``.
    """
    in_person(caller)
    closing.close(tx, owner(tx, caller), reason="owner", told_in=(caller.im, caller.address))
    return Done()


@methods.method(callers=USERS, params=Page, result=Entries, read_only=True, name="Ledger")
def list_ledger(tx: Tx, caller: Caller, params: Page) -> Entries:
    """Show the balance and the movements of points."""
    entries = ledger.of_user(tx, caller.user, limit=page_size(params), before=params.before)
    return Entries(
        balance=owner(tx, caller).points,
        entries=[EntryView.of(entry) for entry in entries],
    )


def page_size(params: Page) -> int:
    """Return the size of a page; raise `Refused` (``bad_request``) for one that is none."""
    if not 1 <= params.limit <= PAGE:
        raise bad_field("limit", "range", least=1, most=PAGE)
    return params.limit


@methods.method(callers=USERS, params=Page, result=Changes, read_only=True, name="History")
def list_history(tx: Tx, caller: Caller, params: Page) -> Changes:
    """Show what was changed in the account, from what to what, when and from where."""
    found = history.of_user(tx, caller.user, limit=page_size(params), before=params.before)
    return Changes([ChangeView.of(change) for change in found])


@methods.method(callers=SITE_USERS, params=CreateKey, result=NewKey)
def create_key(tx: Tx, caller: Caller, params: CreateKey) -> NewKey:
    """Make a key for programs; a key cannot make keys. Errors: ``bad_request``, ``too_many_keys``."""
    if caller.session_id is None:
        raise Refused("forbidden")
    name = params.name.strip()
    if not 1 <= len(name) <= 80 or has_controls(name):  # noqa: PLR2004 - the column's width
        raise bad_field("name", "value")
    active_owner(tx, caller)
    if len(keys.of_user(tx, caller.user)) >= KEYS:
        raise Refused("too_many_keys", most=KEYS)
    note(tx, caller, "key", new=name)
    return NewKey(*keys.create(tx, caller.user, name=name, read_only=params.read_only))


@methods.method(callers=SITE_USERS, result=Keys, read_only=True)
def list_keys(tx: Tx, caller: Caller, _params: Nothing) -> Keys:
    """List the keys for programs."""
    return Keys(
        [
            KeyView(k.id, k.name, k.read_only, iso(k.created_at), iso_or_none(k.seen_at))
            for k in keys.of_user(tx, caller.user)
        ]
    )


@methods.method(callers=SITE_USERS, params=RevokeKey)
def revoke_key(tx: Tx, caller: Caller, params: RevokeKey) -> Done:
    """Make a key useless. Errors: ``unknown_key``."""
    found = next((key for key in keys.of_user(tx, caller.user) if key.id == params.id), None)
    if found is None or not keys.revoke(tx, caller.user, params.id):
        raise Refused("unknown_key")
    note(tx, caller, "key", old=found.name)
    return Done()
