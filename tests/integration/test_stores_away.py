"""MariaDB and memcached of a server node: slow, frozen, killed and back."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

import pytest

from awt.db.migrate import migrate
from awt.shared import SECONDS as WAIT
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.process import PATIENCE, until
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.site import Answer, Browser, RunningNode

SECONDS = 2
"""``database.timeout_seconds`` of the nodes."""
CONNECTIONS = 4
GUESSES = 5
WRONG = "wrong words entirely"


class Stores:
    """MariaDB and memcached of their own, and two server nodes that share them."""

    def __init__(self, rabbitmq: RabbitMQ) -> None:
        self.mariadb, self.memcached = MariaDB(), Memcached()
        self._rabbitmq = rabbitmq
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(self.mariadb)
            self._stack.enter_context(self.memcached)
            self.url = self.mariadb.database()
            migrate(self.url)
            broker = self._rabbitmq.vhost()
            shared = {
                "DATABASE_URL": self.url,
                "DATABASE_CONNECTIONS": str(CONNECTIONS),
                "DATABASE_TIMEOUT_SECONDS": str(SECONDS),
                "AMQP_URL": broker,
                "MEMCACHED_SERVERS": self.memcached.address,
                "LIMITS_LOGIN_FAILURES": str(GUESSES),
            }
            self.one = RunningNode(role="server", NODE="one", **shared)
            self.other = RunningNode(role="server", NODE="other", SITE_URL=self.one.url, **shared)
            for node in (self.one, self.other):
                self._stack.enter_context(node)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def stores(rabbitmq: RabbitMQ) -> Iterator[Stores]:
    with Stores(rabbitmq) as running:
        yield running
        for node in (running.one, running.other):
            assert "Traceback" not in node.log


@pytest.fixture
def member(stores: Stores) -> Browser:
    browser = stores.one.browser(seconds=PATIENCE)
    browser.join()
    return browser


def is_for_now(answer: Answer) -> bool:
    """Tell whether an answer says that it is to be asked for again."""
    return (
        answer.status == http.client.SERVICE_UNAVAILABLE
        and int(answer.headers["Retry-After"]) > 0
        and "Traceback" not in answer.text
    )


def crowd(member: Browser, number: int = 3 * CONNECTIONS) -> list[Answer]:
    """Have many ask at once for pages, methods and messages; return what they are answered.

    Whatever is away stays so until everybody has been answered: nobody may wait for it.
    """
    found: list[Answer] = []

    def ask(turn: int) -> None:
        browser = member.copy()
        if turn % 3 == 0:
            found.append(browser.get("/settings"))
        elif turn % 3 == 1:
            found.append(browser.call("GetAccount"))
        else:
            text = {"service": "base", "text": "#whoami"}
            found.append(browser.send_json("/chat/messages", text))

    people = [threading.Thread(target=ask, args=(turn,)) for turn in range(number)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(found) == number
    return found


def ready(node: RunningNode) -> tuple[int, dict[str, str]]:
    answer = node.browser(seconds=PATIENCE).get("/readyz")
    return answer.status, answer.json()


def recovers(node: RunningNode, member: Browser) -> None:
    """Wait until a node serves again by itself, and answers in the chat what it accepts."""
    until(lambda: ready(node)[0] == http.client.OK, seconds=PATIENCE, what="a node that is ready")
    assert member.get("/settings").status == http.client.OK
    assert member.ask("#whoami", seconds=PATIENCE).text


def test_everybody_is_answered_in_time_beside_a_database_that_hangs(
    stores: Stores, member: Browser
) -> None:
    before = [member.say("#whoami") for _ in range(3)]
    stores.mariadb.freeze()
    answers = crowd(member)
    assert all(map(is_for_now, answers)), [answer.status for answer in answers]
    assert member.get("/healthz").status == http.client.OK
    status, state = ready(stores.one)
    assert status == http.client.SERVICE_UNAVAILABLE
    assert (state["database"], state["bus"], state["cache"]) == ("Unavailable", "ok", "ok")
    metrics = member.get("/metrics").text
    assert 'awt_works{what="database"} 0.0' in metrics
    assert 'awt_outbox_messages{state="dead"} NaN' in metrics
    stores.mariadb.thaw()
    recovers(stores.one, member)
    for message_id in before:
        with member.events() as events:
            assert events.answers(message_id, seconds=PATIENCE).text


def test_a_database_that_is_killed_is_reached_again(stores: Stores, member: Browser) -> None:
    before = member.say("#whoami")
    stores.mariadb.kill()
    answers = crowd(member)
    assert all(map(is_for_now, answers)), [answer.status for answer in answers]
    assert ready(stores.other)[0] == http.client.SERVICE_UNAVAILABLE
    stores.mariadb.start()
    recovers(stores.one, member)
    recovers(stores.other, member)
    with member.events() as events:
        assert events.answers(before, seconds=PATIENCE).text


def test_a_table_that_somebody_locks_makes_waiting_shorter_not_longer(
    stores: Stores, member: Browser
) -> None:
    with stores.mariadb.connect(stores.url) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLES session WRITE")
        answers = crowd(member)
        assert all(map(is_for_now, answers)), [answer.status for answer in answers]
        cursor.execute("UNLOCK TABLES")
    recovers(stores.one, member)


def test_a_node_stops_in_time_beside_a_database_that_hangs(stores: Stores, member: Browser) -> None:
    stores.mariadb.freeze()
    try:
        asking = threading.Thread(target=crowd, args=(member, 0))
        asking.start()
        stores.other.terminate()
        asking.join()
    finally:
        stores.mariadb.thaw()
    stores.other.start()


def guess(node: RunningNode, login: str, times: int) -> list[int]:
    """Try wrong passwords; return the statuses."""
    said = []
    for _ in range(times):
        call = {"login": login, "password": WRONG}
        said.append(node.browser(seconds=PATIENCE).call("Login", call).status)
    return said


NO, STOP = http.client.CONFLICT, http.client.TOO_MANY_REQUESTS


def test_two_nodes_count_guesses_together(stores: Stores) -> None:
    assert guess(stores.one, "ann", GUESSES - 1) == [NO] * (GUESSES - 1)
    assert guess(stores.other, "ann", 2) == [NO, STOP]
    assert guess(stores.one, "ann", 1) == [STOP]


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_no_guess_is_given_back_when_memcached_goes_and_comes(stores: Stores, how: str) -> None:
    login = f"bob-{how}"
    assert guess(stores.one, login, GUESSES) == [NO] * GUESSES
    assert guess(stores.other, login, 1) == [STOP], "it has heard of them"
    getattr(stores.memcached, how)()
    try:
        assert guess(stores.one, login, 1) == [STOP]
        status, state = ready(stores.one)
        assert (status, state["cache"]) == (http.client.OK, "away")
        assert guess(stores.one, f"carl-{how}", GUESSES + 1) == [*[NO] * GUESSES, STOP]
    finally:
        stores.memcached.start() if how == "kill" else stores.memcached.thaw()
    assert guess(stores.one, login, 1) == [STOP]
    assert guess(stores.one, f"carl-{how}", 1) == [STOP]
    assert ready(stores.one)[1]["cache"] == "ok"


def test_not_every_request_waits_for_a_memcached_that_hangs(
    stores: Stores, member: Browser
) -> None:
    stores.memcached.freeze()
    try:
        took = []
        for _ in range(20):
            began = time.monotonic()
            assert member.call("GetAccount").status == http.client.OK
            took.append(time.monotonic() - began)
        assert min(took) < WAIT, "each waited, however quick the machine is"
    finally:
        stores.memcached.thaw()
