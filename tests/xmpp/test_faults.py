"""Servers die and freeze in the middle of conversations: nothing accepted is lost, nothing happens twice.

Accepted is what got its receipt. Everybody says again, under the same id, what got none: so do real
clients. What was missed while being offline is in the server's archive.
"""

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial

import pytest
from slixmpp.exceptions import IqError

from awt.testing.process import PATIENCE, Server, ServerError, until
from awt.testing.prosody import Prosody
from awt.testing.scale import SCALE
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser
from tests.xmpp.conftest import settings

CONVERSATIONS = 40 * SCALE
PEOPLE = 20
"""Who talk at the same time, each with two assistants: that makes 40 conversations."""
LINES = 4
"""What each one says: hello to the base assistant, and the rest to that of a paid service."""


@pytest.fixture(scope="module")
def server() -> Iterator[Prosody]:
    with Prosody() as running:
        yield running


@pytest.fixture(scope="module")
def victim(server: Prosody) -> Iterator[RunningNode]:
    with RunningNode(**settings(server)) as running:
        yield running


def kill(victim: Server) -> None:
    victim.kill()
    victim.start()


def freeze(victim: Server) -> None:
    victim.freeze()
    time.sleep(3.5)  # longer than a ping may take
    victim.thaw()


class Talker(threading.Thread):
    """Somebody who does not give up."""

    def __init__(self, jid: str, server: Prosody) -> None:
        super().__init__(name=jid)
        self.user = XmppUser(jid, port=server.port)
        self.accepted: list[str] = []
        self._lines = [
            (server.bot("base") if number == 0 else server.bot("demo"), f"hello {number}")
            for number in range(LINES)
        ]

    def run(self) -> None:
        self.user.connect(seconds=2 * PATIENCE)
        for number, (to, text) in enumerate(self._lines):
            message_id = f"{self.user.jid}-{number}"
            while True:
                try:
                    self.user.say(to, text, message_id=message_id)
                    self._wait(message_id)
                    break
                except (ServerError, TimeoutError):
                    self._again()
            self.accepted.append(message_id)

    def _wait(self, message_id: str) -> None:
        """Wait for the receipt; a ServerError after a while."""
        self.user.receipt(message_id, seconds=1)

    def _again(self) -> None:
        if not self.user.online:
            self.come_back()

    def come_back(self) -> None:
        while True:
            with suppress(ServerError, TimeoutError, IqError):
                self.user.reconnect(seconds=60)
                return


def answers(node: RunningNode) -> list[tuple[str, str, str]]:
    """Return queue, address and id of all that assistants had to say."""
    with closing(sqlite3.connect(f"file:{node.database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT queue, body, message_id FROM outbox WHERE queue LIKE 'user_op.%.jabber'"
        ).fetchall()
    return [(queue, json.loads(body)["address"], message_id) for queue, body, message_id in rows]


def said(node: RunningNode, names: list[str]) -> "Counter[tuple[str, str]]":
    """Return how many answers there are for each of these addresses, by queue."""
    return Counter((address, queue) for queue, address, _ in answers(node) if address in names)


def accounts(node: RunningNode) -> Counter[str]:
    """Return how many accounts wait for each address."""
    with closing(sqlite3.connect(f"file:{node.database}?mode=ro", uri=True)) as connection:
        return Counter(row[0] for row in connection.execute("SELECT address FROM user_im"))


def talk(talkers: list[Talker], fault: Callable[[], None]) -> None:
    """Let everybody talk, with a fault after a third of it and another after two thirds."""
    whole = len(talkers) * LINES

    def done(least: float) -> bool:
        return sum(len(talker.accepted) for talker in talkers) >= least

    for talker in talkers:
        talker.start()
    for least in (whole / 3, whole * 2 / 3):
        until(partial(done, least), seconds=240, what="the conversations")
        fault()
    for talker in talkers:
        talker.join(240)
        assert not talker.is_alive(), talker.accepted


@pytest.mark.parametrize(
    ("who", "what"),
    [("server", kill), ("server", freeze), ("victim", kill), ("victim", freeze)],
    ids=["kill-prosody", "freeze-prosody", "kill-node", "freeze-node"],
)
def test_what_was_accepted_is_answered_and_happens_once(
    who: str,
    what: Callable[[Server], None],
    server: Prosody,
    victim: RunningNode,
    request: pytest.FixtureRequest,
) -> None:
    target: Server = request.getfixturevalue(who)
    twice = sum(
        _conversations(f"{who}-{what.__name__}-{number}", server, victim, partial(what, target))
        for number in range(CONVERSATIONS // (2 * PEOPLE))
    )
    texts = CONVERSATIONS // 2 * LINES
    writer = request.config.get_terminal_writer()
    with request.getfixturevalue("capsys").disabled():
        writer.write(f" [{CONVERSATIONS} conversations, {texts} texts, {twice} came twice] ")


def _conversations(
    name: str, server: Prosody, victim: RunningNode, fault: Callable[[], None]
) -> int:
    """Hold conversations under a fault, prove all of them whole; return how many texts came twice."""
    names = [f"{name}-{number}@localhost" for number in range(PEOPLE)]
    talkers = [Talker(jid, server) for jid in names]
    talk(talkers, fault)
    wanted = Counter(
        {(jid, "user_op.base.jabber"): 1 for jid in names}
        | {(jid, "user_op.demo.jabber"): LINES - 1 for jid in names}
    )
    with suppress(ServerError):
        until(lambda: said(victim, names) == wanted, seconds=PATIENCE, what="what is to be said")
    assert said(victim, names) == wanted
    assert {jid: accounts(victim)[jid] for jid in names} == dict.fromkeys(names, 1)
    return _all_came(talkers, [row for row in answers(victim) if row[1] in set(names)])


def _all_came(talkers: list[Talker], expected: list[tuple[str, str, str]]) -> int:
    """Wait until every answer has come to the one it is for; return how many came once too often."""
    by_user = {talker.user.jid: talker for talker in talkers}

    def missing() -> int:
        return sum(
            message_id not in {s.id for s in list(by_user[address].user.inbox)}
            for _, address, message_id in expected
        )

    with suppress(ServerError):
        until(lambda: missing() == 0, seconds=5, what="the answers")
    if missing():
        for talker in talkers:
            talker.come_back()
    until(lambda: missing() == 0, seconds=2 * PATIENCE, what="the answers")
    twice = 0
    for talker in talkers:
        came = Counter(s.id for s in talker.user.inbox if s.kind == "message" and s.body)
        twice += sum(count - 1 for count in came.values())
        talker.user.disconnect()
    return twice
