"""What methods say to chats: numbered a chat, through the outbox, the link never in the text itself."""

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from awt.db import dialogues, links, outbox, services, users
from awt.db.dialogues import Dialogue
from awt.db.tx import Tx
from awt.db.users import User, UserIm
from awt.errors import Refused
from awt.model.messages import Add, Answer, Choice, Delete, Reauth, spamer, user_op
from awt.model.status import ACTIVE, BASE, CONFIRMED
from awt.model.times import DAY, MINUTE, SECOND
from awt.text import spans

PATHS = {
    "activate": "activate",
    "login": "temporary_login",
    "password": "forgot_password",
    "email": "confirm_email",
    "delete": "confirm_delete",
}
"""Page of the site, by purpose of the link."""


@frozen(kw_only=True)
class Chat:
    """A place to write to: an address on an IM, as seen by one assistant."""

    service: str
    im: str
    address: str
    reply_to: str | None = None


@frozen(kw_only=True)
class Issued:
    """A link on its way: ``url`` is secret."""

    id: int
    url: str
    expires_at: int


def issue_link(
    tx: Tx, user: User, purpose: str, *, kind: str | None, address: str | None, expires_at: int
) -> Issued:
    """Make a one-time link of an account."""
    link_id, token = links.create(
        tx, user_id=user.id, purpose=purpose, kind=kind, address=address, expires_at=expires_at
    )
    url = f"{tx.settings.site_url}/{PATHS[purpose]}?user_hash={user.hash}&salt={token}"
    return Issued(id=link_id, url=url, expires_at=expires_at)


def limit_links(tx: Tx, purpose: str, kind: str, address: str) -> None:
    """Raise `Refused` (``too_many``) when an address got its share of links of a purpose."""
    limits = tx.settings.limits
    for most, period in ((limits.resend_per_minute, MINUTE), (limits.resend_per_day, DAY)):
        count, first = links.sent_since(tx, purpose, kind, address, tx.now - period)
        if count >= most:
            wait = -((tx.now - (first or tx.now) - period) // SECOND)
            raise Refused("too_many", retry_after=max(1, wait))


def say(
    tx: Tx,
    chat: Chat,
    text: str,
    *,
    choices: tuple[Choice, ...] = (),
    link: Issued | None = None,
    kind: type[Answer] | type[Add] | type[Reauth] = Answer,
    message_id: str | None = None,
    corrects: str | None = None,
    minor: bool = False,
    image: str | None = None,
) -> None:
    """Send a text to a chat. A number then answers one of ``choices``.

    They are shown as a numbered list at the end of the text where the chat has no buttons.
    Nothing is sent to an IM that this installation does not carry: nobody would take it. What an
    assistant cannot bring to somebody, the base one says, unless it is ``minor``. ``message_id`` names
    the message for one that ``corrects`` it later; those, ``minor`` and ``image`` are as in `Answer`.
    """
    if chat.im not in tx.settings.ims:
        return
    found = dialogues.lock(tx, chat.im, chat.address)
    service = _reaching(found, chat.service)
    if minor and service != chat.service:
        return
    if choices:
        if chat.im != "webchat":
            lines = [f"{i}. {choice.label}" for i, choice in enumerate(choices, 1)]
            text = "\n".join([text, "", *lines])
        found.of(service).choices = [choice.send for choice in choices]
    seq = dialogues.next_seq(tx, chat.im, chat.address)
    only_answers: dict[str, Any] = {}
    if kind is Answer:
        only_answers = {
            "corrects": corrects if service == chat.service else None,  # each corrects its own
            "minor": minor,
            "image": image if chat.im == "webchat" else None,
        }
    outbox.send(
        tx,
        user_op(service, chat.im),
        kind(
            address=chat.address,
            text=text,
            seq=seq,
            reply_to=chat.reply_to,
            choices=choices,
            link_id=link.id if link else None,
            **only_answers,
        ),
        message_id=message_id,
        secret=link.url if link else None,
        expires_at=link.expires_at if link else None,
    )


def tell(tx: Tx, user: User, text: str, *, ims: Iterable[UserIm] | None = None) -> None:
    """Tell the owner of an account, unasked, where he was active last; nobody where he has no client.

    ``ims``: the addresses of the account, where the caller has read them already.
    """
    im = _last_client(tx, user, users.ims(tx, user.id) if ims is None else ims)
    if im is not None:
        outbox.send(tx, spamer(BASE, im.kind), Answer(address=im.address, text=text))


def _last_client(tx: Tx, user: User, ims: Iterable[UserIm]) -> UserIm | None:
    """Return the authorised client that was active last, of two at once the one confirmed first."""
    base = services.base(tx)
    clients = [
        im
        for im in ims
        if im.state == CONFIRMED
        and im.kind in tx.settings.ims
        and services.im_state(tx, user.id, base.id, im.kind) == ACTIVE
    ]
    return max(clients, key=lambda im: (im.last_active or 0, -(im.confirmed_at or 0)), default=None)


def _reaching(found: Dialogue, service: str) -> str:
    """Return whose assistant says something: its own, or the base one where that cannot reach him."""
    known = found.state.get(service)
    return BASE if known is not None and known.away else service


def remove(tx: Tx, chat: Chat, text: str = "") -> None:
    """Have an address removed from an assistant's contacts."""
    if chat.im not in tx.settings.ims:
        return
    seq = dialogues.next_seq(tx, chat.im, chat.address)
    outbox.send(
        tx, user_op(chat.service, chat.im), Delete(address=chat.address, text=text, seq=seq)
    )


def span(tx: Tx, lang: str, milliseconds: int) -> str:
    """Return how long something lasts, in words."""
    return spans.span(tx.texts, lang, milliseconds)
