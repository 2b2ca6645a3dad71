"""What a message stanza is to an assistant, and messages as text. No network and no state here.

Never answered, and never an account: errors, group chat, what came through a room, carbons and other
forwarded copies, copies that are too old, addresses without a localpart (servers).
"""

import itertools
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import idna
import msgspec
from attrs import frozen

from awt.model.address import BadAddress, normalise
from awt.model.ids import stable_id
from awt.model.messages import LINK, Choice
from awt.model.names import TEXT_MAX, clean_text
from awt.model.times import HOUR, SECOND
from awt.xmpp.shim import xml_lang

IM: Final = "jabber"
"""The kind of IM, as queues and rows name it."""
BOT: Final = "assistant"
"""The localpart of every assistant."""

CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"
RECEIPTS: Final = "urn:xmpp:receipts"
DELAYS: Final = frozenset({"urn:xmpp:delay", "jabber:x:delay"})
COPIES: Final = frozenset({"urn:xmpp:carbons:2", "urn:xmpp:forward:0", "urn:xmpp:mam:2"})
ROOMS: Final = frozenset({"http://jabber.org/protocol/muc#user", "jabber:x:conference"})
ELSEWHERE: Final = COPIES | ROOMS
OLD: Final = 300 * SECOND
"""A copy that was delayed by more than this is not answered."""
QUICK: Final = "urn:xmpp:tmp:quick-response"
CORRECT: Final = "urn:xmpp:message-correct:0"
PREAUTH: Final = "urn:xmpp:pars:0"
OURS: Final = "n-"
"""Begins the ids of what nobody has to hear of when it cannot be delivered: receipts, chat states."""
SHORT: Final = 8
"""An id with fewer characters is from a client that counts, and comes again in its next session."""

TOKEN: Final = 64
"""Characters of a token that are looked at; ours have fewer."""

_PROCESS: Final = uuid.uuid4().hex
_NUMBERS: Final = itertools.count()
_STAMP: Final = "%Y%m%dT%H:%M:%S"
_SUSPECT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\uf8ff\ufff0-\uffff"
    "\U0001fff0-\U0001ffff\U0002fff0-\U0010ffff]"
)
"""Whatever `clean_text` might remove; most texts have none of it, and looking is cheap."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody said something. ``sender`` is his full JID as it came, ``address`` the stored form."""

    sender: str
    address: str
    host: str
    id: str
    text: str
    lang: str
    wants_receipt: bool
    has_states: bool
    type: str


@frozen(kw_only=True)
class Failed:
    """A message of ours could not be delivered to an address."""

    address: str


@frozen(kw_only=True)
class Wrong:
    """A message that is answered by an error: ``type`` and ``condition`` of RFC 6120, 8.3."""

    type: str
    condition: str


def read(element: Any, *, bot: str, now: int) -> Said | Failed | Wrong | None:
    """Return what a message means to the assistant ``bot``; None is not answered. ``now`` in ms."""
    sender = element.attributes.get("from", "")
    kind = element.attributes.get("type", "normal")
    host = host_of(sender)
    if host and kind == "error":
        return _failed(element, sender)
    words = _words(element, now) if host and kind in {"chat", "normal"} else None
    if words is None:
        return None
    text, wants_receipt, has_states = words
    if bare_of(element.attributes.get("to", "")) != bot:
        return Wrong(type="cancel", condition="item-not-found")
    address = address_of(sender)
    if address is None:
        return Wrong(type="modify", condition="jid-malformed")
    return Said(
        sender=sender,
        address=address,
        host=host,
        id=element.attributes.get("id", ""),
        text=text[: TEXT_MAX + 1],
        lang=xml_lang(element)[:2].lower(),
        wants_receipt=wants_receipt,
        has_states=has_states,
        type=kind,
    )


def _words(element: Any, now: int) -> tuple[str, bool, bool] | None:
    """Return the text of a message, whether it wants a receipt and whether it has a chat state.

    None for copies, for what came through a room, and for what says nothing.
    """
    text = ""
    wants_receipt = has_states = False
    for child in element.children:
        if isinstance(child, str):
            continue
        if child.name == "body" and child.uri == element.uri:
            text = text or str(child)
        elif child.uri == RECEIPTS:
            wants_receipt = wants_receipt or child.name == "request"
        elif child.uri == CHAT_STATES:
            has_states = True
        elif child.uri in ELSEWHERE or (child.uri in DELAYS and _old(child, now)):
            return None
    return (text, wants_receipt, has_states) if text.strip() else None


def _failed(element: Any, sender: str) -> Failed | None:
    address = address_of(sender)
    if address is None or element.attributes.get("id", "").startswith(OURS):
        return None
    return Failed(address=address)


def _old(delay: Any, now: int) -> bool:
    """Tell whether a copy was delayed for long; what cannot be read was."""
    stamp = delay.attributes.get("stamp", "")
    try:
        if delay.uri == "jabber:x:delay":
            at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        else:
            at = datetime.fromisoformat(stamp)
            if at.tzinfo is None:
                at = at.replace(tzinfo=UTC)
        return now - at.timestamp() * SECOND > OLD
    except (ValueError, OverflowError):
        return True


@lru_cache(65536)
def address_of(sender: str) -> str | None:
    """Return the stored form of who sent a stanza; None for a server or what is no address."""
    try:
        return normalise(IM, sender)
    except BadAddress:
        return None


@lru_cache(65536)
def host_of(sender: str) -> str:
    """Return the host of the JID of a person; empty for a server, or what is no JID."""
    local, at, host = sender.partition("/")[0].partition("@")
    return host if at and local else ""


def bare_of(jid: str) -> str:
    """Return a JID without its resource."""
    return jid.partition("/")[0]


def message_id(said: Said, *, service: str, now: int) -> str:
    """Return the id under which a message has its effect once, however often its stanza comes.

    It is a UUID (version 8) made of the sender, the assistant and the id of the stanza. A stanza
    without an id is new each time. The short ids of clients that count are told apart by the hour.
    """
    if not said.id:
        return str(uuid.uuid4())
    hour = str(now // HOUR) if len(said.id) < SHORT else ""
    return stable_id(said.address, service, said.id, hour)


@lru_cache(65536)
def wire_jid(address: str) -> str:
    """Return a stored address as it stands in stanzas: the labels of its domain in Unicode (RFC 7622)."""
    local, _, host = address.partition("@")
    if "xn--" in host:
        try:
            host = idna.decode(host)
        except UnicodeError:
            return address
    return f"{local}@{host}"


def escape(text: str) -> str:
    """Return a text as it stands in XML, in content and in attributes."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text.replace("'", "&apos;") if "'" in text else text


@lru_cache(65536)
def _jid(address: str) -> str:
    """Return an address as it stands in an attribute; the same ones come again and again."""
    return escape(address)


def outgoing_text(text: str, secret: str | None) -> str:
    """Return a text of the queue as it goes out: filtered, and with its secret in place.

    A character that XML does not allow would make the server close the stream of all users.
    """
    if not _SUSPECT.search(text):
        return text
    parts = [clean_text(part) for part in text.split(LINK)]
    return clean_text(secret or "").join(parts)


def message(
    *, sender: str, to: str, id_: str, text: str, kind: str = "chat", inside: str = ""
) -> str:
    """Return a message stanza; ``inside`` is XML that stands beside the text."""
    return (
        f"<message from='{_jid(sender)}' to='{_jid(to)}' type='{kind}' id='{escape(id_)}'>"
        f"<body>{escape(text)}</body>{inside}</message>"
    )


def responses(choices: Iterable[Choice]) -> str:
    """Return what can be answered, for clients that show buttons (XEP-0439); the text has it, too."""
    return "".join(
        f"<response xmlns='{QUICK}' value='{escape(outgoing_text(choice.send, None))}'"
        f" label='{escape(outgoing_text(choice.label, None))}'/>"
        for choice in choices
    )


def correction(of: str) -> str:
    """Return what says that a message comes in the place of another one (XEP-0308)."""
    return f"<replace xmlns='{CORRECT}' id='{escape(of)}'/>"


def preauth(element: Any) -> str:
    """Return the token that a request to subscribe carries (XEP-0379), empty where there is none."""
    for child in element.elements(PREAUTH, "preauth"):
        return str(child.getAttribute("token", ""))[:TOKEN]
    return ""


def _our_id() -> str:
    """Return an id that no other process gives, for what nobody misses."""
    return f"{OURS}{_PROCESS}-{next(_NUMBERS)}"


def receipt(*, sender: str, to: str, received: str, kind: str) -> str:
    """Return the receipt for a message (XEP-0184)."""
    return (
        f"<message from='{_jid(sender)}' to='{_jid(to)}' type='{kind}' id='{_our_id()}'>"
        f"<received xmlns='{RECEIPTS}' id='{escape(received)}'/></message>"
    )


def state(*, sender: str, to: str, name: str) -> str:
    """Return a chat state (XEP-0085) that stands alone."""
    return (
        f"<message from='{_jid(sender)}' to='{_jid(to)}' type='chat' id='{_our_id()}'>"
        f"<{name} xmlns='{CHAT_STATES}'/></message>"
    )


def presence(*, sender: str, to: str, kind: str = "", inside: str = "") -> str:
    """Return a presence stanza; without a kind it is available."""
    type_ = f" type='{kind}'" if kind else ""
    return f"<presence from='{_jid(sender)}' to='{_jid(to)}'{type_}>{inside}</presence>"


def error(element: Any, wrong: Wrong) -> str:
    """Return the error that answers a message."""
    sender, to, id_ = (escape(element.attributes.get(n, "")) for n in ("to", "from", "id"))
    return (
        f"<message from='{sender}' to='{to}' type='error' id='{id_}'><error type='{wrong.type}'>"
        f"<{wrong.condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )
