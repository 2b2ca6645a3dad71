"""Dead letters: messages that could not be delivered, for whoever runs the installation."""

import msgspec

from awt.api.activation import activation_ends
from awt.api.caller import OPERATORS, Caller
from awt.api.outgoing import issue_link
from awt.api.registry import Done, Methods, Nothing, Params
from awt.db import links, outbox, users
from awt.db.outbox import Letter
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.messages import Add, Answer, Reauth, decode_body, encode_body
from awt.model.status import ACTIVE, NEW
from awt.model.times import SECOND, iso

methods = Methods()


class LetterId(Params, frozen=True):
    """A dead letter, by the id of its message."""

    id: str


class LetterView(msgspec.Struct, frozen=True):
    """A dead letter. A link that it carried is gone; ``text`` of a person is not shown in lists."""

    id: str
    queue: str
    kind: str
    attempt: int
    created_at: str
    error: str
    trace: str


class Letters(msgspec.Struct, frozen=True):
    """Dead letters, the oldest first."""

    letters: list[LetterView]


class LetterShown(msgspec.Struct, frozen=True):
    """A dead letter with its body."""

    letter: LetterView
    body: str


@methods.method(callers=OPERATORS, result=Letters, read_only=True)
def list_dead(tx: Tx, _caller: Caller, _params: Nothing) -> Letters:
    """List the dead letters."""
    return Letters([_view(letter) for letter in outbox.dead(tx)])


@methods.method(callers=OPERATORS, params=LetterId, result=LetterShown, read_only=True)
def show_dead(tx: Tx, _caller: Caller, params: LetterId) -> LetterShown:
    """Show a dead letter. Errors: ``unknown_letter``."""
    letter = _known(tx, params.id, hold=False)
    return LetterShown(letter=_view(letter), body=letter.body)


@methods.method(callers=OPERATORS, params=LetterId)
def replay_dead(tx: Tx, _caller: Caller, params: LetterId) -> Done:
    """Put a dead letter back into its queue; a link that it carried is issued anew.

    Errors: ``unknown_letter``, ``letter_broken``, ``link_not_active`` when there is no link to issue.
    """
    letter = _known(tx, params.id, hold=True)
    try:
        body = decode_body(letter.body)
    except msgspec.DecodeError:
        raise Refused("letter_broken") from None
    secret, expires_at, text = None, None, letter.body
    if isinstance(body, Answer | Add | Reauth) and body.link_id is not None:
        secret, expires_at, link_id = _new_link(tx, body.link_id)
        text = encode_body(msgspec.structs.replace(body, link_id=link_id))
    outbox.revive(tx, letter, secret=secret, body=text, expires_at=expires_at)
    return Done()


@methods.method(callers=OPERATORS, params=LetterId)
def drop_dead(tx: Tx, _caller: Caller, params: LetterId) -> Done:
    """Drop a dead letter for good. Errors: ``unknown_letter``."""
    if not outbox.drop(tx, params.id):
        raise Refused("unknown_letter")
    return Done()


def _new_link(tx: Tx, link_id: int) -> tuple[str, int, int]:
    """Issue a link like an old one; return its URL, its end and its id."""
    old = links.by_id(tx, link_id)
    user = users.by_id(tx, old.user_id) if old else None
    if old is None or user is None or user.status not in {NEW, ACTIVE}:
        raise Refused("link_not_active")
    expires_at = (
        tx.now
        + {
            "login": tx.settings.limits.login_link_seconds,
            "password": tx.settings.limits.password_link_seconds,
        }.get(old.purpose, 0)
        * SECOND
    )
    if old.purpose == "activate":
        expires_at = activation_ends(tx, user)
    if expires_at <= tx.now or (old.purpose == "activate" and user.status != NEW):
        raise Refused("link_not_active")
    if old.purpose != "activate":
        links.cancel(tx, user.id, old.purpose)
    new = issue_link(
        tx, user, old.purpose, kind=old.kind, address=old.address, expires_at=expires_at
    )
    return new.url, new.expires_at, new.id


def _known(tx: Tx, message_id: str, *, hold: bool) -> Letter:
    letter = outbox.dead_letter(tx, message_id, hold=hold)
    if letter is None:
        raise Refused("unknown_letter")
    return letter


def _view(letter: Letter) -> LetterView:
    try:
        kind = str(msgspec.json.decode(letter.body)["kind"])
    except (msgspec.DecodeError, KeyError, TypeError):
        kind = "?"
    return LetterView(
        id=letter.message_id,
        queue=letter.queue,
        kind=kind,
        attempt=letter.attempt,
        created_at=iso(letter.created_at),
        error=letter.error,
        trace=letter.trace,
    )
