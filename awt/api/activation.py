"""Activation links: what brings a registered address to life."""

from awt.api.caller import Caller
from awt.api.outgoing import Chat, issue_link, limit_links, say, span
from awt.db import users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.messages import LINK, Add
from awt.model.status import ASKED, BASE
from awt.model.times import SECOND


def send_activation(tx: Tx, user: User, chat: Chat, *, caller: Caller) -> None:
    """Send an address its activation link: into the chat that asked, else by the base assistant.

    Raises `Refused` (``too_many``) when that address had its share.
    """
    limit_links(tx, "activate", chat.im, chat.address)
    if (caller.im, caller.address) == (chat.im, chat.address) and caller.service:
        chat = Chat(
            service=caller.service, im=chat.im, address=chat.address, reply_to=caller.reply_to
        )
    expires_at = activation_ends(tx, user)
    link = issue_link(
        tx, user, "activate", kind=chat.im, address=chat.address, expires_at=expires_at
    )
    left = span(tx, user.lang, expires_at - tx.now)
    say(tx, chat, tx.texts(user.lang, "chat-activate", link=LINK, left=left), link=link, kind=Add)


def activation_ends(tx: Tx, user: User) -> int:
    """Return when an account that is not activated is deleted: counted from its registration."""
    return user.created_at + tx.settings.limits.activation_seconds * SECOND


def resend_activation(tx: Tx, user: User, *, caller: Caller) -> None:
    """Send every waiting address of an account its link again, those that did not get their share."""
    for im in users.ims(tx, user.id):
        if im.state != ASKED:
            continue
        try:
            with tx.savepoint():
                send_activation(
                    tx, user, Chat(service=BASE, im=im.kind, address=im.address), caller=caller
                )
        except Refused:
            continue
