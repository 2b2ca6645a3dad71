"""The whole suite: a command from a Jabber client to its answer, over real servers.

MariaDB, RabbitMQ, Prosody, a server node and the client node of base are processes of their own; the
people are slixmpp clients in this one. `RATE` commands a second are sent whether or not the ones before
are answered; an answer belongs to the oldest command of its user, for order is kept.

The CPU of a conversation (one command, one answer) is that of the two nodes together; the servers' and
the people's are left out. It is compared with two floors, taken in the same rounds.

One is `benchmarks.bare`: the least that the same libraries do of the same way, with the same people at
the same pace. A message that is alone on its way pays at each step that a process wakes up and its
threads take turns.

The other is the sum of the parts in closed loops, where that is shared by many, each the least that the
library does of it:

- an echo of one message on bare twisted.words (`benchmarks.xmpp.Words`);
- twice publish with confirm and consume with acknowledgement, on the bare adapter (`benchmarks.amqp`):
  the command goes through the broker, and so does the answer;
- `TRANSACTIONS` transactions of `benchmarks.bare`, in one thread. The way has two that cannot be left
  out: the effect with its answer, and the note that the answer was published.
"""

import itertools
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Final, TypeAlias

from awt.db.engine import make_engine
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.suite import Suite
from awt.testing.xmpp_user import Stanza, XmppUser
from benchmarks.bare import SERVICE, Bare, transactions
from benchmarks.measure import Figure, cpu, ms, percentile
from benchmarks.people import COMMANDS, FREE, PATIENCE, at_once
from benchmarks.xmpp import MESSAGES, Words, pieces

PEOPLE: Final = 20
RATE: Final = 50.0
"""Commands a second, of all together."""
SECONDS: Final = 10.0
"""Length of a round."""
ROUNDS: Final = 3
STRANGERS: Final = 40
TRANSACTIONS: Final = 2
RATIO: Final = 1 / 0.6
"""Goal for the CPU, as a multiple of the bare suite's."""
LINK_SECONDS: Final = 1.0
"""Goal for the link of a stranger."""

Spent: TypeAlias = dict[str, float]
"""CPU of a conversation in seconds, by what spent it."""


class Talker(XmppUser):
    """Somebody who knows when each of his commands was said and answered."""

    def __init__(self, jid: str, *, bot: str, port: int) -> None:
        super().__init__(jid, port=port)
        self.bot = bot
        self.waits: list[float] = []
        """How long each answer took, in seconds."""
        self._said: deque[float] = deque()
        self._commands = itertools.cycle(COMMANDS)

    def speak(self, text: str) -> None:
        """Say something; its answer is timed."""
        self._said.append(time.perf_counter())
        self.say(self.bot, text)

    def give(self) -> None:
        """Give the next command."""
        self.speak(next(self._commands))

    def answered(self) -> None:
        """Wait until everything is answered."""
        ends = time.monotonic() + PATIENCE
        while self._said:
            assert time.monotonic() < ends, "an answer is missing"
            time.sleep(0.01)

    def _keep(self, stanza: Stanza) -> None:
        if stanza.kind == "message" and stanza.body and stanza.sender == self.bot and self._said:
            self.waits.append(time.perf_counter() - self._said.popleft())
        super()._keep(stanza)


def run() -> Iterator[Figure]:
    """Measure."""
    with ExitStack() as stack:
        mariadb = stack.enter_context(MariaDB())
        rabbitmq = stack.enter_context(RabbitMQ())
        prosody = stack.enter_context(Prosody(services=["base", SERVICE]))
        suite = stack.enter_context(
            Suite(
                mariadb=mariadb,
                rabbitmq=rabbitmq,
                prosody=prosody,
                memcached=stack.enter_context(Memcached()),
                skype=None,
                services=["base"],
                **FREE,
            )
        )
        person = partial(Talker, bot=prosody.bot("base"), port=prosody.port)
        people = [stack.enter_context(person(f"p{n}@localhost")) for n in range(PEOPLE)]
        for somebody in people:
            _join(suite, somebody)
        yield from _strangers([person(f"s{n}@localhost") for n in range(STRANGERS)])
        queues = rabbitmq.vhost()
        works = stack.enter_context(Bare("works", queues, mariadb.database()))
        words = stack.enter_context(Bare("words", str(prosody.component_port), queues))
        nodes = {"server node": suite.server.pid, "client node": suite.clients["base"].pid}
        bare = {"bare server": works.pid, "bare client": words.pid}
        rounds, waits = [], []
        _round(nodes, people, prosody.bot("base"))
        _round(bare, people, prosody.bot(SERVICE))
        for _ in range(ROUNDS):
            closed = _floors(mariadb, rabbitmq)
            paced = _round(bare, people, prosody.bot(SERVICE))
            rounds.append((closed, paced, _round(nodes, people, prosody.bot("base"))))
            waits += [wait for somebody in people for wait in somebody.waits]
        yield from _told(rounds, waits)


def _join(suite: Suite, somebody: Talker) -> None:
    somebody.speak("hello")
    link = somebody.expect(somebody.bot, "http").link
    with suite.server.browser() as browser:
        browser.click(link)
    somebody.expect(somebody.bot, "active")


def _strangers(strangers: list[Talker]) -> Iterator[Figure]:
    found = []
    for somebody in strangers:
        with somebody:
            somebody.speak("hello")
            _ = somebody.expect(somebody.bot, "http").link
            found += somebody.waits
    yield Figure(
        what=f"stranger to activation link ({STRANGERS})",
        found=f"p50 {ms(median(found))}, p99 {ms(percentile(found, 99))}",
        goal=f"p99 < {LINK_SECONDS:.0f} s",
        good=percentile(found, 99) < LINK_SECONDS,
    )


def _round(nodes: dict[str, int], people: list[Talker], bot: str) -> Spent:
    """Let everybody talk to ``bot`` for a while; return the CPU of a conversation by process."""
    count = round(RATE * SECONDS / len(people))
    for somebody in people:
        somebody.bot = bot
        somebody.waits.clear()
    before = {name: cpu(pid) for name, pid in nodes.items()}
    begins = time.monotonic() + 0.2
    at_once([partial(_talk, s, n, count, begins) for n, s in enumerate(people)])
    for somebody in people:
        somebody.answered()
    done = count * len(people)
    return {name: (cpu(pid) - before[name]) / done for name, pid in nodes.items()}


def _talk(somebody: Talker, number: int, count: int, begins: float) -> None:
    """Give commands at their times, whether or not those before are answered."""
    pause = threading.Event()
    for turn in range(count):
        due = begins + (turn * PEOPLE + number) / RATE
        pause.wait(max(0.0, due - time.monotonic()))
        somebody.give()


def _told(rounds: list[tuple[Spent, Spent, Spent]], waits: list[float]) -> Iterator[Figure]:
    yield Figure(
        what=f"a command over all servers, {RATE:.0f} a second",
        found=f"p50 {ms(median(waits))}, p99 {ms(percentile(waits, 99))} ({len(waits)})",
    )
    for spent in zip(*rounds, strict=True):
        for name in spent[0]:
            yield Figure(
                what=f"a conversation: {name}",
                found=f"CPU {median(each[name] for each in spent) * 1e6:.0f} us",
            )
    for number, what, goal in (
        (0, "parts in closed loops", None),
        (1, "bare suite, same pace", RATIO),
    ):
        ratios = [sum(each[2].values()) / sum(each[number].values()) for each in rounds]
        yield Figure(
            what=f"CPU of a conversation / {what}",
            found=f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
            goal=f"<= {goal:.2f}" if goal else "",
            good=median(ratios) <= goal if goal else None,
        )


def _floors(mariadb: MariaDB, rabbitmq: RabbitMQ) -> Spent:
    """Return the CPU of each part's floor, in seconds a conversation."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.amqp", "ours", rabbitmq.vhost()],
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        "twisted.words echo": _words(),
        "2 x publish and consume": 2 * sum(map(float, done.stdout.split())) / 1e6,
        f"{TRANSACTIONS} x transaction": TRANSACTIONS * _transaction(mariadb),
    }


def _words() -> float:
    received = pieces()
    echo = Words()
    began = time.process_time()
    echo.run(received)
    return (time.process_time() - began) / MESSAGES


def _transaction(mariadb: MariaDB, count: int = 1000) -> float:
    """Return the CPU of a transaction on our side."""
    url = mariadb.database()
    engine = make_engine(url, threads=1)
    transaction = transactions(engine)
    began = time.process_time()
    for _ in range(count):
        transaction("x" * 300)
    spent = (time.process_time() - began) / count
    engine.dispose()
    mariadb.drop(url)
    return spent
