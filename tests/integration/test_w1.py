"""The worker w1 in the client node of base, which calls the server node over TLS with a private authority."""

import contextlib
import selectors
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from awt.amqp.topology import rights
from awt.testing.certificate import make_certificate
from awt.testing.mariadb import MariaDB
from awt.testing.process import until
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.suite import ClientNode, Suite
from awt.testing.xmpp_user import XmppUser
from tests.integration.test_remote import Program, settings

PIECE: Final = 65536
REFUSED: Final = "refused by other side"
SECONDS: Final = 40.0
"""How long what waited for the server may take to be answered."""


class TlsFront:
    """Ends TLS before a port of this machine, as a reverse proxy does. It can go away and come back."""

    def __init__(self, pem: Path, port: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._to = port
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse every connection, and end those that are open."""
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            outside = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            inside = stack.enter_context(socket.create_connection(("127.0.0.1", self._to)))
            self._open |= {outside, inside}
            stack.callback(self._open.difference_update, {outside, inside})
            self._pass_on(outside, inside)

    def _pass_on(self, outside: ssl.SSLSocket, inside: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(outside, selectors.EVENT_READ, inside)
            ready.register(inside, selectors.EVENT_READ, outside)
            while True:
                for key, _ in ready.select():
                    source: Any = key.fileobj
                    data = source.recv(PIECE)
                    if not data:
                        return
                    key.data.sendall(data)


class SeedSuite(Suite):
    """The suite with w1 where the first paper has it: in the client node of base."""

    front: TlsFront
    pem: Path
    broker: str
    remote: dict[str, str]

    def renew(self) -> str:
        """Give the node another token."""
        return self.awt("node", "token", "base").split()[-1]

    def node(self, *, token: str, ca_file: str) -> ClientNode:
        """Return the client node of base with w1 in it."""
        return ClientNode(
            SERVICE="base",
            PARTS="w1,xmpp",
            AMQP_URL=self.broker,
            SERVER_URL=self.front.url,
            SERVER_TOKEN=token,
            SERVER_CA_FILE=ca_file,
            **self.remote,
            XMPP_COMPONENT=self._prosody.endpoint,
            XMPP_DOMAIN=self._prosody.domain,
            XMPP_SECRET=self._prosody.secret,
        )

    def _introduce(self, service: str) -> ClientNode:
        self.front = TlsFront(self.pem, self.server.port)
        user = f"{self.vhost}-{service}"
        may = rights(services=[service], ims=["jabber"], w1=True)
        self.broker = self._rabbitmq.user(user, may, vhost=self.vhost)
        said = self.awt("node", "add", service, "--amqp-user", user)
        return self.node(token=said.split()[-1], ca_file=str(self.pem))


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    running = Program()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def suite(
    program: Program,
    mariadb: MariaDB,
    rabbitmq: RabbitMQ,
    prosody: Prosody,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SeedSuite]:
    nodes = SeedSuite(
        mariadb=mariadb,
        rabbitmq=rabbitmq,
        prosody=prosody,
        memcached=None,
        skype=None,
        services=["base"],
        PARTS="web,scheduler,gc",
        **settings(program.server_port),
    )
    nodes.remote = settings(program.server_port)
    nodes.pem = make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")
    with nodes:
        yield nodes


def lines(node: ClientNode, text: str) -> list[str]:
    """Return the lines of a log that have a text in them."""
    return [line for line in node.log.splitlines() if text in line]


def dead(suite: Suite) -> int:
    with suite.mariadb.connect(suite.database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM outbox WHERE state = 'dead'")
        return int(cursor.fetchall()[0][0])


def line(node: ClientNode, text: str) -> None:
    """Wait until a node logs a text."""
    until(lambda: text in node.log, seconds=SECONDS, what=text)


def test_a_stranger_becomes_a_member_through_the_worker_of_the_client_node(
    suite: SeedSuite, prosody: Prosody
) -> None:
    bot = prosody.bot("base")
    with XmppUser("w1ann@localhost", port=prosody.port) as ann:
        ann.receipt(ann.say(bot, "hello"))
        with suite.server.browser() as browser:
            assert browser.click(ann.expect(bot, "http").link).status == 303
        ann.expect(bot, "Your account is active")
        ann.say(bot, "#whoami")
        assert ann.jid in ann.expect(bot).body
    assert "Traceback" not in suite.clients["base"].log


def test_what_is_accepted_while_the_server_is_away_is_answered_in_order_when_it_is_back(
    suite: SeedSuite, prosody: Prosody
) -> None:
    node = suite.clients["base"]
    bot = prosody.bot("base")
    with XmppUser("w1bob@localhost", port=prosody.port) as bob:
        bob.say(bot, "hello")
        with suite.server.browser() as browser:
            browser.click(bob.expect(bot, "http").link)
        bob.expect(bot, "Your account is active")
        suite.front.stop()
        bob.receipt(bob.say(bot, "#add one"))
        line(node, REFUSED)
        for word in ("two", "three"):
            bob.receipt(bob.say(bot, f"#add {word}"))
        suite.front.start()
        for word in ("one", "two", "three"):
            assert f"no service {word}" in bob.expect(bot, seconds=SECONDS).body
        assert bob.ping(bot)
        assert sum("no service" in stanza.body for stanza in bob.inbox) == 3
    assert len([said for said in lines(node, REFUSED) if "awt.calls" in said]) == 1
    assert dead(suite) == 0
    assert "Traceback" not in node.log


def test_a_service_that_is_another_program_is_asked_from_the_client_node(
    suite: SeedSuite, program: Program
) -> None:
    place = f"http://127.0.0.1:{program.server_port}/"
    suite.awt("node", "add", "server", "--amqp-user", f"server_{suite.vhost}")
    suite.awt("admin", "service", "add", "parrot", "--title", "Parrot", "--at", place)
    suite.awt("admin", "service", "secret", "parrot")
    with suite.server.browser() as browser:
        browser.join()
        program.plan[:] = [503]
        with browser.events() as events:
            browser.say("one", service="parrot")
            second = browser.say("two", service="parrot")
            assert events.answers(second, seconds=SECONDS).text == "heard two"
    assert [call["text"] for call in program.calls] == ["one", "one", "two"]
    assert "Traceback" not in suite.clients["base"].log
    assert dead(suite) == 0


def test_a_token_that_is_worth_nothing_any_more_loses_nothing_and_is_one_line(
    suite: SeedSuite, prosody: Prosody
) -> None:
    node = suite.clients["base"]
    bot = prosody.bot("base")
    with XmppUser("w1eve@localhost", port=prosody.port) as eve:
        token = suite.renew()
        eve.receipt(eve.say(bot, "hello"))
        line(node, "awt node token")
        node.stop()
        suite.clients["base"] = node = suite.node(token="wrong", ca_file=str(suite.pem))
        node.start()
        line(node, "awt node token")
        node.stop()
        suite.clients["base"] = node = suite.node(token=token, ca_file=str(suite.pem))
        node.start()
        assert eve.expect(bot, "http", seconds=SECONDS).link
    assert dead(suite) == 0


def test_a_server_with_the_certificate_of_somebody_else_is_not_spoken_to(
    suite: SeedSuite, tmp_path: Path
) -> None:
    token = suite.awt("node", "add", "careful").split()[-1]
    other = make_certificate(tmp_path / "other.pem")
    with suite.node(token=token, ca_file=str(other)) as node:
        line(node, "certificate")
        assert "is ours" not in node.log
