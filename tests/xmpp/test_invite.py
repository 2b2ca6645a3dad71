"""What the transport does with an invite and with a menu of numbers."""

import sqlite3
import time
import uuid
from contextlib import closing

from awt.model.messages import Body, Invite, encode_body
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser

LINK = "https://awt.example/faq?invited_by=4f0c"


def send(node: RunningNode, queue: str, body: Body) -> None:
    """Put a message into the queues of a node, as another process would."""
    now = round(time.time() * 1000)
    row = (str(uuid.uuid4()), queue, encode_body(body), "", "ready", 0, now, now)
    with closing(sqlite3.connect(node.database, timeout=30)) as connection, connection:
        connection.execute(
            "INSERT INTO outbox (message_id, queue, body, trace, state, attempt, created_at,"
            " next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )


def test_a_stranger_is_asked_with_the_text_of_the_invite_and_written_to(
    ann: XmppUser, bot: str, node: RunningNode
) -> None:
    text = f"Bob invites you & says <hello>: {LINK}"
    body = Invite(service="base", address=ann.jid, text=text, lang="en", link=LINK)
    send(node, "user_op.base.jabber", body)
    asked = ann.expect_presence(bot, "subscribe")
    assert asked.xml.findtext("{jabber:client}status") == text
    assert ann.expect(bot).body == text
    ann.authorise(bot)
    ann.subscribe(bot)
    ann.expect_presence(bot, "subscribed")


def test_a_number_answers_the_last_menu(member: XmppUser, bot: str) -> None:
    member.say(bot, "#nonsense")
    menu = member.expect(bot).body.splitlines()
    number = next(line.partition(".")[0] for line in menu if line.endswith(". Menu"))
    member.say(bot, number)
    assert "(base)" in member.expect(bot).body
