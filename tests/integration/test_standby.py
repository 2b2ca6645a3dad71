"""Two nodes for one assistant: the lease decides who is connected, and the other one is quiet."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from slixmpp import ComponentXMPP

from awt.testing.mariadb import MariaDB
from awt.testing.process import PATIENCE, until
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.suite import ClientNode, Suite
from awt.testing.xmpp_user import XmppUser

OWN = {"DATA_DIR", "WEB_LISTEN", "SITE_URL"}
"""Settings that each process has for itself."""
CONFLICT = "refuses: conflict"


@pytest.fixture(scope="module")
def server() -> Iterator[Prosody]:
    with Prosody() as running:
        yield running


@pytest.fixture(scope="module")
def suite(mariadb: MariaDB, rabbitmq: RabbitMQ, server: Prosody) -> Iterator[Suite]:
    with Suite(mariadb=mariadb, rabbitmq=rabbitmq, prosody=server, services=["base"]) as nodes:
        yield nodes


def second(suite: Suite) -> ClientNode:
    """Return another node for base."""
    user = f"{suite.vhost}-second"
    limits = ("--service", "base", "--im", "jabber")
    said = suite.awt("node", "add", "second", "--amqp-user", user, *limits)
    return suite._client("base", user=user, token=said.split()[-1])


def talk(ann: XmppUser, bot: str, word: str) -> None:
    """Say something until it is accepted, and wait for its answer."""
    ann.receipt(ann.say(bot, f"#add {word}"))
    assert f"no service {word}" in ann.expect(bot, word).body


def connections(node: ClientNode) -> int:
    return node.log.count(" is connected")


def test_who_stands_by_is_quiet_until_the_other_one_is_killed(
    suite: Suite, server: Prosody
) -> None:
    bot = server.bot("base")
    first = suite.clients["base"]
    with second(suite) as other, XmppUser("standby@localhost", port=server.port) as ann:
        until(
            lambda: "lease on base is with base" in other.log, seconds=PATIENCE, what="the second"
        )
        ann.say(bot, "hello")
        with suite.server.browser() as browser:
            browser.click(ann.expect(bot, "http").link)
        ann.expect(bot, "Your account is active")
        talk(ann, bot, "one")
        assert (connections(first), connections(other)) == (1, 0)
        first.kill()
        until(lambda: connections(other) == 1, seconds=PATIENCE, what="the second to take over")
        talk(ann, bot, "two")
        first.start()
        until(
            lambda: "lease on base is with second" in first.log,
            seconds=PATIENCE,
            what="the first to wait",
        )
        talk(ann, bot, "three")
        assert (connections(first), connections(other)) == (1, 1)
    until(lambda: connections(first) == 2, seconds=PATIENCE, what="the first to come back")


def test_an_elder_process_of_a_node_is_quiet_once_a_younger_one_has_the_lease(
    suite: Suite, server: Prosody
) -> None:
    bot = server.bot("base")
    elder = suite.clients["base"]
    before = connections(elder)
    younger = ClientNode(**{k: v for k, v in elder._settings.items() if k not in OWN})
    with younger, XmppUser("twins@localhost", port=server.port) as ann:
        until(lambda: connections(younger) == 1, seconds=PATIENCE, what="the younger one")
        until(lambda: "lease on base is lost" in elder.log, seconds=PATIENCE, what="the elder one")
        ann.receipt(ann.say(bot, "hello"))
        ann.expect(bot, "http")
        assert (connections(elder), connections(younger)) == (before, 1)
    until(lambda: connections(elder) == before + 1, seconds=PATIENCE, what="the elder one")


class Rival(threading.Thread):
    """A program with the secret of the component, which asks nobody for a lease."""

    def __init__(self, server: Prosody) -> None:
        super().__init__(daemon=True)
        self.connected = threading.Event()
        self.kicked = threading.Event()
        self._server = server

    def run(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        name = f"base.{self._server.domain}"
        port = self._server.component_port
        client = ComponentXMPP(name, self._server.secret, "127.0.0.1", port)  # type: ignore[no-untyped-call]
        client.add_event_handler("session_start", lambda _: self.connected.set())
        gone = asyncio.Event()
        client.add_event_handler("disconnected", lambda _: gone.set())
        _ = client.connect()
        await gone.wait()
        self.kicked.set()
        client.cancel_connection_attempt()


def test_the_node_with_the_lease_comes_back_when_somebody_takes_its_place(
    suite: Suite, server: Prosody
) -> None:
    bot = server.bot("base")
    node = suite.clients["base"]
    before, kicks = connections(node), node.log.count(CONFLICT)
    rival = Rival(server)
    rival.start()
    assert rival.connected.wait(PATIENCE)
    assert rival.kicked.wait(PATIENCE)
    until(lambda: connections(node) > before, seconds=PATIENCE, what="the node")
    # a busy machine may have had its connection closed just before; then nobody is in the way
    assert node.log.count(CONFLICT) <= kicks + 1, "they fight"
    with XmppUser("rival@localhost", port=server.port) as ann:
        ann.receipt(ann.say(bot, "hello"))
        ann.expect(bot, "http")
