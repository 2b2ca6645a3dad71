"""The connection of a node: refused, taken over, lost and found again, and who is told of it."""

from collections.abc import Iterator

import pytest

from awt.testing.databases import Databases
from awt.testing.process import PATIENCE, until
from awt.testing.prosody import Prosody
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser
from tests.xmpp.conftest import join, settings


@pytest.fixture(scope="module")
def server() -> Iterator[Prosody]:
    """A server of this file's own: one node at a time is connected to it."""
    with Prosody() as running:
        yield running


@pytest.fixture
def eve(server: Prosody) -> Iterator[XmppUser]:
    with XmppUser("eve@localhost", port=server.port) as user:
        yield user


def test_a_wrong_secret_is_one_line_for_each_assistant_and_tried_less_and_less(
    server: Prosody,
) -> None:
    wrong = settings(server) | {"XMPP_SECRET": "guess"}
    with RunningNode(**wrong) as node:
        refused = "Component authentication failed for base.localhost"
        until(lambda: server.log.count(refused) > 3, seconds=PATIENCE, what="attempts")
        assert "guess" not in node.log
        for service in ("base", "webtest", "demo"):
            lines = [line for line in node.log.splitlines() if f"assistant@{service}" in line]
            assert len(lines) == 1, lines
            assert "refuses: not-authorized" in lines[0]
            assert server.endpoint in lines[0]


def test_a_server_that_is_not_there_is_one_line_and_the_site_works() -> None:
    with Prosody() as gone:
        gone.kill()
        with RunningNode(**settings(gone)) as node:
            until(lambda: "cannot be reached" in node.log, seconds=PATIENCE, what="the line")
            assert node.browser().get("/").status == 200
            assert node.log.count("assistant@base.localhost") == 1
            gone.start()
            with XmppUser("late@localhost", port=gone.port) as user:
                until(lambda: user.ping(gone.bot("base")), seconds=PATIENCE, what="the connection")


def test_contacts_are_told_when_the_assistant_goes_and_comes(
    server: Prosody, eve: XmppUser
) -> None:
    bot = server.bot("base")
    with RunningNode(**settings(server)) as node:
        until(lambda: eve.ping(bot), seconds=PATIENCE, what="the connection")
        join(eve, bot, node)
        eve.subscribe(bot)
        eve.expect_presence(bot, "subscribed")
        eve.authorise(bot)
        eve.ping(bot)
        eve.skip()
        node.terminate()
        eve.expect_presence(bot, "unavailable")
        node.start()
        eve.expect_presence(bot, "")
        node.kill()
        node.start()
        eve.expect_presence(bot, "")
        eve.say(bot, "#whoami")
        assert eve.jid in eve.expect(bot).body


def test_a_frozen_server_is_noticed_within_seconds_and_found_again(
    server: Prosody, eve: XmppUser
) -> None:
    with RunningNode(**settings(server)) as node:
        until(lambda: eve.ping(server.bot("base")), seconds=PATIENCE, what="the connection")
        server.freeze()
        until(
            lambda: "assistant@base.localhost tcp" in node.log,
            seconds=PATIENCE,  # without pings it would never notice
            what="that the node notices",
        )
        server.thaw()
        until(lambda: eve.ping(server.bot("base")), seconds=PATIENCE, what="the connection")


def test_who_stands_by_takes_over_within_15_seconds_and_never_before(
    server: Prosody, eve: XmppUser, databases: Databases
) -> None:
    bot = server.bot("base")
    with databases.mariadb() as url:
        both = settings(server) | {"DATABASE_URL": url, "PARTS": "web,w1,xmpp"}
        with RunningNode(**both, NODE="c1") as first, RunningNode(**both, NODE="c2") as second:
            until(lambda: eve.ping(bot), seconds=PATIENCE, what="the first")
            until(
                lambda: "lease on base is with c1" in second.log,
                seconds=PATIENCE,
                what="the second",
            )
            assert "is connected" not in second.log
            first.kill()
            until(
                lambda: eve.ping(bot, seconds=1), seconds=PATIENCE, what="the second to take over"
            )
