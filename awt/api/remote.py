"""Services that are other programs: what is sent to them, and what comes of it.

What somebody writes waits in his dialogue, and only the first one is in the queue: the next follows in
the transaction that settles it. So a service gets what one user says in its order, one at a time,
whatever is tried again, and its answer has its effect once.
"""

from typing import Final

import msgspec

from awt.api.caller import NODES, OPERATORS, Caller, no_key
from awt.api.outgoing import Chat, say
from awt.api.registry import Done, Methods, Nothing, Params
from awt.api.words import message as error_message
from awt.db import dialogues, outbox, services, users
from awt.db.dialogues import Open, Waiting
from awt.db.services import Service
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused, bad_field
from awt.model.address import BadAddress, normalise
from awt.model.messages import Call, Choice, remote
from awt.model.names import clean_text
from awt.model.remote import Offer, Offers, pseudonym, signature
from awt.model.speech import understand
from awt.model.status import ACTIVE, KINDS, NEW
from awt.model.times import HOUR, SECOND

methods = Methods()

MOST: Final = 20
"""What one user may have written to one service before it answers."""
STALE: Final = HOUR
"""A call that is not settled by then never will be: it is counted as failed, and the next one goes.
So is a dead letter, at once when somebody writes."""


class RemoteNames(msgspec.Struct, frozen=True):
    """The services that are other programs, by their short names."""

    services: list[str]


class SignRemote(Params, frozen=True):
    """A call (its id), where it belongs, and the body of its request."""

    service: str
    im: str
    address: str
    id: str
    body: str


class Signed(msgspec.Struct, frozen=True):
    """Where a request goes, with the values of its headers; ``url`` is null for what is settled."""

    url: str | None
    timestamp: str = ""
    signature: str = ""


class RemoteAnswered(Params, frozen=True):
    """What a service answered to a call; without ``text`` it could not be had."""

    service: str
    im: str
    address: str
    id: str
    text: str | None = None
    choices: Offers = msgspec.field(default_factory=list)


class RemoteName(Params, frozen=True):
    """A service that is another program."""

    short_name: str


class ServiceSecret(msgspec.Struct, frozen=True):
    """What the requests to a service are signed with, shown once."""

    service: str
    secret: str


def ask(tx: Tx, user: User, service: Service, chat: Chat, lang: str, text: str) -> None:  # noqa: PLR0917 - each is one thing
    """Send what somebody wrote to a service, after what he wrote before. Errors: ``remote_busy``."""
    found = dialogues.lock(tx, chat.im, chat.address)
    open_ = found.of(service.short_name)
    if open_.calls and _is_lost(tx, open_.calls[0]):
        lost = open_.calls.pop(0)
        _fail(tx, service, chat, lost.lang)
        _send_next(tx, service.short_name, chat, open_)
    if len(open_.calls) >= MOST:
        raise Refused("remote_busy", service=service.short_name)
    known = services.remote(tx, service.id)
    open_.calls.append(
        Waiting(
            id=tx.chance.uuid(),
            user=pseudonym(known.pseudonym_key or "", user.hash),
            text=text,
            lang=lang,
            said_at=tx.now,
            reply_to=chat.reply_to,
            trace=tx.trace,
        )
    )
    _send_next(tx, service.short_name, chat, open_)
    dialogues.save(tx, found)


def _is_lost(tx: Tx, call: Waiting) -> bool:
    """Tell whether a call that was sent will never be settled: a dead letter, or much too old."""
    return call.sent_at < tx.now - STALE or outbox.is_lost(tx, call.id)


def _send_next(tx: Tx, service: str, chat: Chat, open_: Open) -> None:
    """Put the first call into the queue, unless it is there."""
    if not open_.calls or open_.calls[0].sent_at:
        return
    call = open_.calls[0]
    call.sent_at = tx.now
    tx.trace = call.trace
    body = Call(
        service=service,
        im=chat.im,
        address=chat.address,
        user=call.user,
        text=call.text,
        lang=call.lang,
        said_at=call.said_at,
    )
    outbox.send(tx, remote(service), body, message_id=call.id)


def _fail(tx: Tx, service: Service, chat: Chat, lang: str) -> None:
    say(tx, chat, error_message(tx.texts, lang, Refused("remote_failed", service=service.title)))


@methods.method(callers=NODES, result=RemoteNames, read_only=True)
def list_remotes(tx: Tx, _caller: Caller, _params: Nothing) -> RemoteNames:
    """List the services that are other programs: whose queues w1 reads."""
    return RemoteNames(services.remote_names(tx))


@methods.method(callers=NODES, params=SignRemote, result=Signed, read_only=True)
def sign_remote(tx: Tx, caller: Caller, params: SignRemote) -> Signed:
    """Sign the request of a call; the secret stays here.

    Errors: ``unknown_service``, ``no_secret``, ``bad_request``, ``forbidden``.
    """
    service, address = _place(tx, caller, params)
    open_ = dialogues.look(tx, params.im, address).get(service.short_name)
    if open_ is None or not open_.calls or open_.calls[0].id != params.id:
        return Signed(url=None)
    known = services.remote(tx, service.id)
    if known.url is None or not service.enabled:
        raise Refused("unknown_service", service=service.short_name)
    if known.secret is None:
        raise Refused("no_secret", service=service.short_name)
    timestamp = str(tx.now // SECOND)
    return Signed(
        url=known.url,
        timestamp=timestamp,
        signature=signature(known.secret, timestamp, params.body.encode()),
    )


@methods.method(callers=NODES, params=RemoteAnswered)
def remote_answered(tx: Tx, caller: Caller, params: RemoteAnswered) -> Done:
    """Tell somebody what a service answered, or that it did not; what he wrote next follows.

    Errors: ``unknown_service``, ``bad_request``, ``forbidden``.
    """
    service, address = _place(tx, caller, params)
    found = dialogues.lock(tx, params.im, address)
    open_ = found.of(service.short_name)
    if not open_.calls or open_.calls[0].id != params.id:
        return Done()
    call = open_.calls.pop(0)
    chat = Chat(service=service.short_name, im=params.im, address=address, reply_to=call.reply_to)
    text = clean_text(params.text or "").strip()
    if _is_heard(tx, service, params.im, address):
        if text:
            choices = _choices(params.choices)
            if choices:
                open_.confirm = ""  # a choice of others never answers a question of ours
            say(tx, chat, text, choices=choices)
        else:
            _fail(tx, service, chat, call.lang)
    _send_next(tx, service.short_name, chat, open_)
    dialogues.save(tx, found)
    return Done()


@methods.method(callers=OPERATORS, params=RemoteName, result=ServiceSecret)
def renew_secret(tx: Tx, caller: Caller, params: RemoteName) -> ServiceSecret:
    """Make the secret of a service anew; requests are signed with it from now on. A key may not do so.

    Errors: ``unknown_service``, ``forbidden``.
    """
    no_key(caller)
    known = services.by_name(tx, params.short_name)
    if known is None or known.url is None:
        raise Refused("unknown_service", service=params.short_name[:32])
    secret = tx.chance.token()
    services.put(tx, known.short_name, secret=secret)
    return ServiceSecret(service=known.short_name, secret=secret)


def _place(tx: Tx, caller: Caller, params: SignRemote | RemoteAnswered) -> tuple[Service, str]:
    """Return the service and the address of a call."""
    caller.has_to_speak_for(params.service, params.im)
    if params.im not in KINDS:
        raise bad_field("im", "value")
    found = services.by_name(tx, params.service)
    if found is None:
        raise Refused("unknown_service", service=params.service[:32])
    try:
        return found, normalise(params.im, params.address)
    except BadAddress:
        raise bad_field("address", "address") from None


def _is_heard(tx: Tx, service: Service, im: str, address: str) -> bool:
    """Tell whether somebody still wants to hear from a service."""
    user = users.by_address(tx, im, address)
    return (
        user is not None
        and user.status == ACTIVE
        and services.status(tx, user.id, service.id) in {NEW, ACTIVE}
    )


def _choices(offers: list[Offer]) -> tuple[Choice, ...]:
    """Return what can be chosen: words for the service, and no command of ours."""
    cleaned = [(clean_text(o.label).strip(), clean_text(o.send).strip()) for o in offers]
    return tuple(
        Choice(" ".join(label.split()), send)
        for label, send in cleaned
        if label and send and understand(send).kind != "command"
    )
