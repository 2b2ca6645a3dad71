"""Invites: the base assistant asks somebody in, and both sides get points once he is there."""

import unicodedata
from typing import Any, Final

import msgspec

from awt.api.caller import USERS, Caller
from awt.api.outgoing import Chat, remove, span, tell
from awt.api.owner import active_owner, owner
from awt.api.registry import Methods, Nothing, Params
from awt.db import dialogues, invites, ledger, links, memory, outbox, services, users
from awt.db.invites import Invite
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused, bad_field
from awt.model import messages
from awt.model.address import BadAddress, normalise
from awt.model.messages import user_op
from awt.model.settings import Settings
from awt.model.status import BASE
from awt.model.times import DAY, HOUR, SECOND, iso

methods = Methods()

AGAIN: Final = 30 * DAY
"""How long an account may not invite the same address again."""
OF_ADDRESS: Final = 3
"""Invites that one address gets in a day, from all accounts together."""
SENDS: Final = 3
"""How often one invite is sent at most."""
SEND_AGAIN: Final = HOUR
"""How long after an invite was sent it may be sent again."""
TRIES: Final = 5
"""Tries, refused ones too, that an account has for each invite of its day: nobody asks us for lists."""
SHOWN: Final = 100
"""Invites that the list shows, the newest first."""

INVITER: Final = "inviter"
INVITED: Final = "invited"
"""What the keys of the two bonuses of an address begin with: each is given once, for ever."""

STATES: Final = {
    invites.ACCEPTED: "accepted",
    invites.REFUSED: "refused",
    invites.REVOKED: "revoked",
    invites.LOST: "lost",
}


class InviteUser(Params, frozen=True):
    """Whom to invite: the kind of IM and the address there."""

    kind: str
    address: str


class InviteId(Params, frozen=True):
    """An invite of the list."""

    id: int


class InviteView(msgspec.Struct, frozen=True):
    """An invite. ``state``: waiting, registered, accepted, refused, revoked, lost or expired.

    ``left`` (seconds) is how long it, or the account that took it, still waits. ``may_resend`` and
    ``may_revoke`` say what can be done with it now.
    """

    id: int
    kind: str
    address: str
    state: str
    created_at: str
    expires_at: str
    left: int
    may_resend: bool
    may_revoke: bool


class InviteList(msgspec.Struct, frozen=True):
    """The invites of an account, its own link, what it earned, and what an invite earns each side.

    ``earns`` is false for an account known by the web chat alone: it gets no points for others.
    """

    invites: list[InviteView]
    link: str
    earned: int
    bonus_inviter: int
    bonus_invited: int
    earns: bool


@methods.method(callers=USERS, params=InviteUser, result=InviteView, repeatable=True)
def invite_user(tx: Tx, caller: Caller, params: InviteUser) -> InviteView:
    """Invite somebody: the base assistant writes to him. The invite is gone after 24 h.

    Errors: ``bad_request``, ``needs_im``, ``own_address``, ``has_account``, ``address_stopped``,
    ``invited_lately``, ``too_many``.
    """
    kind, address = stranger(tx, params.kind, params.address)
    dialogues.lock(tx, kind, address)  # one after the other for each address
    user = active_owner(tx, caller)
    _limit(tx, user)
    if not reachable(tx, user):
        raise Refused("needs_im")
    if any((im.kind, im.address) == (kind, address) for im in users.ims(tx, user.id)):
        raise Refused("own_address", address=address)
    if users.by_address(tx, kind, address) or memory.had_account(tx, kind, address):
        raise Refused("has_account", address=address)
    if memory.has_stopped(tx, kind, address):
        raise Refused("address_stopped", address=address)
    until = memory.invited_until(tx, user.hash, kind, address)
    if until:
        left = span(tx, user.lang, until - tx.now)
        raise Refused("invited_lately", address=address, left=left)
    _within(tx, invites.got_since(tx, kind, address, tx.now - DAY), OF_ADDRESS)
    expires_at = tx.now + tx.settings.limits.invite_seconds * SECOND
    made = invites.create(
        tx,
        inviter_id=user.id,
        kind=kind,
        address=address,
        expires_at=expires_at,
        purge_after=max(expires_at, tx.now + DAY),
    )
    memory.note(tx, kind, address, last_invited=tx.now)
    memory.note_invited(tx, user.hash, kind, address, until=tx.now + AGAIN)
    _send(tx, user, made)
    return _view(tx, made)


@methods.method(callers=USERS, result=InviteList, read_only=True)
def list_invites(tx: Tx, caller: Caller, _params: Nothing) -> InviteList:
    """List the invites, with the time that each has left, and what they earned."""
    user = owner(tx, caller)
    money = tx.settings.money
    return InviteList(
        invites=[_view(tx, found) for found in invites.of_inviter(tx, user.id, limit=SHOWN)],
        link=link_of(tx.settings, user),
        earned=ledger.earned(tx, user.id, INVITER),
        bonus_inviter=money.invite_bonus_inviter,
        bonus_invited=money.invite_bonus_invited,
        earns=reachable(tx, user),
    )


@methods.method(callers=USERS, params=InviteId, result=InviteView)
def resend_invite(tx: Tx, caller: Caller, params: InviteId) -> InviteView:
    """Send an invite again; its time is not prolonged.

    Errors: ``unknown_invite``, ``invite_over``, ``too_many``.
    """
    user, found = _own(tx, caller, params.id)
    if not _is_waiting(tx, found):
        raise Refused("invite_over", address=found.address)
    if found.sends >= SENDS:
        raise Refused("too_many", retry_after=max(1, (found.expires_at - tx.now) // SECOND))
    wait = found.sent_at + SEND_AGAIN - tx.now
    if wait > 0:
        raise Refused("too_many", retry_after=-(-wait // SECOND))
    invites.change(tx, found.id, sent_at=tx.now, sends=found.sends + 1)
    _send(tx, user, found)
    return _view(tx, _again(tx, found))


@methods.method(callers=USERS, params=InviteId, result=InviteView)
def revoke_invite(tx: Tx, caller: Caller, params: InviteId) -> InviteView:
    """Take an invite back: the assistant's request goes, and it earns nothing any more.

    Errors: ``unknown_invite``, ``invite_over``.
    """
    user, found = _own(tx, caller, params.id)
    if not _is_open(tx, found):
        raise Refused("invite_over", address=found.address)
    invites.change(tx, found.id, status=invites.REVOKED)
    taker = users.locked(tx, found.user_id) if found.user_id is not None else None
    if taker is not None and taker.invited_by == user.id:
        users.change(tx, taker.id, invited_by=None)
    _take_back(tx, found)
    return _view(tx, _again(tx, found))


# --- what other methods do with invites


def stranger(tx: Tx, kind: str, address: str) -> tuple[str, str]:
    """Return the normal form of an address that an assistant is to write to first.

    Errors: ``bad_request``: no address of that kind, an IM that is not here, one of our assistants, a
    name of letters that look alike.
    """
    if kind == "webchat" or kind not in tx.settings.ims:
        raise bad_field("kind", "no_such_im")
    try:
        normal = normalise(kind, address)
    except BadAddress:
        raise bad_field("address", "address") from None
    if _is_ours(tx, kind, normal):
        raise bad_field("address", "assistant")
    if len(_scripts(normal.partition("@")[0])) > 1:
        raise bad_field("address", "mixed_scripts")
    return kind, normal


def _is_ours(tx: Tx, kind: str, address: str) -> bool:
    """Tell whether an address is an assistant's, or on its host: two of them would talk for ever."""
    places = [place for name in services.all_names(tx) for place in tx.settings.places(name)]
    ours = [normalise(kind, place.address) for place in places if place.kind == kind]
    if kind == "jabber":
        return address.partition("@")[2] in {jid.partition("@")[2] for jid in ours}
    return address in ours


def _scripts(name: str) -> set[str]:
    """Return the scripts of the letters in a name: one that mixes them pretends to be another."""
    known = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}
    found = {unicodedata.name(char, "").partition(" ")[0] for char in name if char.isalpha()}
    return found & known


def reachable(tx: Tx, user: User) -> bool:
    """Tell whether an account is known by more than the chat of the site."""
    return any(im.kind != "webchat" for im in users.confirmed_ims(tx, user.id))


def link_of(settings: Settings, user: User) -> str:
    """Return the link that an account gives to others."""
    return f"{settings.site_url}/faq?invited_by={user.hash}"


def by_link(tx: Tx, caller: Caller, public_id: str | None) -> User | None:
    """Return the inviter whose link somebody came by: an active account, and not his own."""
    found = users.by_hash(tx, public_id) if public_id else None
    return found if users.is_active(found) and found and found.id != caller.user_id else None


def take(
    tx: Tx, user: User, ims: tuple[tuple[str, str], ...], *, inviter: User | None, expires_at: int
) -> User:
    """Resolve a registration to an invite: that of the inviter whose link it came by.

    Without a link it is the last one sent to an address that has just proved to be somebody's chat.
    Returns the account as it is now.
    """
    inviter_id = inviter.id if inviter else None
    for kind, address in ims:
        for found in invites.open_for(tx, kind, address):
            if inviter_id is None:
                inviter_id = found.inviter_id
            if found.inviter_id == inviter_id:
                invites.change(
                    tx,
                    found.id,
                    user_id=user.id,
                    expires_at=expires_at,
                    purge_after=max(expires_at, found.created_at + DAY),
                )
    if inviter_id is not None and inviter_id != user.invited_by:
        users.change(tx, user.id, invited_by=inviter_id)
    return users.by_id(tx, user.id) or user


def settle(tx: Tx, user: User, kind: str, address: str, *, first_account: bool) -> None:
    """Credit both sides of the invite that an account came by, now that it is active.

    ``first_account``: the address had none before. Nothing is earned by an account that is known by
    the chat of the site alone. What others had sent to the address is lost.
    """
    waiting = invites.open_for(tx, kind, address)
    inviter_id = user.invited_by or next((found.inviter_id for found in waiting), None)
    keep = tx.now + tx.settings.purge.purge_days * DAY
    for found in waiting:
        won = found.inviter_id == inviter_id
        status = invites.ACCEPTED if won else invites.LOST
        taker = user.id if won else None
        invites.change(tx, found.id, status=status, user_id=taker, purge_after=keep)
    inviter = users.locked(tx, inviter_id) if inviter_id not in {None, user.id} else None
    users.change(tx, user.id, invited_by=inviter.id if inviter else None)
    if inviter is None or not users.is_active(inviter) or kind == "webchat" or not first_account:
        return
    money, key = tx.settings.money, memory.address_hash(kind, address)[:40]
    if money.invite_bonus_invited:
        ledger.move(
            tx,
            user.id,
            money.invite_bonus_invited,
            "INVITE_BONUS",
            once_key=f"{INVITED}:{key}",
            inviter=inviter.hash,
        )
    if money.invite_bonus_inviter and reachable(tx, inviter):
        balance = ledger.move(
            tx,
            inviter.id,
            money.invite_bonus_inviter,
            "INVITE_BONUS",
            once_key=f"{INVITER}:{key}",
            invited=user.hash,
        )
        if balance != inviter.points:  # it is given once
            asked = any(found.inviter_id == inviter.id for found in waiting)
            _tell_inviter(tx, inviter, address if asked else "", balance)


def _tell_inviter(tx: Tx, inviter: User, address: str, balance: int) -> None:
    """Tell somebody that his invite has earned its bonus; who came by his link is not named to him."""
    points = tx.settings.money.invite_bonus_inviter
    if address:
        text = tx.texts(inviter.lang, "chat-bonus", address=address, points=points, balance=balance)
    else:
        text = tx.texts(inviter.lang, "chat-bonus-link", points=points, balance=balance)
    tell(tx, inviter, text)


def withdraw(tx: Tx, user: User) -> None:
    """Take back all invites of an account that is closed."""
    for found in invites.open_of(tx, user.id):
        invites.change(tx, found.id, status=invites.REVOKED)
        _take_back(tx, found)


def lose(tx: Tx, kind: str, address: str) -> None:
    """End the invites of an address that has become somebody's without them."""
    for found in invites.open_for(tx, kind, address):
        invites.change(tx, found.id, status=invites.LOST)


def refuse(tx: Tx, kind: str, address: str) -> None:
    """Note that an invited address does not want to come."""
    for found in invites.open_for(tx, kind, address):
        invites.change(tx, found.id, status=invites.REFUSED)


def stop(tx: Tx, kind: str, address: str) -> None:
    """Note that no assistant shall ever write to an address first."""
    memory.note(tx, kind, address, stopped=True)
    refuse(tx, kind, address)
    links.cancel_for_address(tx, "activate", kind, address)


# --- helpers


def _limit(tx: Tx, user: User) -> None:
    """Raise `Refused` (``too_many``) when an account has invited, or tried to, enough for a day."""
    most = tx.settings.limits.invites_per_day
    tries = tx.cache.increment(f"invite:{user.id}", seconds=DAY // SECOND)
    if tries > most * TRIES:
        raise Refused("too_many", retry_after=DAY // SECOND)
    _within(tx, invites.sent_since(tx, user.id, tx.now - DAY), most)


def _within(tx: Tx, found: tuple[int, int | None], most: int) -> None:
    count, first = found
    if count >= most:
        wait = (first or tx.now) + DAY - tx.now
        raise Refused("too_many", retry_after=max(1, -(-wait // SECOND)))


def _send(tx: Tx, user: User, invite: Invite) -> None:
    """Have the base assistant write to the invited one, in his language as far as it is known."""
    known = dialogues.lock(tx, invite.kind, invite.address)
    lang = known.lang or user.lang
    link = link_of(tx.settings, user)
    values: dict[str, Any] = {
        "name": user.name,
        "site": tx.settings.site_url,
        "link": link,
        "left": span(tx, lang, invite.expires_at - tx.now),
    }
    outbox.send(
        tx,
        user_op(BASE, invite.kind),
        messages.Invite(
            service=BASE,
            address=invite.address,
            text=tx.texts(lang, "chat-invite", **values),
            lang=lang,
            link=link,
            seq=dialogues.next_seq(tx, invite.kind, invite.address),
        ),
        expires_at=invite.expires_at,
    )


def _take_back(tx: Tx, invite: Invite) -> None:
    """Have the assistant take its request back, unless the address is more than invited by this one."""
    kind, address = invite.kind, invite.address
    if (
        users.by_address(tx, kind, address) is None
        and not users.waiting_for(tx, kind, address)
        and not invites.open_for(tx, kind, address)
    ):
        remove(tx, Chat(service=BASE, im=kind, address=address))


def _own(tx: Tx, caller: Caller, invite_id: int) -> tuple[User, Invite]:
    user = active_owner(tx, caller)
    found = invites.by_id(tx, invite_id)
    if found is None or found.inviter_id != user.id:
        raise Refused("unknown_invite")
    return user, found


def _again(tx: Tx, invite: Invite) -> Invite:
    found = invites.by_id(tx, invite.id)
    assert found is not None
    return found


def _is_open(tx: Tx, invite: Invite) -> bool:
    return invite.status == invites.OPEN and invite.expires_at > tx.now


def _is_waiting(tx: Tx, invite: Invite) -> bool:
    """Tell whether an invite waits for the invited one to do anything."""
    return _is_open(tx, invite) and invite.user_id is None


def _view(tx: Tx, invite: Invite) -> InviteView:
    waiting = "waiting" if invite.user_id is None else "registered"
    state = STATES.get(invite.status, waiting if invite.expires_at > tx.now else "expired")
    is_open = _is_open(tx, invite)
    return InviteView(
        id=invite.id,
        kind=invite.kind,
        address=invite.address,
        state=state,
        created_at=iso(invite.created_at),
        expires_at=iso(invite.expires_at),
        left=max(0, invite.expires_at - tx.now) // SECOND if is_open else 0,
        may_resend=_is_waiting(tx, invite)
        and invite.sends < SENDS
        and invite.sent_at + SEND_AGAIN <= tx.now,
        may_revoke=is_open,
    )
