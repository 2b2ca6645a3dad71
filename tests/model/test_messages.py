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
    Reauth,
    decode_body,
    encode_body,
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
