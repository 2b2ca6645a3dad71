"""A message whose transaction failed is handled again."""

import pytest

from awt.api.caller import LOCAL_NODE
from awt.chat.gate import Hear
from awt.db.tx import Tx
from awt.testing.talk import Conversation, World


class DiskFullError(Exception):
    """The commit fails."""


def test_a_message_that_failed_often_is_answered_when_it_no_longer_does(world: World) -> None:
    ann: Conversation = world.member("jabber", "ann@example.org")
    hear = Hear(
        service="base",
        im="jabber",
        address="ann@example.org",
        text="#balance",
        message_id="m-again",
        received_at=world.now,
    )

    def fail(tx: Tx) -> None:
        world.gate.hear(tx, LOCAL_NODE, hear)
        raise DiskFullError

    for _ in range(2 * world.settings.limits.messages_per_minute):
        with pytest.raises(DiskFullError):
            world.run(fail)
    world.run(world.gate.hear, LOCAL_NODE, hear)
    [answer] = ann.read()
    assert answer.reply_to == "m-again"
    assert answer.text != world.texts("en", "chat-flood")
