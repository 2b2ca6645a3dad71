"""Messages that a node cannot read, must not take or does not survive: they end in the dead letters."""

import http.client
import json
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from awt.model.messages import Delete, Message, encode_message
from awt.testing.process import ServerError
from awt.testing.suite import ClientNode, Suite
from awt.testing.xmpp_user import XmppUser
from tests.integration import books, crashing

QUEUE = "user_op.base.jabber"
POISON = "poison"
WORKS = "part xmpp works"
MET = " is connected"
PATIENCE = 180.0
"""Seconds within which everything has to have happened; the one deadline."""
DEAD = "SELECT count(*) FROM outbox WHERE state = 'dead'"
NOT_READ = b"\xff{"
NOT_TAKEN = encode_message(
    Message(id=str(uuid.uuid4()), queue="api", body=Delete(address="a@localhost"), created_at=1)
)


class Weak(ClientNode):
    """A client node that does not survive one word of its assistant."""

    def command(self) -> Sequence[str]:
        return [sys.executable, str(Path(crashing.__file__)), QUEUE, "before", POISON]

    def start(self) -> Self:
        self._lived = self.log.count(WORKS)
        self._met = self.log.count(MET)
        return super().start()

    def ready(self) -> bool:
        """Tell whether its parts work."""
        return self.log.count(WORKS) > self._lived

    def live_until(self, dead: int, suite: Suite) -> None:
        """Come back from each death, as under a supervisor; done when there are so many dead letters."""
        ends = time.monotonic() + PATIENCE
        with books.opened(suite.database) as db:
            while books.number(db, DEAD) < dead:
                assert time.monotonic() < ends, self.log[-2000:]
                if not self.running:
                    with suppress(ServerError):  # it died before it was ready
                        self.restart()
                time.sleep(0.05)
        if not self.running:
            self.restart()
        self.connected(suite.bot("base"), times=self._met + 1)


@pytest.fixture
def weak(suite: Suite) -> Iterator[Weak]:
    """A weak node in the place of that of base."""
    strong = suite.clients["base"]
    strong.terminate()
    own = {"DATA_DIR", "WEB_LISTEN", "SITE_URL"}
    known = {name: value for name, value in strong._settings.items() if name not in own}
    node = Weak(ROLE="client", **known)
    with node:
        node.connected(suite.bot("base"))
        yield node
    before = strong.log.count(MET)
    strong.start()
    strong.connected(suite.bot("base"), times=before + 1)


def join(suite: Suite, user: XmppUser) -> None:
    base = suite.bot("base")
    user.say(base, "hello")
    with suite.server.browser() as browser:
        assert browser.click(user.expect(base, "http").link).status == http.client.SEE_OTHER
    user.expect(base, "active")


def test_what_ends_its_node_is_dead_in_the_end_and_everybody_else_is_answered(
    suite: Suite, weak: Weak
) -> None:
    base, webtest = suite.bot("base"), suite.bot("webtest")
    with (
        XmppUser("paul@localhost", port=suite.xmpp_port) as paul,
        XmppUser("vera@localhost", port=suite.xmpp_port) as vera,
    ):
        join(suite, paul)
        join(suite, vera)
        paul.receipt(paul.say(base, f"#add {POISON}"), seconds=PATIENCE)
        suite.publish("api", NOT_TAKEN)
        suite.publish(QUEUE, NOT_READ)
        vera.say(webtest, "#help")
        vera.expect(webtest, "#check", seconds=PATIENCE)
        weak.live_until(3, suite)
        for user, text, answer in (
            (vera, "#balance", "points"),
            (paul, "#whoami", "paul@localhost"),
        ):
            user.receipt(user.say(base, text), seconds=PATIENCE)
            user.expect(base, answer, seconds=PATIENCE)
    letters = json.loads(suite.awt("dead", "list", "--json"))["letters"]
    assert sorted((one["queue"], one["error"]) for one in letters) == [
        ("api", "nobody may not say this"),
        (QUEUE, "ended its consumers 5 times"),
        (QUEUE, "undecodable"),
    ]
    for letter in letters:
        suite.awt("dead", "drop", letter["id"])
