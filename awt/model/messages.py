"""What the queues carry: one frozen structure a kind, validated on both ends.

The envelope (id, kind, created_at, attempt, expires_at, trace) is the same for all kinds. `LINK` stands
in a text where the secret of the envelope belongs; it is put in by the transport, at the last moment,
so that a text without its secret can be kept, listed and logged.
"""

from typing import Final, Literal

import msgspec

LINK: Final = "\ue000"
"""The mark, in a text, of the place of the secret link. `clean_text` never lets one in from outside."""

API: Final = "api"
"""The queue of what people said, read by w1."""


class Choice(msgspec.Struct, frozen=True):
    """One thing to answer next: what is shown, and what is sent when it is chosen."""

    label: str
    send: str


class Hear(msgspec.Struct, frozen=True, tag="Hear", tag_field="kind"):
    """Somebody wrote to an assistant."""

    service: str
    im: str
    address: str
    text: str
    message_id: str
    received_at: int
    lang: str = ""


class ImEvent(msgspec.Struct, frozen=True, tag="ImEvent", tag_field="kind"):
    """Something happened between an address and an assistant."""

    service: str
    im: str
    address: str
    event: Literal["subscribe", "authorised", "refused", "removed", "unreachable"]
    event_id: str
    lang: str = ""


class Answer(msgspec.Struct, frozen=True, tag="answer", tag_field="kind"):
    """An assistant answers. ``seq`` numbers the answers to one address; ``link_id`` the link inside."""

    address: str
    text: str
    seq: int = 0
    reply_to: str | None = None
    choices: tuple[Choice, ...] = ()
    link_id: int | None = None


class Add(msgspec.Struct, frozen=True, tag="add", tag_field="kind"):
    """A user is to be added to an assistant: written to, and asked for authorisation where there is such."""

    address: str
    text: str
    seq: int = 0
    reply_to: str | None = None
    choices: tuple[Choice, ...] = ()
    link_id: int | None = None


class Reauth(msgspec.Struct, frozen=True, tag="reauth", tag_field="kind"):
    """The request for authorisation goes out again."""

    address: str
    text: str
    seq: int = 0
    reply_to: str | None = None
    choices: tuple[Choice, ...] = ()
    link_id: int | None = None


class Delete(msgspec.Struct, frozen=True, tag="delete", tag_field="kind"):
    """A user is to be removed from an assistant's contacts."""

    address: str
    text: str = ""
    seq: int = 0


Body = Hear | ImEvent | Answer | Add | Reauth | Delete
"""Every kind of message."""

Outward = Answer | Add | Reauth | Delete
"""What a transport delivers."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message with its envelope, as a consumer gets it. Times in milliseconds."""

    id: str
    queue: str
    body: Body
    created_at: int
    attempt: int = 0
    expires_at: int | None = None
    trace: str = ""
    secret: str | None = None


def encode_body(body: Body) -> str:
    """Return a body as JSON, its kind in the field ``kind``."""
    return msgspec.json.encode(body).decode()


def decode_body(text: str | bytes) -> Body:
    """Return the body in a JSON text; raise `msgspec.DecodeError` (or its subclass) for what is none."""
    return _DECODER.decode(text)


_DECODER: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


def user_op(service: str, im: str) -> str:
    """Return the name of the queue of what an assistant says and does on an IM (w2)."""
    return f"user_op.{service}.{im}"


def spamer(service: str, im: str) -> str:
    """Return the name of the queue of what an assistant sends unasked (w3)."""
    return f"spamer.{service}.{im}"
