"""The suite: a server node, client nodes of two services, real servers between them and their users."""

import http.client
import json
import time
from collections.abc import Callable
from functools import partial

import pytest

from awt.testing.process import PATIENCE, Server, until
from awt.testing.suite import ClientNode, Suite
from awt.testing.website import Website
from awt.testing.xmpp_user import XmppUser
from tests.integration.round import LINES, hold
from tests.integration.rows import Row

FREEZE = {
    "broker": 11.0,
    "database": 11.0,
    "memcached": 6.0,
    "Jabber server": 8.0,
    "server node": 11.0,
    "client node": 11.0,
}
"""Seconds for which each is frozen: longer than its heartbeats, pings, calls and leases last.

What may be killed and frozen is in `Suite.servers`: another server joins by a line there and one here.
"""
SHORT = 1.5
"""Seconds of a freeze that nobody gives anything up for: what was late comes after all."""


def test_a_stranger_becomes_a_member_and_checks_a_page(suite: Suite) -> None:
    base, webtest = suite.bot("base"), suite.bot("webtest")
    with Website() as website, XmppUser("ann@localhost", port=suite.xmpp_port) as ann:
        ann.say(base, "hello")
        with suite.server.browser() as browser:
            assert browser.click(ann.expect(base, "http").link).status == http.client.SEE_OTHER
        ann.say(webtest, f"#check {website.url}/")
        card = ann.expect(webtest, "200")
        assert website.url in card.body


def kill(server: Server, _seconds: float, _before: int) -> None:
    """It is gone from one instruction to the next, and comes back."""
    server.restart()


def freeze(server: Server, seconds: float, before: int) -> None:
    """It stands still until everybody has given it up, and goes on; the other time shortly.

    The order changes from round to round, so that each is met at both moments of a round.
    """
    is_long = before % 4 in {0, 3}
    server.freeze()
    time.sleep(seconds if is_long else SHORT)  # the fault itself
    server.thaw()


@pytest.mark.parametrize("fault", [kill, freeze])
@pytest.mark.parametrize("victim", FREEZE)
def test_what_was_accepted_is_answered_and_has_its_effect_once(
    victim: str, fault: Callable[[Server, float, int], None], suite: Suite, rows: list[Row]
) -> None:
    happens = partial(fault, suite.servers[victim], FREEZE[victim])
    row = hold(suite, happens, name=f"{fault.__name__} {victim}")
    rows.append(row)
    assert not row.wrong, row
    assert row.accepted == row.answered == row.conversations // 2 * LINES


def test_one_of_two_server_nodes_is_killed_and_nothing_is_lost_or_happens_twice(
    suite: Suite, rows: list[Row]
) -> None:
    """Each has a relay and a w1 of its own, at the same outbox and the same queues."""
    with suite.another_server() as other:
        row = hold(suite, lambda _: other.restart(), name="kill one of two server nodes")
    rows.append(row)
    assert not row.wrong, row


def test_what_cannot_be_read_is_buried_a_flood_is_answered_and_the_rest_goes_on(
    suite: Suite,
) -> None:
    base = suite.bot("base")
    with XmppUser("bob@localhost", port=suite.xmpp_port) as bob:
        suite.publish("api", b"\xff{")
        bob.say(base, "hello")
        bob.expect(base, "http")
        said = {bob.say(base, "x" * 100_000)} | {bob.say(base, f"flood {n}") for n in range(300)}
        until(lambda: said <= settled(bob), seconds=PATIENCE, what="a receipt or an error for each")
        last = bob.say(base, "are you there?")
        bob.receipt(last, seconds=PATIENCE)
        until(lambda: bool(dead(suite)), seconds=PATIENCE, what="a dead letter", every=1)
    letters = dead(suite)
    assert [letter["error"] for letter in letters] == ["undecodable"]
    suite.awt("dead", "drop", letters[0]["id"])


def dead(suite: Suite) -> list[dict[str, str]]:
    letters: list[dict[str, str]] = json.loads(suite.awt("dead", "list", "--json"))["letters"]
    return letters


def settled(user: XmppUser) -> set[str]:
    """Return the ids of what somebody said that was accepted or refused."""
    return user.receipts | {stanza.id for stanza in list(user.inbox) if stanza.type == "error"}


def problem(node: ClientNode, text: str) -> str:
    """Wait until a node logs something, and return the one line of it."""
    until(lambda: text in node.log, seconds=PATIENCE, what=text)
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
