"""News to many over XMPP, by the whole suite, while its nodes are killed and somebody goes on asking.

All readers are at one component of the Jabber server, which swallows what they are sent and counts it.
"""

import json
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import delete, func, insert, select

from awt.db.schema import news as NEWS  # noqa: N812 - tables
from awt.db.schema import outbox as OUTBOX  # noqa: N812
from awt.db.schema import service as SERVICE  # noqa: N812
from awt.db.schema import user as USER  # noqa: N812
from awt.db.schema import user_im as USER_IM  # noqa: N812
from awt.db.schema import user_service as USER_SERVICE  # noqa: N812
from awt.db.schema import user_service_im as USER_SERVICE_IM  # noqa: N812
from awt.testing.process import ServerError, until
from awt.testing.scale import SCALE
from awt.testing.sink import Sink
from awt.testing.suite import Suite
from awt.testing.xmpp_user import Stanza, XmppUser
from tests.integration import books
from tests.integration.conftest import READERS

PEOPLE = 400 * SCALE
PACE = 100
"""Readers a second, as the suite is told."""
PATIENCE = 120 + 4 * PEOPLE / PACE
"""Seconds within which everybody has to have been told; the one deadline."""
THOUGHT = 0.1
"""Seconds that somebody thinks before he asks again."""
ANSWER = 5.0
"""Seconds after which he says the same again, as a client does that got no receipt."""


@pytest.fixture
def readers(suite: Suite) -> Iterator[set[str]]:
    """The addresses of members who read Russian; of each four more one has not been activated."""
    with books.opened(suite.database) as db:
        first = (db.execute(select(func.max(USER.c.id))).scalar() or 0) + 1
        base = db.execute(select(SERVICE.c.id).where(SERVICE.c.short_name == "base")).scalar_one()
        ids = range(first, first + PEOPLE + PEOPLE // 4)
        address = {i: f"reader{i}@{READERS}.{suite.domain}" for i in ids}
        status = {i: "NW" if (i - first) % 5 == 4 else "AC" for i in ids}
        account = {"points": 0, "lang": "ru", "time": 9 * 10**12, "created_at": 0}
        rows = [account | {"id": i, "hash": f"reader{i}", "status": status[i]} for i in ids]
        db.execute(insert(USER), rows)
        for table, values in (
            (USER_SERVICE, {"created_at": 0, "status": "AC"}),
            (USER_SERVICE_IM, {"kind": "jabber", "state": "AC"}),
        ):
            rows = [values | {"user_id": i, "service_id": base} for i in ids]
            db.execute(insert(table), rows)
        im = {"kind": "jabber", "state": "confirmed", "last_active": 1}
        db.execute(
            insert(USER_IM),
            [
                im
                | {"user_id": i, "address": address[i], "confirmed_address": f"jabber:{address[i]}"}
                for i in ids
            ],
        )
        db.commit()
        yield {address[i] for i in ids if status[i] == "AC"}
        db.execute(delete(USER).where(USER.c.id.in_(ids)))
        db.commit()


class Member(threading.Thread):
    """Somebody who asks for his balance, again and again; ``waits`` has the seconds of each answer."""

    def __init__(self, suite: Suite) -> None:
        super().__init__(name="a member who asks")
        self._bot = suite.bot("base")
        self._user = XmppUser(f"asker{uuid.uuid4().hex[:8]}@{suite.domain}", port=suite.xmpp_port)
        self._enough = threading.Event()
        self._join(suite)
        self.waits: list[float] = []
        self.said_twice = 0

    def _join(self, suite: Suite) -> None:
        self._user.connect()
        self._user.say(self._bot, "hello")
        with suite.server.browser() as browser:
            browser.click(self._user.expect(self._bot, "http").link)
        self._user.expect(self._bot, "active")
        self._user.skip()

    def run(self) -> None:
        while not self._enough.wait(THOUGHT):
            began = time.monotonic()
            self._ask(str(uuid.uuid4()))
            self.waits.append(time.monotonic() - began)

    def _ask(self, message_id: str) -> None:
        def answers(stanza: Stanza) -> bool:
            return stanza.kind == "message" and (
                (stanza.type == "error" and stanza.id == message_id) or "200" in stanza.body
            )

        while not self._enough.is_set():
            self._user.say(self._bot, "#balance", message_id=message_id)
            with suppress(ServerError):
                if self._user.next(answers, seconds=ANSWER).type != "error":
                    return
            self.said_twice += 1
            self._enough.wait(THOUGHT)

    def stop(self) -> None:
        self._enough.set()
        self.join()
        self._user.disconnect()


@pytest.fixture
def member(suite: Suite) -> Iterator[Member]:
    asking = Member(suite)
    asking.start()
    yield asking
    asking.stop()


def reached(sink: Sink, count: int) -> bool:
    """Tell whether so many have been told."""
    return len(sink.seen) >= count


def told(sink: Sink) -> set[str]:
    """Return who has been told."""
    return {address for address, _ in list(sink.seen)}


def test_news_reach_everybody_once_over_xmpp_while_nodes_are_killed_and_commands_are_answered(
    suite: Suite, readers: set[str], member: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    kills = [(PEOPLE // 8, suite.clients["base"]), (PEOPLE // 2, suite.server)]
    with suite.sink(READERS) as sink, books.opened(suite.database) as db:
        said = suite.awt("admin", "news", "send", "ru=Мы снова здесь.", "--lang", "ru", "--json")
        line = json.loads(said)
        assert line["planned"] == {"jabber": PEOPLE}
        asked_before = len(member.waits)
        for count, node in kills:
            until(partial(reached, sink, count), seconds=PATIENCE, what="news")
            node.restart()
        until(partial(reached, sink, PEOPLE), seconds=PATIENCE, what="everybody")
        seconds = time.monotonic() - began
        until(lambda: not books.number(db, books.BUSY), seconds=PATIENCE, what="empty queues")
        until(lambda: len(member.waits) >= asked_before + SCALE, seconds=PATIENCE, what="answers")
        state = select(NEWS.c.state, NEWS.c.sent).where(NEWS.c.id == line["id"])
        found = db.execute(state).one()
        assert (found.state, json.loads(found.sent)) == ("sent", line["planned"])
        sent_at = select(OUTBOX.c.created_at).where(
            OUTBOX.c.message_id.startswith(f"news-{line['id']}-")
        )
        bits = Counter(db.execute(sent_at).scalars())
    waits = sorted(member.waits[asked_before:])
    twice = sum(sink.seen.values()) - len(sink.seen)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(told(sink))} readers over XMPP in {seconds:.0f} s, {len(kills)} nodes killed,"
            f" {twice} saw it twice; {len(waits)} commands answered meanwhile, half of them in"
            f" {waits[len(waits) // 2]:.2f} s, 95 % in {waits[len(waits) * 95 // 100]:.2f} s,"
            f" all in {waits[-1]:.2f} s, {member.said_twice} said again\n"
        )
    assert told(sink) == readers
    assert len(sink.seen) == PEOPLE  # one message for each, however often it came
    moments = sorted(bits)
    assert max(bits.values()) <= PACE
    assert all(later - earlier >= 1000 for earlier, later in pairwise(moments))
