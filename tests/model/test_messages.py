"""What the queues carry."""

import msgspec
import pytest

from awt.model.messages import (
    Add,
    Answer,
    Body,
    Choice,
    Delete,
    Hear,
    ImEvent,
    Invite,
    Message,
    Reauth,
    decode_body,
    decode_message,
    encode_body,
    encode_message,
    spamer,
    user_op,
)

_BODIES: list[Body] = [
    Hear(service="base", im="jabber", address="a@b.c", text="hi", message_id="1", received_at=1),
    ImEvent(service="base", im="jabber", address="a@b.c", event="subscribe", event_id="2"),
    Answer(address="a@b.c", text="x", seq=3, reply_to="1", choices=(Choice("a", "#a"),)),
    Add(address="a@b.c", text="x", link_id=7),
    Reauth(address="a@b.c", text="x"),
    Delete(address="a@b.c"),
    Invite(service="base", address="a@b.c", text="x", lang="ru", link="https://x/faq"),
]


@pytest.mark.parametrize("body", _BODIES, ids=lambda body: type(body).__name__)
def test_a_body_survives_the_wire(body: Body) -> None:
    assert decode_body(encode_body(body)) == body


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"kind": "x"}', '{"kind": "delete"}', '{"kind": "delete", "address": 1}'],
)
def test_what_is_no_body_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_body(text)


def test_a_queue_belongs_to_an_assistant_on_an_im() -> None:
    assert user_op("base", "jabber") == "user_op.base.jabber"
    assert spamer("base", "skype") == "spamer.base.skype"


@pytest.mark.parametrize("body", _BODIES, ids=lambda body: type(body).__name__)
def test_a_whole_message_survives_the_wire(body: Body) -> None:
    plain = Message(id="m1", queue="api", body=body, created_at=5, trace="t")
    full = msgspec.structs.replace(plain, attempt=3, expires_at=9, secret="https://x/\u00e9")
    for message in (plain, full):
        assert decode_message(encode_message(message), queue="api") == message


def test_the_wire_has_one_flat_object() -> None:
    message = Message(id="m1", queue="api", body=Delete(address="a"), created_at=5, trace="t")
    assert msgspec.json.decode(encode_message(message)) == {
        "id": "m1",
        "kind": "delete",
        "created_at": 5,
        "attempt": 0,
        "trace": "t",
        "address": "a",
        "text": "",
        "seq": 0,
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"kind": "delete", "address": "a"}',
        b'{"id": "", "created_at": 1, "attempt": 0, "trace": "", "kind": "delete", "address": "a"}',
        b'{"id": "1", "created_at": "x", "attempt": 0, "trace": "", "kind": "delete", "address": "a"}',
        b'{"id": "1", "created_at": 1, "attempt": 0, "trace": "", "kind": "none", "address": "a"}',
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_message(data, queue="api")


def test_a_message_that_nobody_could_read_does_not_leave() -> None:
    broken: str = None  # type: ignore[assignment]
    message = Message(id="m1", queue="api", body=Delete(address=broken), created_at=5)
    with pytest.raises(msgspec.DecodeError):
        encode_message(message)
