"""Accounts as operators look at them."""

import msgspec

from awt.api.account import EntryView, Page, page_size
from awt.api.account_view import ImView, ServiceView, view
from awt.api.caller import OPERATORS, Caller
from awt.api.operating import UserName, known_user
from awt.api.registry import Methods
from awt.db import keys, ledger, people, sessions, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import bad_field
from awt.model.status import ACTIVE, BLOCKED, CONFIRMED, DELETED, NEW
from awt.model.times import iso, iso_or_none

methods = Methods()

ENTRIES = 20
"""Latest movements of points that are shown of an account."""


class FindUsers(Page, frozen=True):
    """How a login name, a public id or an address begins; without it, all. ``status`` is NW, AC, BL or DL."""

    begins: str = ""
    status: str | None = None


class PersonLine(msgspec.Struct, frozen=True):
    """An account that was found; ``addresses`` are the confirmed ones, as ``kind:address``."""

    id: int
    hash: str
    login: str | None
    status: str
    points: int
    is_admin: bool
    created_at: str
    seen_at: str
    addresses: list[str]


class People(msgspec.Struct, frozen=True):
    """Accounts, the newest first."""

    users: list[PersonLine]


class Person(msgspec.Struct, frozen=True):
    """An account with all that an operator may see of it. Its ``name`` is how its owner sees it."""

    hash: str
    name: str
    login: str | None
    has_password: bool
    status: str
    points: int
    lang: str
    timezone: str
    email: str | None
    is_admin: bool
    undeletable: bool
    created_at: str
    seen_at: str
    closed_at: str | None
    close_reason: str | None
    purge_at: str | None
    sessions: int
    keys: int
    ims: list[ImView]
    services: list[ServiceView]
    ledger: list[EntryView]


@methods.method(callers=OPERATORS, params=FindUsers, result=People, read_only=True)
def find_users(tx: Tx, _caller: Caller, params: FindUsers) -> People:
    """Find accounts, the newest first. Errors: ``bad_request`` (``limit``, ``status``)."""
    if params.status not in {None, NEW, ACTIVE, BLOCKED, DELETED}:
        raise bad_field("status", "value")
    found = people.find(
        tx,
        params.begins.strip().lower(),
        status=params.status,
        before=params.before,
        limit=page_size(params),
    )
    return People([_line(tx, user) for user in found])


@methods.method(callers=OPERATORS, params=UserName, result=Person, read_only=True)
def show_user(tx: Tx, _caller: Caller, params: UserName) -> Person:
    """Show an account. Errors: ``unknown_user``, ``ambiguous_user``."""
    user = known_user(tx, params.user)
    own = view(tx, user)
    closed_at, reason = people.closing(tx, user.id)
    return Person(
        hash=user.hash,
        name=user.name,
        login=user.login,
        has_password=own.has_password,
        status=user.status,
        points=user.points,
        lang=user.lang,
        timezone=user.timezone,
        email=user.email,
        is_admin=user.is_admin,
        undeletable=user.undeletable,
        created_at=own.created_at,
        seen_at=iso(user.time),
        closed_at=iso_or_none(closed_at),
        close_reason=reason,
        purge_at=iso_or_none(user.purge_after),
        sessions=len(sessions.of_user(tx, user.id)),
        keys=len(keys.of_user(tx, user.id)),
        ims=own.ims,
        services=own.services,
        ledger=[EntryView.of(entry) for entry in ledger.of_user(tx, user.id, limit=ENTRIES)],
    )


def _line(tx: Tx, user: User) -> PersonLine:
    return PersonLine(
        id=user.id,
        hash=user.hash,
        login=user.login,
        status=user.status,
        points=user.points,
        is_admin=user.is_admin,
        created_at=iso(user.created_at),
        seen_at=iso(user.time),
        addresses=[
            f"{im.kind}:{im.address}" for im in users.ims(tx, user.id) if im.state == CONFIRMED
        ],
    )
