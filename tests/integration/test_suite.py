"""The suite: a server node, client nodes of two services, real servers between them and their users."""

import http.client
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from awt.testing.mariadb import MariaDB
from awt.testing.process import until
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.scale import SCALE
from awt.testing.suite import ClientNode, Suite
from awt.testing.website import Website
from awt.testing.xmpp_user import Stanza, XmppUser

PEOPLE = 3 * SCALE
CHECKS = 3
"""Checks that each of them asks for while something is killed."""
PATIENCE = 40.0
"""Seconds in which what was accepted has to be answered: longer than a lease of a task."""


@pytest.fixture(scope="module")
def suite(mariadb: MariaDB, rabbitmq: RabbitMQ, prosody: Prosody) -> Iterator[Suite]:
    with Suite(mariadb=mariadb, rabbitmq=rabbitmq, prosody=prosody) as nodes:
        yield nodes


def join(suite: Suite, somebody: XmppUser, bot: str) -> None:
    """Become a member: write to the assistant and click its link."""
    somebody.say(bot, "hello")
    link = somebody.expect(bot, "http").link
    with suite.server.browser() as browser:
        assert browser.click(link).status == http.client.SEE_OTHER


def insist(somebody: XmppUser, bot: str, said: dict[str, str]) -> None:
    """Say again what was not accepted, under the same id, until all of it is."""
    deadline = time.monotonic() + PATIENCE
    while missing := said.keys() - somebody.receipts:
        assert time.monotonic() < deadline, missing
        errors = {s.id for s in somebody.inbox if s.type == "error"}
        for message_id in missing & errors:
            somebody.say(bot, said[message_id], message_id=message_id)
        time.sleep(0.5)


def test_a_stranger_becomes_a_member_and_checks_a_page(suite: Suite, prosody: Prosody) -> None:
    with Website() as website, XmppUser("ann@localhost", port=prosody.port) as ann:
        join(suite, ann, prosody.bot("base"))
        ann.say(prosody.bot("webtest"), f"#check {website.url}/")
        card = ann.expect(prosody.bot("webtest"), "200")
        assert website.url in card.body


KILLED: dict[str, Callable[[Suite], object]] = {
    "server node": lambda suite: suite.server.restart(),
    "client node": lambda suite: suite.clients["webtest"].restart(),
}


@pytest.mark.parametrize("victim", KILLED)
def test_what_was_accepted_is_answered_and_has_its_effect_once_whatever_is_killed(
    victim: str, suite: Suite, prosody: Prosody
) -> None:
    bot = prosody.bot("webtest")
    run = uuid.uuid4().hex[:8]
    with ExitStack() as stack:
        website = stack.enter_context(Website())
        people = [
            stack.enter_context(XmppUser(f"p{run}{n}@localhost", port=prosody.port))
            for n in range(PEOPLE)
        ]
        for somebody in people:
            join(suite, somebody, prosody.bot("base"))
        said: list[dict[str, str]] = [{} for _ in people]
        for number in range(CHECKS):
            for texts, somebody in zip(said, people, strict=True):
                text = f"#check {website.url}/{somebody.jid.partition('@')[0]}/{number}"
                texts[somebody.say(bot, text)] = text
        website.fetched(1)
        KILLED[victim](suite)
        for texts, somebody in zip(said, people, strict=True):
            insist(somebody, bot, texts)
            for text in texts.values():
                page = text.partition(" ")[2]
                somebody.next(
                    partial(is_card, page), seconds=PATIENCE, what=f"card of {page}", skip=False
                )
    assert finished(suite, run) == [(CHECKS, 1)] * PEOPLE


def is_card(page: str, stanza: Stanza) -> bool:
    """Tell whether a stanza says how a page is."""
    return stanza.kind == "message" and page in stanza.body and "200" in stanza.body


def finished(suite: Suite, run: str) -> list[tuple[int, int]]:
    """Return for each account of a run how many tests it paid, and how many sign-ups it was given."""
    with suite.mariadb.connect(suite.database) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT SUM(l.type = 'TASK_FINISH'), SUM(l.type = 'SIGN_UP_BONUS') FROM ledger l"
            " JOIN user_im i ON i.user_id = l.user_id AND i.address LIKE %s GROUP BY l.user_id",
            (f"p{run}%",),
        )
        return [(int(tests), int(bonus)) for tests, bonus in cursor.fetchall()]


def problem(node: ClientNode, text: str) -> str:
    """Wait until a node logs something, and return the one line of it."""
    until(lambda: text in node.log, seconds=10, what=text)
    said = [line.partition("] ")[2] for line in node.log.splitlines() if text in line]
    assert "Traceback" not in node.log
    assert len(said) == len(set(said)), "each room says it once"
    return said[0]


def test_a_node_with_a_wrong_token_says_so_in_one_line(suite: Suite) -> None:
    with suite.stranger("base", token="wrong") as node:
        said = problem(node, "does not know the token")
        assert "awt node token" in said


def test_a_node_that_speaks_for_a_foreign_service_is_refused(suite: Suite) -> None:
    token = suite.awt("node", "add", "foreign", "--service", "demo", "--im", "jabber").split()[-1]
    with suite.stranger("webtest", token=token) as node:
        assert "lease on webtest" in problem(node, "forbidden")
