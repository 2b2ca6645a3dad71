"""What the queues carry: one frozen structure a kind, validated on both ends.

The envelope (id, kind, created_at, attempt, expires_at, trace) is the same for all kinds. `LINK` stands
in a text where the secret of the envelope belongs; it is put in by the transport, at the last moment,
so that a text without its secret can be kept, listed and logged.
"""

from typing import Annotated, Final, Literal

import msgspec

LINK: Final = "\ue000"
"""The mark, in a text, of the place of the secret link. `clean_text` never lets one in from outside."""

API: Final = "api"
"""The queue of what people said, read by w1."""
REMOTE: Final = "remote"


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
    token: str = ""
    """What was shown with a request to subscribe: the token of a pre-authenticated link (XEP-0379)."""


class Answer(msgspec.Struct, frozen=True, tag="answer", tag_field="kind"):
    """An assistant answers. ``seq`` numbers the answers to one address; ``link_id`` the link inside.

    ``corrects`` is the id of a message in whose place this one comes, where the chat can do that;
    where it cannot, one that is ``minor`` is left out. ``image`` is a picture of the site, for the chat there.
    """

    address: str
    text: str
    seq: int = 0
    reply_to: str | None = None
    choices: tuple[Choice, ...] = ()
    link_id: int | None = None
    corrects: str | None = None
    minor: bool = False
    image: str | None = None


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


class Invite(msgspec.Struct, frozen=True, tag="invite", tag_field="kind"):
    """A stranger is invited: asked for authorisation with a text, and written to.

    ``link`` is the page of questions with the inviter's hash; it stands in ``text`` as well. ``lang``
    is the language of the text.
    """

    service: str
    address: str
    text: str
    lang: str
    link: str
    seq: int = 0


class Call(msgspec.Struct, frozen=True, tag="call", tag_field="kind"):
    """Somebody wrote to a service that is another program, which knows him as ``user``."""

    service: str
    im: str
    address: str
    user: str
    text: str
    lang: str
    said_at: int


Body = Hear | ImEvent | Answer | Add | Reauth | Delete | Invite | Call
"""Every kind of message."""

Outward = Answer | Add | Reauth | Delete | Invite
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


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message without the fields of its kind, as it stands on the wire."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    created_at: int
    attempt: int
    trace: str
    expires_at: int | None = None
    secret: str | None = None


_ENVELOPE: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)


def encode_message(message: Message) -> bytes:
    """Return a whole message as one JSON object: envelope and fields of the kind side by side.

    It is read back first, so that what leaves can be read: `msgspec.DecodeError` when it cannot.
    """
    envelope = msgspec.json.encode(
        _Envelope(
            id=message.id,
            created_at=message.created_at,
            attempt=message.attempt,
            trace=message.trace,
            expires_at=message.expires_at,
            secret=message.secret,
        )
    )
    data = envelope[:-1] + b"," + msgspec.json.encode(message.body)[1:]
    decode_message(data, queue=message.queue)
    return data


def decode_message(data: bytes, *, queue: str) -> Message:
    """Return the message in a JSON object; raise `msgspec.DecodeError` for what is none."""
    envelope = _ENVELOPE.decode(data)
    return Message(
        id=envelope.id,
        queue=queue,
        body=_DECODER.decode(data),
        created_at=envelope.created_at,
        attempt=envelope.attempt,
        expires_at=envelope.expires_at,
        trace=envelope.trace,
        secret=envelope.secret,
    )


def user_op(service: str, im: str) -> str:
    """Return the name of the queue of what an assistant says and does on an IM (w2)."""
    return f"user_op.{service}.{im}"


def spamer(service: str, im: str) -> str:
    """Return the name of the queue of what an assistant sends unasked (w3)."""
    return f"spamer.{service}.{im}"


def remote(service: str) -> str:
    """Return the name of the queue of calls to a service that is another program (w1)."""
    return f"{REMOTE}.{service}"
