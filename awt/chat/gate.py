"""The gate: what an address is to an assistant decides what it is answered.

It is the method ``Hear`` (somebody wrote) and the method ``ImEvent`` (added, authorised, removed). The
table of its rows is in the docs, "The chat".
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from awt.api import invites
from awt.api.activation import activation_ends, send_activation
from awt.api.caller import NODES, Caller
from awt.api.catalogue import ServiceName, add_service
from awt.api.outgoing import Chat, remove
from awt.api.registration import CreateAccount, ImAddress, create_account
from awt.api.registry import Done, Methods, Params
from awt.api.words import message as error_message
from awt.chat.commands import COMMANDS
from awt.chat.dialogue import Dialogues
from awt.chat.talk import Command, Reply, Talk
from awt.db import dialogues, services, users
from awt.db.invites import open_for
from awt.db.links import hash_token
from awt.db.services import Service
from awt.db.standing import standing
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused, bad_field
from awt.model.address import BadAddress, normalise
from awt.model.names import TEXT_MAX, clean_text
from awt.model.speech import is_stop
from awt.model.status import ACTIVE, BASE, LANGS, NEW, REJECTED
from awt.model.times import DAY, MINUTE

ACTIVE_EVERY: Final = MINUTE
"""``last_active`` is written at most this often."""
ID_MAX: Final = 64
NUMBERED: Final = 3600
"""Seconds for which the number of a message in its minute is kept, for when it is handled again."""
EVENTS: Final = frozenset({"subscribe", "authorised", "refused", "removed", "unreachable"})


class Hear(Params, frozen=True):
    """What somebody wrote. ``lang`` is what the network knows of his language."""

    service: str
    im: str
    address: str
    text: str
    message_id: str
    received_at: int
    lang: str = ""


class ImEvent(Params, frozen=True):
    """``event`` is subscribe, authorised, refused, removed or unreachable.

    ``token`` came with a request to subscribe: what a pre-authenticated link carries (XEP-0379).
    """

    service: str
    im: str
    address: str
    event: str
    event_id: str
    lang: str = ""
    token: str = ""


class CommandsOf(Params, frozen=True):
    """The assistant of a service, in a language."""

    service: str
    lang: str = ""


class CommandView(msgspec.Struct, frozen=True):
    """A command: its name without the ``#``, how it is written, what it is for."""

    name: str
    usage: str
    help: str


class CommandList(msgspec.Struct, frozen=True):
    """What an assistant understands, in the order of its help."""

    commands: list[CommandView]


class Gate:
    """Answers what people say and do to assistants."""

    def __init__(self, *, commands: Sequence[Command] = COMMANDS) -> None:
        self._dialogues = Dialogues(commands)
        self.methods = Methods()
        self.methods.method(callers=NODES, params=Hear)(self.hear)
        self.methods.method(callers=NODES, params=ImEvent)(self.im_event)
        self.methods.method(callers=NODES, params=CommandsOf, result=CommandList, read_only=True)(
            self.list_commands
        )

    def hear(self, tx: Tx, caller: Caller, params: Hear) -> Done:
        """Answer what somebody wrote to an assistant, in the chat that he wrote in.

        Errors, for the node alone: ``unknown_service``, ``bad_request``, ``forbidden``.
        """
        caller.has_to_speak_for(params.service, params.im)
        talk = _talk(tx, params, message_id=short_id(params.message_id))
        text = clean_text(params.text).strip()
        if not text or not _within_flood(talk):
            return Done()
        try:
            with tx.savepoint():
                reply = self._answer(talk, text)
        except Refused as refused:
            reply = _refusal(talk, refused)
        if reply is not None:
            talk.say(reply)
        dialogues.save(tx, talk.dialogue)
        return Done()

    def im_event(self, tx: Tx, caller: Caller, params: ImEvent) -> Done:
        """Take note of what somebody did to an assistant, and answer it where an answer is due."""
        caller.has_to_speak_for(params.service, params.im)
        if params.event not in EVENTS:
            raise bad_field("event", "value")
        talk = _talk(tx, params, message_id=None)
        if params.event == "unreachable":
            # of the base assistant nobody else could say it
            talk.dialogue.of(talk.service.short_name).away = talk.service.short_name != BASE
        elif params.event in {"subscribe", "authorised"}:
            _is_there(talk)
        try:
            with tx.savepoint():
                reply = self._happened(talk, params)
        except Refused as refused:
            reply = _refusal(talk, refused)
        if reply is not None:
            talk.say(reply)
        dialogues.save(tx, talk.dialogue)
        return Done()

    def _happened(self, talk: Talk, params: ImEvent) -> Reply | None:
        """Do what an event asks for, and return its answer."""
        event = params.event
        if talk.user is None and event == "subscribe" and not talk.service.price:
            inviter = invites.by_link(talk.tx, talk.caller, params.token)
            if inviter is not None:
                return self._stranger(talk, inviter=inviter)
        if talk.user is None and talk.service.short_name == BASE and _is_invited(talk):
            if event in {"subscribe", "authorised"}:
                return self._stranger(talk)
            if event in {"refused", "removed"}:
                invites.refuse(talk.tx, talk.im, talk.address)
            return None
        if event == "subscribe":
            return self._added(talk)
        if talk.user is not None and talk.user.status == ACTIVE:
            self._authorisation(talk, event)
        return None

    def list_commands(self, tx: Tx, _caller: Caller, params: CommandsOf) -> CommandList:
        """List the commands of an assistant, for networks that show them as menus.

        Errors: ``unknown_service``.
        """
        service = _service(tx, params.service)
        lang = params.lang if params.lang in LANGS else LANGS[0]
        return CommandList(
            [
                CommandView(
                    command.name,
                    tx.texts(lang, f"{command.name}-usage"),
                    tx.texts(lang, f"{command.name}-help"),
                )
                for command in self._dialogues.of_assistant(service.short_name)
                if not command.for_admins
            ]
        )

    def _answer(self, talk: Talk, text: str) -> Reply | None:
        _is_there(talk)
        if len(text) > TEXT_MAX:
            return Reply(talk.t("chat-too-long", most=TEXT_MAX))
        if (talk.user is None or talk.user.status == NEW) and is_stop(text):
            self._stop(talk)
            return None
        if talk.user is None:
            return self._stranger(talk)
        if talk.user.status != ACTIVE:
            return self._not_active(talk)
        if talk.tx.now - talk.user.time > DAY:
            users.change(talk.tx, talk.user.id, time=talk.tx.now)
        closed = self._enter(talk)
        if closed is not None:
            return self._dialogues.answer_outside(talk, text) or closed
        if (talk.standing.last_active or 0) < talk.tx.now - ACTIVE_EVERY:
            users.spoke(talk.tx, talk.im, talk.address)
        return self._dialogues.answer(talk, text)

    def _stop(self, talk: Talk) -> None:
        """Leave somebody alone who has no active account, for ever."""
        invites.stop(talk.tx, talk.im, talk.address)
        remove(talk.tx, talk.chat, talk.t("stop-stranger"))

    def _added(self, talk: Talk) -> Reply | None:
        """Answer that somebody added an assistant."""
        if talk.user is None:
            if talk.service.price:
                return self._stranger(talk)
            return Reply(talk.t("chat-write-anything"))
        if talk.user.status != ACTIVE:
            return None if _just_came(talk) else self._not_active(talk)
        return self._enter(talk) or self._dialogues.greeting(talk)

    def _stranger(self, talk: Talk, *, inviter: User | None = None) -> Reply | None:
        if talk.service.price:
            site = talk.tx.settings.site_url
            title = self._dialogues.title(talk, talk.service)
            return Reply(talk.t("chat-add-on-site", title=title, link=f"{site}/register"))
        address = ImAddress(kind=talk.im, address=talk.address)
        wish = CreateAccount(
            addresses=[address], lang=talk.lang, invited_by=inviter.hash if inviter else None
        )
        create_account(talk.tx, talk.caller, wish)
        return None

    def _not_active(self, talk: Talk) -> Reply | None:
        user = talk.account
        if user.status == NEW and _is_invited(talk):
            ends, here = activation_ends(talk.tx, user), ((talk.im, talk.address),)
            invites.take(talk.tx, user, here, inviter=None, expires_at=ends)
        if user.status != NEW:
            return Reply(talk.t("chat-closed", support=talk.tx.settings.contact))
        try:
            with talk.tx.savepoint():
                chat = Chat(service=BASE, im=talk.im, address=talk.address)
                send_activation(talk.tx, user, chat, caller=talk.caller)
        except Refused:
            left = talk.span(activation_ends(talk.tx, user) - talk.tx.now)
            return Reply(talk.t("chat-activate-first", left=left))
        return None

    def _enter(self, talk: Talk) -> Reply | None:
        """Let an active account into a service; return what it is told when it may not."""
        tx, user, service = talk.tx, talk.account, talk.service
        status = talk.standing.status
        title = self._dialogues.title(talk, service)
        if status is None and not service.price:
            add_service(tx, talk.caller, ServiceName(short_name=service.short_name))
        elif status is None:
            return Reply(
                talk.t(
                    "chat-paid",
                    title=title,
                    price=service.price,
                    balance=user.points,
                    link=f"{tx.settings.site_url}/services",
                )
            )
        elif status not in {NEW, ACTIVE}:
            if service.price:
                link = f"{tx.settings.site_url}/services"
                return Reply(talk.t("chat-removed-paid", title=title, link=link))
            command = f"#add {service.short_name}"
            return Reply(
                talk.t("chat-removed", title=title, command=command),
                (talk.choice("add", command, title=title),),
            )
        if talk.standing.im_state != ACTIVE:
            services.set_im_state(tx, user.id, service.id, talk.im, ACTIVE)
        return None

    def _authorisation(self, talk: Talk, event: str) -> None:
        """Note that an account authorised or refused an assistant."""
        state = {"authorised": ACTIVE, "refused": REJECTED, "removed": REJECTED}.get(event)
        user, service = talk.account, talk.service
        if state and services.status(talk.tx, user.id, service.id) in {NEW, ACTIVE}:
            services.set_im_state(talk.tx, user.id, service.id, talk.im, state)


def _is_there(talk: Talk) -> None:
    """Note that an assistant reaches somebody."""
    known = talk.dialogue.state.get(talk.service.short_name)
    if known is not None:
        known.away = False


def _is_invited(talk: Talk) -> bool:
    return bool(open_for(talk.tx, talk.im, talk.address))


def _just_came(talk: Talk) -> bool:
    """Tell whether an invited one has his link already: he authorised, and his client adds us back."""
    user = talk.account
    return (
        user.status == NEW
        and user.invited_by is not None
        and talk.tx.now - user.created_at < MINUTE
    )


def _refusal(talk: Talk, refused: Refused) -> Reply:
    """Return what somebody is told who cannot have what he asked for."""
    text = error_message(talk.tx.texts, talk.lang, refused)
    return Reply(text, (talk.choice("help"),) if users.is_active(talk.user) else ())


def short_id(message_id: str) -> str:
    """Return the id of a message, hashed where a network lets it be longer than we keep."""
    return message_id if len(message_id) <= ID_MAX else hash_token(message_id)


def _talk(tx: Tx, params: Hear | ImEvent, *, message_id: str | None) -> Talk:
    try:
        address = normalise(params.im, params.address)
    except BadAddress:
        raise bad_field("address", "address") from None
    found = dialogues.lock(tx, params.im, address)
    known = standing(tx, params.service, params.im, address)
    if known is None or not known.service.enabled:
        raise _unknown(params.service)
    user = known.user
    if user is None:
        waiting = [
            u for u in users.waiting_for(tx, params.im, address) if activation_ends(tx, u) > tx.now
        ]
        user = waiting[0] if waiting else None
    if user is None and params.lang in LANGS:
        found.lang = params.lang
    return Talk(
        tx=tx,
        standing=known,
        im=params.im,
        address=address,
        lang=(user.lang if user else found.lang) or LANGS[0],
        dialogue=found,
        message_id=message_id,
        user=user,
    )


def _service(tx: Tx, short_name: str) -> Service:
    found = services.by_name(tx, short_name)
    if found is None or not found.enabled:
        raise _unknown(short_name)
    return found


def _unknown(short_name: str) -> Refused:
    return Refused("unknown_service", service=short_name[:32])


def _within_flood(talk: Talk) -> bool:
    """Count a message; the first one too many in a minute is answered, the next are not.

    A message that is handled again, because its transaction failed, keeps its number: an accepted
    message is not to fall silent by our own fault.
    """
    most = talk.tx.settings.limits.messages_per_minute
    cache, known = talk.tx.cache, f"flood-number:{talk.message_id}"
    number = cache.get(known)
    count = int(number or cache.increment(f"flood:{talk.im}:{talk.address}", seconds=60))
    if number is None:
        cache.set(known, str(count), seconds=NUMBERED)
    if count == most + 1:
        talk.say(Reply(talk.t("chat-flood")))
    return count <= most
