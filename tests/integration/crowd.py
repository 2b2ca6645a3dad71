"""People who live through the faults of a node, each in a thread of his own, and what is counted of them.

All that they know came by HTTP. What they were promised (202) is compared with the database afterwards.
"""

import http.client
import random
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import sqlalchemy
from attrs import define, field

from awt.testing.process import ServerError
from awt.testing.site import LINK, Browser, Event, Events, RunningNode
from awt.testing.website import Website
from tests.integration import books

PATIENCE: Final = 60.0
"""Seconds within which everything has to have come; the one deadline."""
AT_ONCE: Final = 40
"""People who are there at the same time."""
WAIT: Final = 0.5
"""How often somebody waits for an answer before he goes on."""
LOST: Final = (OSError, http.client.HTTPException)
"""What a client sees of a node that dies."""


class Gone(Exception):
    """The session of somebody ended without his knowing: the answer with the new one was lost."""


@define
class Tally:
    """What all people together saw."""

    accepted: dict[str, str] = field(factory=dict)
    """Text by the id that came with 202."""
    unanswered: Counter[str] = field(factory=Counter)
    """Posts whose answer was lost, by text."""
    refused: int = 0
    """503: to be said again."""
    activations_lost: int = 0
    streams: int = 0
    seen_twice: int = 0
    """Events that came twice in spite of Last-Event-ID."""
    seen: set[str] = field(factory=set)
    expected_to_see: set[str] = field(factory=set)
    """Ids of posts whose answers were to be seen in a stream."""
    answered: set[str] = field(factory=set)
    lock: Any = field(factory=threading.Lock)


class Crowd:
    """Lets people come, a few at a time; `said` counts what was accepted, for whoever makes the faults."""

    def __init__(self, node: RunningNode, website: Website, *, people: int, seed: int) -> None:
        self.node = node
        self.website = website
        self.tally = Tally()
        self.up = threading.Event()
        self.up.set()
        self._people = people
        self._seed = seed
        self._said = threading.Condition()
        self._count = 0
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._futures: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._futures = [
            self._pool.submit(Person(self, random.Random(f"{self._seed} {i}")).live)
            for i in range(self._people)
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.up.set()
        self._pool.shutdown(cancel_futures=kind is not None)

    def finish(self) -> None:
        """Wait for everybody; raise the first failure."""
        for future in self._futures:
            future.result()

    def wait_until_said(self, count: int) -> bool:
        """Wait until this many posts were accepted; False when all people are done before."""
        with self._said:
            self._said.wait_for(lambda: self._count >= count or self._done(), timeout=PATIENCE)
            return not self._done()

    def accept(self, message_id: str, text: str) -> None:
        """Note a promise."""
        with self._said:
            self.tally.accepted[message_id] = text
            self._count += 1
            self._said.notify_all()

    def _done(self) -> bool:
        return all(future.done() for future in self._futures)


class Person:
    """A stranger who becomes a member and talks."""

    def __init__(self, crowd: Crowd, chance: random.Random) -> None:
        self._crowd = crowd
        self._tally = crowd.tally
        self._chance = chance
        self._script = self._write_script()
        self._over = False
        self._cookies = threading.Lock()
        """Held while the session changes, and while a stream is opened with it."""

    def live(self) -> None:
        """Live; somebody whose session was lost begins anew, as a stranger."""
        while True:
            self._be_born()
            self._try(self._browser.get, "/")  # for the cookie
            listening = threading.Thread(target=self._listen, name="listening", daemon=True)
            listening.start()
            try:
                self._register()
                for service, text in self._script:
                    self._say(service, text)
                self._wait_for_answers()
            except Gone:
                with self._tally.lock:
                    self._tally.activations_lost += 1
                continue
            finally:
                self._over = True
                self._hang_up()
                listening.join(PATIENCE)
            break
        with self._tally.lock:
            self._tally.expected_to_see |= self._mine
            self._tally.answered |= self._answered

    def _write_script(self) -> list[tuple[str, str]]:
        chance = self._chance
        page = f"{self._crowd.website.url}/{chance.randrange(10**6)}"
        lines = [
            ("base", "#whoami"),
            ("base", "#balance"),
            ("base", "#help"),
            ("base", "#services"),
            ("base", "#nosuchcommand"),
            ("base", f"#check {page}"),
            ("webtest", f'{page} "Here it is"'),
            ("webtest", f'#check {page} "It is not here"'),
        ]
        chance.shuffle(lines)
        lines.insert(chance.randrange(len(lines)), ("base", "#del webtest"))
        lines.insert(chance.randrange(len(lines)), ("base", "#add webtest"))
        return lines

    def _be_born(self) -> None:
        self._browser = Browser(self._crowd.node.url)
        self._over = False
        self._stream: Events | None = None
        self._came = threading.Condition()
        self._events: dict[str, Event] = {}
        self._answered: set[str] = set()
        self._mine: set[str] = set()

    # --- what he reads ------------------------------------------------------------------------

    def _listen(self) -> None:
        last = ""
        while not self._over:
            self._crowd.up.wait(PATIENCE)
            try:
                with self._cookies:
                    stream = self._stream = self._browser.copy().events(last_id=last)
            except (*LOST, ServerError):
                continue
            with self._tally.lock:
                self._tally.streams += 1
            with stream, suppress(ServerError):
                while not self._over:
                    event = stream.next(seconds=PATIENCE)
                    last = event.id
                    self._notice(event)

    def _notice(self, event: Event) -> None:
        with self._came:
            if event.id in self._events:
                with self._tally.lock:
                    self._tally.seen_twice += 1
            self._events[event.id] = event
            if event.reply_to is not None:
                self._answered.add(event.reply_to)
            self._came.notify_all()

    def _hang_up(self) -> None:
        stream = self._stream
        if stream is not None:
            stream.close()

    def _await(self, condition: Any, what: str) -> None:
        with self._came:
            if not self._came.wait_for(condition, timeout=PATIENCE):
                raise AssertionError(f"not within {PATIENCE} s: {what}")

    # --- what he does -------------------------------------------------------------------------

    def _try(self, function: Any, *args: Any, **options: Any) -> Any:
        """Do something until it is answered; what it does may happen more than once."""
        while True:
            self._crowd.up.wait(PATIENCE)
            with suppress(*LOST):
                answer = function(*args, **options)
                if answer.status != http.client.SERVICE_UNAVAILABLE:
                    return answer

    def _say(self, service: str, text: str) -> None:
        """Say something until it is accepted; now and then wait for its answer."""
        message_id = self._post(service, text)
        self._mine.add(message_id)
        self._crowd.accept(message_id, text)
        if self._chance.random() < WAIT:
            self._await(lambda: message_id in self._answered, f"an answer to {text}")

    def _post(self, service: str, text: str) -> str:
        while True:
            self._crowd.up.wait(PATIENCE)
            said = {"service": service, "text": text}
            try:
                answer = self._browser.send_json("/chat/messages", said)
            except ConnectionRefusedError:
                continue
            except LOST:
                with self._tally.lock:
                    self._tally.unanswered[text] += 1
                continue
            if answer.status == http.client.SERVICE_UNAVAILABLE:
                with self._tally.lock:
                    self._tally.refused += 1
                continue
            assert answer.status == http.client.ACCEPTED, (answer.status, answer.text)
            return str(answer.json()["id"])

    def _register(self) -> None:
        self._say("base", "hi")
        self._await(self._links, "a link")
        link = self._links()[0]
        while True:
            page = self._try(self._browser.get, link)
            if page.status == http.client.GONE:
                raise Gone
            with self._cookies:
                try:
                    done = self._browser.submit(page, "/activate")
                except LOST:
                    continue
                if done.status == http.client.SEE_OTHER:
                    self._hang_up()  # a browser loads the next page
                    return
            if done.status == http.client.GONE:
                raise Gone
            assert done.status == http.client.SERVICE_UNAVAILABLE, (done.status, done.text)

    def _links(self) -> list[str]:
        return [found.group() for e in self._events.values() if (found := LINK.search(e.text))]

    def _wait_for_answers(self) -> None:
        self._await(lambda: self._mine <= self._answered, "all answers")


def count(node: RunningNode, tally: Tally | None = None) -> dict[str, int]:
    """Return what is wrong in the database of a node, by name; all are to be 0.

    First waits until its queues and tasks are empty. What it is compared with is what a crowd saw.
    """
    with books.opened(f"sqlite:///{node.database}") as db:
        drained = threading.Event()
        for _ in range(round(PATIENCE / 0.02)):
            if not books.number(db, books.BUSY):
                break
            drained.wait(0.02)
        wrong = books.wrong(db)
        if tally is not None:
            wrong |= _promises(db, tally)
        return wrong


def facts(node: RunningNode) -> dict[str, int]:
    """Return how much there is in the database of a node."""
    with books.opened(f"sqlite:///{node.database}") as db:
        return {name: books.number(db, query) for name, query in books.FACTS.items()}


def _promises(db: sqlalchemy.Connection, tally: Tally) -> dict[str, int]:
    """Compare what was promised with what was answered."""
    rows = db.execute(
        sqlalchemy.text("SELECT message_id, text FROM chat_message WHERE sender = 'user'")
    ).all()
    heard = {row.message_id: row.text for row in rows}
    answers = Counter(
        db.execute(
            sqlalchemy.text(
                "SELECT reply_to FROM chat_message WHERE sender = 'assistant' AND reply_to NOT NULL"
            )
        ).scalars()
    )
    cards = Counter(
        db.execute(sqlalchemy.text("SELECT reply_to FROM task WHERE reply_to NOT NULL")).scalars()
    )
    wanted = {message_id: 1 + cards[message_id] for message_id in heard}
    without_receipt = Counter(text for i, text in heard.items() if i not in tally.accepted)
    return {
        "accepted, not kept": len(tally.accepted.keys() - heard.keys()),
        "accepted, never answered": sum(answers[i] == 0 for i in tally.accepted),
        "answered too rarely": sum(0 < answers[i] < n for i, n in wanted.items()),
        "answered too often": sum(answers[i] > n for i, n in wanted.items()),
        "more than one task of a message": sum(n > 1 for n in cards.values()),
        "without a receipt, never answered": sum(
            answers[i] == 0 for i in heard if i not in tally.accepted
        ),
        "without a receipt, more often than said": sum(
            (without_receipt - tally.unanswered).values()
        ),
        "not seen in a stream": len(tally.expected_to_see - tally.answered),
        "seen twice in a stream": tally.seen_twice,
    }
