"""What an event of the poll means to an assistant, and messages as text. No network and no state here.

An event is taken apart one by one: a malformed one costs itself and not its neighbours.
"""

import re
from datetime import datetime
from html import escape, unescape
from typing import Any, Final

import msgspec
from attrs import frozen

from awt.model.address import BadAddress, normalise
from awt.model.ids import stable_id
from awt.model.messages import LINK
from awt.model.names import TEXT_MAX, clean_text
from awt.model.times import SECOND

IM: Final = "skype"
"""The kind of IM, as queues and rows name it."""
PERSON: Final = "8:"
"""Begins the id of a person, and of the conversation with one."""
SPOKEN: Final = frozenset({"Text", "RichText"})
"""Types of messages that somebody typed; the others are files, calls, typing notices and the like."""

MARKUP_MAX: Final = 8 * TEXT_MAX
"""Characters of a message, with its markup, that are looked at."""

PIECE: Final = 4000
"""Characters of one message that goes out; the network took about 8,000, a server may take less."""

_CONVERSATION: Final = re.compile(r"/conversations/([0-9]+:[^/?]+)")
_CONTACT: Final = re.compile(r"/contacts/([0-9]+:[^/?]+)")
NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
"""A message's number, as text."""
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_]{0,20})(?:[\s/][^<>]*)?>")
_NO_CHARACTER: Final = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9A-Fa-f]{7,});?")
"""References to characters that there are none of, too long to be read as numbers."""


class Resource(msgspec.Struct, kw_only=True):
    """A message as the network has it; all of it is text, and may be missing."""

    id: str | int | None = None
    messagetype: str = ""
    content: str | None = None
    sender: str = msgspec.field(name="from", default="")
    conversation: str = msgspec.field(name="conversationLink", default="")
    edited: Any = msgspec.field(name="skypeeditedid", default=None)
    arrived: str = msgspec.field(name="originalarrivaltime", default="")
    acknowledgement: str | None = msgspec.field(name="ackrequired", default=None)


@frozen(kw_only=True)
class Said:
    """Somebody said something. ``number`` is the message's id at the network, which grows with time."""

    user: str
    address: str
    text: str
    number: int
    arrived_at: int
    """When the network took it, in ms since the epoch; its number where the network does not say."""


@frozen(kw_only=True)
class InGroup:
    """Somebody spoke in a group, where assistants do not."""

    conversation: str


def read_event(event: Any, *, own: str) -> tuple[Said | InGroup | None, str | None]:
    """Return what an event of the poll means to the account ``own``, and where it is acknowledged.

    Raises `msgspec.ValidationError` for one that is malformed.
    """
    if not isinstance(event, dict) or event.get("resourceType") != "NewMessage":
        return None, None
    resource = msgspec.convert(event.get("resource"), Resource)
    return _meaning(resource, own=own), resource.acknowledgement


def read_resource(message: Any, *, own: str) -> tuple[Said | InGroup | None, str | None]:
    """Return the same for a message of a conversation, as it is kept there."""
    resource = msgspec.convert(message, Resource)
    return _meaning(resource, own=own), resource.acknowledgement


def _meaning(resource: Resource, *, own: str) -> Said | InGroup | None:
    """Return what a message means; None for our own, edits, typing notices and what nobody typed."""
    if resource.messagetype not in SPOKEN or resource.edited:
        return None
    conversation = _CONVERSATION.search(resource.conversation)
    sender = _CONTACT.search(resource.sender)
    if conversation is None or sender is None or sender[1].casefold() == (PERSON + own).casefold():
        return None
    if not conversation[1].startswith(PERSON):
        return InGroup(conversation=conversation[1])
    number = NUMBER.fullmatch(str(resource.id))
    address = address_of(sender[1])
    text = plain(resource.content or "")
    if conversation[1] != sender[1] or number is None or address is None or not text.strip():
        return None
    return Said(
        user=sender[1].removeprefix(PERSON),
        address=address,
        text=text[: TEXT_MAX + 1],
        number=int(number[0]),
        arrived_at=_moment(resource.arrived) or int(number[0]),
    )


def address_of(mri: str) -> str | None:
    """Return the stored form of the id of a person; None for bots, groups and what is no id."""
    if not mri.startswith(PERSON):
        return None
    try:
        return normalise(IM, mri.removeprefix(PERSON))
    except BadAddress:
        return None


def _moment(stamp: str) -> int:
    try:
        return round(datetime.fromisoformat(stamp).timestamp() * SECOND)
    except (ValueError, OverflowError):
        return 0


def message_id(said: Said, *, service: str) -> str:
    """Return the id under which a message has its effect once, however often it comes.

    It is a UUID (version 8) made of the sender, the assistant and the network's id of the message.
    """
    return stable_id(said.address, service, str(said.number))


def plain(content: str) -> str:
    """Return the text of a message; it comes as a little HTML, whether its type says so or not.

    Tags fall away, and quotations of earlier messages. In one pass, for anybody can send anything: the
    parser of the standard library takes seconds over a message of nothing but beginnings of tags.
    """
    if "<" not in content and "&" not in content:
        return content
    content = content[:MARKUP_MAX]
    parts: list[str] = []
    quotes = seen = 0
    for tag in _TAG.finditer(content):
        if not quotes:
            parts.append(content[seen : tag.start()])
        seen = tag.end()
        name = tag[2].lower()
        if name == "quote":
            quotes = max(0, quotes - 1) if tag[1] else quotes + 1
        elif name == "br" and not quotes:
            parts.append("\n")
    if not quotes:
        parts.append(content[seen:])
    return unescape(_NO_CHARACTER.sub("\ufffd", "".join(parts)))


def pieces(text: str) -> list[str]:
    """Return a text in pieces that the network takes, cut at the ends of lines and words."""
    found = []
    while len(text) > PIECE:
        cut = max(text.rfind("\n", 1, PIECE), text.rfind(" ", PIECE // 2, PIECE))
        cut = cut if cut > 0 else PIECE
        found.append(text[:cut])
        text = text[cut:].lstrip(" \n")
    return [*found, text] if text else found


def outgoing(text: str, secret: str | None) -> str:
    """Return a text of the queue as it goes out: filtered, its secret in place."""
    parts = [clean_text(part) for part in text.split(LINK)]
    return clean_text(secret or "").join(parts)


def markup(text: str) -> str:
    """Return a text as a message has it."""
    return escape(text, quote=False)
