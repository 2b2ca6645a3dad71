"""Further IM addresses of an account: asked for at one end, confirmed at the other, removed."""

from typing import Final

import msgspec

from awt.api import invites
from awt.api.caller import USERS, Caller
from awt.api.catalogue import authorise
from awt.api.history import note
from awt.api.outgoing import Chat, Issued, limit_links, remove, say, span
from awt.api.owner import active_owner, in_person
from awt.api.registry import Done, Methods, Params
from awt.db import dialogues, links, memory, services, users
from awt.db.links import Link
from awt.db.tx import Tx
from awt.db.users import User, UserIm
from awt.errors import Refused, bad_field
from awt.model.address import BadAddress, normalise
from awt.model.messages import LINK, Add, Reauth
from awt.model.status import ACTIVE, ASKED, BASE, CONFIRMED, NEW, REMOVED
from awt.model.times import DAY, SECOND, iso

methods = Methods()

PURPOSE: Final = "im"
"""What the row of a code says that it is for: codes are links that are typed."""
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits of a code: those that nobody takes for one another."""
LENGTH: Final = 8
"""Characters of a code: 40 bits, of which ten guesses in a quarter of an hour are allowed."""
GUESSES: Final = 10
FORGIVEN: Final = 900
"""Seconds after which wrong codes are forgotten."""


class ImName(Params, frozen=True):
    """An address: the kind of IM and the address there."""

    kind: str
    address: str


class Code(Params, frozen=True):
    """The code that came to a new address; case, spaces and hyphens do not matter."""

    code: str


class ImAsked(msgspec.Struct, frozen=True):
    """An address that a code is on its way to, and until when it can be entered.

    ``replaces`` is the address of the same IM that goes when the new one is confirmed.
    """

    kind: str
    address: str
    expires_at: str
    replaces: str | None


class ImAdded(msgspec.Struct, frozen=True):
    """An address that belongs to the account now."""

    kind: str
    address: str


@methods.method(callers=USERS, params=ImName, result=ImAsked)
def add_im(tx: Tx, caller: Caller, params: ImName) -> ImAsked:
    """Ask for a further address: a code goes there, to be entered in the account. A key may not do so.

    Errors: ``bad_request``, ``im_added``, ``address_taken``, ``address_stopped``, ``too_many``,
    ``forbidden``.
    """
    in_person(caller)
    kind, address = invites.stranger(tx, params.kind, params.address)
    dialogues.lock(tx, kind, address)
    user = active_owner(tx, caller)
    holder = users.by_address(tx, kind, address)
    if holder is not None:
        code = "im_added" if holder.id == user.id else "address_taken"
        raise Refused(code, im=kind, address=address)
    if memory.has_stopped(tx, kind, address):
        raise Refused("address_stopped", address=address)
    limit_links(tx, PURPOSE, kind, address)
    limits = tx.settings.limits
    count, first = links.made_since(tx, PURPOSE, user.id, tx.now - DAY)
    if count >= limits.resend_per_day:
        wait = (first or tx.now) + DAY - tx.now
        raise Refused("too_many", retry_after=max(1, -(-wait // SECOND)))
    users.ask_im_again(tx, user.id, kind, address)
    expires_at = tx.now + limits.im_code_seconds * SECOND
    code = "".join(LETTERS[byte % len(LETTERS)] for byte in bytes.fromhex(tx.chance.hex())[:LENGTH])
    link_id, _ = links.create(
        tx,
        user_id=user.id,
        purpose=PURPOSE,
        kind=kind,
        address=address,
        expires_at=expires_at,
        token=_token(user, code),
    )
    text = tx.texts(
        user.lang,
        "chat-im-code",
        name=user.name,
        code=LINK,
        left=span(tx, user.lang, expires_at - tx.now),
    )
    secret = Issued(id=link_id, url=f"{code[:4]}-{code[4:]}", expires_at=expires_at)
    say(tx, Chat(service=BASE, im=kind, address=address), text, link=secret, kind=Add)
    old = _confirmed(tx, user, kind)
    return ImAsked(kind, address, iso(expires_at), old.address if old else None)


@methods.method(callers=USERS, params=Code, result=ImAdded)
def confirm_im(tx: Tx, caller: Caller, params: Code) -> ImAdded:
    """Enter the code of a new address: it belongs to the account, in the place of the one of its kind.

    Every assistant of the account asks it for authorisation. Errors: ``wrong_code``,
    ``address_taken``, ``too_many``, ``forbidden``.
    """
    in_person(caller)
    user = active_owner(tx, caller)
    guesses = f"im-code:{user.id}"
    if int(tx.cache.get(guesses) or 0) >= GUESSES:
        raise Refused("too_many", retry_after=FORGIVEN)
    link = _active(tx, user, params.code)
    if link is None:
        tx.cache.increment(guesses, seconds=FORGIVEN)
        raise Refused("wrong_code")
    kind, address = link.kind or "", link.address or ""
    dialogues.lock(tx, kind, address)
    old = _confirmed(tx, user, kind)
    if not links.use(tx, link) or not users.confirm_im(tx, user.id, kind, address):
        raise Refused("address_taken", im=kind, address=address)
    if old is not None:
        _let_go(tx, user, old)
    note(
        tx,
        caller,
        "address",
        old=f"{kind}:{old.address}" if old else None,
        new=f"{kind}:{address}",
    )
    links.cancel_for_address(tx, "activate", kind, address)
    invites.lose(tx, kind, address)
    for held in services.of_user(tx, user.id):
        if held.status in {NEW, ACTIVE} and held.service.enabled:
            asks = Reauth if held.service.short_name == BASE else Add
            authorise(tx, caller, user, held.service, asks, only=kind)
    return ImAdded(kind, address)


@methods.method(callers=USERS, params=ImName)
def remove_im(tx: Tx, caller: Caller, params: ImName) -> Done:
    """Take an address from the account; the assistants leave it. A key may not do so.

    Not the last one of an account that has no password: nobody could sign in any more.

    Errors: ``unknown_im``, ``last_im``, ``forbidden``.
    """
    in_person(caller)
    user = active_owner(tx, caller)
    try:
        address = normalise(params.kind, params.address)
    except BadAddress:
        raise bad_field("address", "address") from None
    ims = [im for im in users.ims(tx, user.id) if im.kind != "webchat" and im.state != REMOVED]
    found = next((im for im in ims if (im.kind, im.address) == (params.kind, address)), None)
    if found is None:
        raise Refused("unknown_im", address=address)
    others = [im for im in ims if im.state == CONFIRMED and im.id != found.id]
    can_sign_in = user.password is not None and user.login is not None
    if found.state == CONFIRMED and not others and not can_sign_in:
        raise Refused("last_im")
    links.cancel_for_address(tx, PURPOSE, found.kind, found.address, user_id=user.id)
    if found.state == ASKED:
        users.remove_im(tx, user.id, found.kind, found.address)
    else:
        _let_go(tx, user, found)
        note(tx, caller, "address", old=f"{found.kind}:{found.address}")
    return Done()


def _confirmed(tx: Tx, user: User, kind: str) -> UserIm | None:
    return next((im for im in users.confirmed_ims(tx, user.id) if im.kind == kind), None)


def _let_go(tx: Tx, user: User, im: UserIm) -> None:
    """Take a confirmed address away: the assistants of all services leave it."""
    users.remove_im(tx, user.id, im.kind, im.address)
    services.forget_ims(tx, user.id, kind=im.kind)
    for held in services.of_user(tx, user.id):
        if held.status in {NEW, ACTIVE}:
            remove(tx, Chat(service=held.service.short_name, im=im.kind, address=im.address))


def _token(user: User, code: str) -> str:
    """Return what is stored, hashed, of a code: it counts for its account alone."""
    return f"{PURPOSE}:{user.hash}:{code}"


def _active(tx: Tx, user: User, code: str) -> Link | None:
    typed = code.strip().upper().replace("-", "").replace(" ", "")[: LENGTH * 2]
    link = links.by_token(tx, _token(user, typed))
    if link is None or link.used_at is not None or link.expires_at <= tx.now:
        return None
    return link
