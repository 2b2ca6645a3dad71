"""Rounds of conversations over XMPP with a suite in which something goes wrong, and what is counted of them.

Everybody has an XMPP client of his own and talks to two assistants, which makes two conversations. Accepted
is what got its receipt (XEP-0184); what got none is said again under the same id, as real clients do. What
somebody missed while he was offline is in the archive of his server.
"""

import http.client
import itertools
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from typing import Final

import sqlalchemy
from attrs import define, field
from slixmpp.exceptions import IqError

from awt.db.schema import outbox as OUTBOX  # noqa: N812 - tables
from awt.db.schema import task as TASK  # noqa: N812
from awt.testing.process import ServerError, until
from awt.testing.scale import SCALE
from awt.testing.suite import Suite
from awt.testing.website import Website
from awt.testing.xmpp_user import Stanza, XmppUser
from awt.xmpp.stanzas import Said, message_id
from tests.integration import books
from tests.integration.rows import Row

PEOPLE: Final = 20 * SCALE
"""Who talks while one kind of fault happens."""
AT_ONCE: Final = 100
"""The most of them in one round."""
PATIENCE: Final = 6.0 * min(PEOPLE, AT_ONCE)
"""Seconds within which all of a round has to have come; the one deadline."""
RECEIPT: Final = 5.0
"""Seconds that somebody waits for a receipt, or an error, before he says the same again."""
BREATH: Final = 0.3
"""Seconds that he waits after an error."""
LOOK: Final = 0.25
"""Seconds between two looks whether all has come."""
LINES: Final = 6
"""What each one says in all, to two assistants."""
MOMENTS: Final = (0.25, 0.65)
"""When the two faults of a round come: the share of all that is to be said that was accepted before."""
LOST: Final = (OSError, http.client.HTTPException)
"""What a browser sees of a node that dies."""
AWAY: Final = (ServerError, TimeoutError, IqError)
"""What a client sees of a server that dies."""

Fault = Callable[[int], None]
"""Lets it happen; it is told how often it has happened before under this name."""


@define(eq=False)
class Person:
    """A stranger who becomes a member and talks."""

    name: str
    suite: Suite
    website: Website
    chance: random.Random
    accepted: dict[str, str] = field(factory=dict)
    """Service by the id of what was accepted."""
    user: XmppUser = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.user = XmppUser(f"{self.name}@{self.suite.domain}", port=self.suite.xmpp_port)

    def live(self) -> None:
        """Say all that there is to say, each thing until it is accepted."""
        self.user.connect(seconds=PATIENCE)
        self._say("base", "hello")
        self._activate(self._link())
        for service, text in self._script():
            self._say(service, text)

    def _script(self) -> list[tuple[str, str]]:
        page = f"{self.website.url}/{self.name}"
        lines = [
            ("base", "#whoami"),
            ("base", "#balance"),
            ("webtest", "#help"),
            ("webtest", f"#check {page}/1"),
            ("webtest", f'#check {page}/2 "Here it is"'),
        ]
        self.chance.shuffle(lines)
        return lines

    def _say(self, service: str, text: str) -> None:
        stanza_id = str(uuid.uuid4())
        ends = time.monotonic() + PATIENCE

        def answers(stanza: Stanza) -> bool:
            received = stanza.child("{urn:xmpp:receipts}received")
            known = received.get("id", "") if received is not None else stanza.id
            return stanza.kind == "message" and known == stanza_id

        while True:
            assert time.monotonic() < ends, f"{self.name}: {text} is not accepted"
            try:
                self.user.say(self.suite.bot(service), text, message_id=stanza_id)
                if self.user.next(answers, seconds=RECEIPT).type != "error":
                    break
                time.sleep(BREATH)
            except AWAY:
                self.come_back()
        self.accepted[stanza_id] = service

    def leave(self) -> None:
        """Sign out."""
        self.user.disconnect()

    def come_back(self) -> None:
        """Sign in again, if the connection is gone."""
        ends = time.monotonic() + PATIENCE
        while not self.user.online:
            with suppress(*AWAY):
                self.user.reconnect(seconds=5)
            assert time.monotonic() < ends, f"{self.name} cannot sign in again"

    def _link(self) -> str:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            self.come_back()
            with suppress(ServerError):
                return self.user.next(
                    lambda s: s.kind == "message" and "user_hash" in s.body, seconds=5, skip=False
                ).link
        raise AssertionError(f"{self.name} got no link")

    def _activate(self, link: str) -> None:
        """Press the button until somebody says that it was pressed."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with suppress(*LOST, LookupError), self.suite.server.browser(seconds=5) as browser:
                page = browser.get(link)
                if page.status == http.client.GONE:  # the answer to the press before was lost
                    return
                if browser.submit(page, "/activate").status == http.client.SEE_OTHER:
                    return
            time.sleep(BREATH)
        raise AssertionError(f"{self.name} could not press the button")

    def seen(self) -> "Counter[str]":
        """Return how often each text came, by its id."""
        return Counter(s.id for s in list(self.user.inbox) if s.kind == "message" and s.body)

    def asked(self) -> list[str]:
        """Return the ids under which the suite knows what was accepted."""
        return [
            message_id(
                Said(
                    sender=self.user.full_jid,
                    address=self.user.jid,
                    host=self.suite.domain,
                    id=stanza_id,
                    text="",
                    lang="",
                    wants_receipt=True,
                    has_states=False,
                    type="chat",
                ),
                service=service,
                now=0,
            )
            for stanza_id, service in self.accepted.items()
        ]


def hold(suite: Suite, fault: Fault, *, name: str) -> Row:
    """Hold as many rounds as it takes until everybody has talked, with a fault twice in each, and count."""
    row = Row(fault=name)
    faults = itertools.count()
    for before in range(0, PEOPLE, AT_ONCE):
        people = min(AT_ONCE, PEOPLE - before)
        row += _round(suite, lambda: fault(next(faults)), name=name, before=before, people=people)
        sys.stderr.write(f"{row}\n")  # with -s one sees how far it is
    return row


def _round(suite: Suite, fault: Callable[[], None], *, name: str, before: int, people: int) -> Row:
    began = time.monotonic()
    run = uuid.uuid4().hex[:8]
    with Website() as website, ExitStack() as stack:
        crowd = [
            Person(f"p{run}{n}", suite, website, random.Random(f"{name} {before + n}"))
            for n in range(people)
        ]
        pool = stack.enter_context(ThreadPoolExecutor(people))
        stack.callback(lambda: list(pool.map(Person.leave, crowd)))
        living = [pool.submit(person.live) for person in crowd]
        for moment in MOMENTS:
            until(partial(_said, moment, crowd, living), seconds=PATIENCE, what="conversations")
            fault()
        for future in living:
            future.result()
        with books.opened(suite.database) as db:
            _wait_for_all(db, crowd)
            counted = _count(db, crowd, run)
    return Row(fault=name, seconds=round(time.monotonic() - began), **counted)


def _said(moment: float, people: list[Person], living: "list[Future[None]]") -> bool:
    """Tell whether that share of everything was accepted, or nobody talks any more."""
    accepted = sum(len(person.accepted) for person in people)
    return accepted >= moment * LINES * len(people) or all(future.done() for future in living)


def _wait_for_all(db: sqlalchemy.Connection, people: list[Person]) -> None:
    """Wait until there is nothing left to do and everybody has seen all; what lacks is counted later."""
    ends = time.monotonic() + PATIENCE
    waiting = people
    while time.monotonic() < ends:
        for person in waiting:
            person.come_back()
        lacking = _unanswered(db, waiting)
        waiting = [person for person in waiting if not lacking.isdisjoint(person.asked())]
        if not waiting and not books.number(db, books.BUSY):
            return
        time.sleep(LOOK)
    for person in waiting:
        person.user.catch_up()


def _said_to(db: sqlalchemy.Connection, traces: list[str]) -> dict[str, list[str]]:
    """Return the ids of all that assistants had to say to each of what was said."""
    db.rollback()
    found: dict[str, list[str]] = {trace: [] for trace in traces}
    query = sqlalchemy.select(OUTBOX.c.trace, OUTBOX.c.message_id).where(
        OUTBOX.c.trace.in_(traces), OUTBOX.c.queue.endswith(".jabber")
    )
    for trace, its_id in db.execute(query):
        found[trace].append(its_id)
    return found


def _tasks(db: sqlalchemy.Connection, traces: list[str]) -> Counter[str]:
    """Return how many tests there are of each of what was said."""
    query = sqlalchemy.select(TASK.c.trace).where(TASK.c.trace.in_(traces))
    return Counter(db.execute(query).scalars())


def _unanswered(db: sqlalchemy.Connection, people: list[Person]) -> set[str]:
    """Return what was accepted and has not got all its answers, or not all were seen."""
    asked = [trace for person in people for trace in person.asked()]
    answers, tasks = _said_to(db, asked), _tasks(db, asked)
    lacking = set()
    for person in people:
        seen = person.seen()
        lacking |= {
            trace
            for trace in person.asked()
            if len(answers[trace]) < 1 + tasks[trace] or any(i not in seen for i in answers[trace])
        }
    return lacking


def _count(db: sqlalchemy.Connection, people: list[Person], run: str) -> dict[str, int]:
    """Count what became of everything."""
    lost = _unanswered(db, people)
    asked = [trace for person in people for trace in person.asked()]
    answers, tasks = _said_to(db, asked), _tasks(db, asked)
    wrong = books.wrong(db)
    half_made = wrong.pop("accounts half made") + wrong.pop("addresses with two accounts")
    accounts = books.number(db, f"SELECT count(*) FROM user_im WHERE address LIKE 'p{run}%'")
    active = books.number(
        db,
        "SELECT count(*) FROM user JOIN user_im ON user_im.user_id = user.id"
        f" WHERE user.status = 'AC' AND user_im.address LIKE 'p{run}%'",
    )
    left = {name: count for name, count in wrong.items() if count}
    if lost or left:
        sys.stderr.write(f"wrong: {left}\n")
        for trace in lost:
            rows = db.execute(sqlalchemy.select(OUTBOX).where(OUTBOX.c.trace == trace)).all()
            told = [(r.queue, r.state, r.message_id, r.body[:80]) for r in rows]
            sys.stderr.write(f"lost: {trace} {tasks[trace]} tests, {told}\n")
    return {
        "conversations": 2 * len(people),
        "accepted": len(asked),
        "answered": len(asked) - len(lost),
        "lost": len(lost) + wrong.pop("messages left in queues"),
        "twice": wrong.pop("tasks charged twice")
        + sum(max(0, len(answers[t]) - 1 - tasks[t]) for t in asked)
        + sum(max(0, count - 1) for count in tasks.values()),
        "half_made": half_made + abs(len(people) - accounts) + abs(len(people) - active),
        "duplicates": sum(sum(p.seen().values()) - len(p.seen()) for p in people),
        "other": sum(wrong.values()),
    }
