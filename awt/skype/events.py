"""What an event of the poll means to an assistant, and messages as text. No network and no state here.

An event is taken apart one by one: a malformed one costs itself and not its neighbours.
"""

import hashlib
import re
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from typing import Any, Final

import msgspec
from attrs import frozen

from awt.model.address import BadAddress, normalise
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

_CONVERSATION: Final = re.compile(r"/conversations/([0-9]+:[^/?]+)")
_CONTACT: Final = re.compile(r"/contacts/([0-9]+:[^/?]+)")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")


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
    """When the network took it, in ms since the epoch; 0 where it does not say."""


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
    return read_message(resource, own=own), resource.acknowledgement


def read_message(resource: Resource, *, own: str) -> Said | InGroup | None:
    """Return what a message means; None for our own, edits, typing notices and what nobody typed."""
    if resource.messagetype not in SPOKEN or resource.edited:
        return None
    conversation = _CONVERSATION.search(resource.conversation)
    sender = _CONTACT.search(resource.sender)
    if conversation is None or sender is None or sender[1] == PERSON + own:
        return None
    if not conversation[1].startswith(PERSON):
        return InGroup(conversation=conversation[1])
    number = _NUMBER.fullmatch(str(resource.id))
    address = address_of(sender[1])
    text = plain(resource.content or "")
    if conversation[1] != sender[1] or number is None or address is None or not text.strip():
        return None
    return Said(
        user=sender[1].removeprefix(PERSON),
        address=address,
        text=text[: TEXT_MAX + 1],
        number=int(number[0]),
        arrived_at=_moment(resource.arrived),
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


def stable_id(*parts: str) -> str:
    """Return the UUID (version 8) of some words: the same for the same ones."""
    key = "\n".join(parts).encode(errors="surrogatepass")
    made = hashlib.blake2b(key, digest_size=16).hexdigest()
    return f"{made[:8]}-{made[8:12]}-8{made[13:16]}-a{made[17:20]}-{made[20:]}"


class _Text(HTMLParser):
    """Collects the text of a message: tags fall away, quotations of earlier messages too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._quotes = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag == "quote":
            self._quotes += 1
        elif tag == "br":
            self.handle_data("\n")

    def handle_startendtag(self, tag: str, _attrs: object) -> None:
        if tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "quote" and self._quotes:
            self._quotes -= 1

    def handle_data(self, data: str) -> None:
        if not self._quotes:
            self.parts.append(data)


def plain(content: str) -> str:
    """Return the text of a message; it comes as a little HTML, whether its type says so or not."""
    if "<" not in content and "&" not in content:
        return content
    text = _Text()
    text.feed(content[:MARKUP_MAX])
    text.close()
    return "".join(text.parts)


def outgoing(text: str, secret: str | None) -> str:
    """Return a text of the queue as it goes out: filtered, its secret in place."""
    parts = [clean_text(part) for part in text.split(LINK)]
    return clean_text(secret or "").join(parts)


def markup(text: str) -> str:
    """Return a text as a message has it."""
    return escape(text, quote=False)
