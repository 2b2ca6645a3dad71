"""The doctor at a suite of real servers: what it says of each, and of what is wrong with it."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.trial.unittest import TestCase

from awt.amqp import topology
from awt.cli.doctor import examine
from awt.cli.finding import DOWN, WRONG, Finding
from awt.config import load
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.ports import free_port
from awt.testing.process import PATIENCE, until
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.suite import Suite

reactor: Any = _reactor


@pytest.fixture(scope="module")
def suite(
    mariadb: MariaDB, rabbitmq: RabbitMQ, prosody: Prosody, memcached: Memcached
) -> Iterator[Suite]:
    with Suite(
        mariadb=mariadb,
        rabbitmq=rabbitmq,
        prosody=prosody,
        memcached=memcached,
        services=["webtest"],
    ) as nodes:
        yield nodes


class Doctor(TestCase):
    timeout = 120

    @pytest.fixture(autouse=True)
    def _nodes(self, suite: Suite, rabbitmq: RabbitMQ, prosody: Prosody) -> None:
        self.suite = suite
        self.rabbitmq = rabbitmq
        self.prosody = prosody

    async def examine(
        self, where: str, other: dict[str, str] | None = None, *, handshake: bool = False
    ) -> dict[str, Finding]:
        """Examine a node with some settings replaced; return what is found by name."""
        node = self.suite.server if where == "server" else self.suite.clients["webtest"]
        changed = {f"AWT_{name}": value for name, value in (other or {}).items()}
        environ = {**node.environment(), **changed, "AWT_ROLE": where}
        found = await examine(load(environ=environ), reactor, handshake=handshake)
        assert all("\n" not in finding.text for finding in found)
        return {finding.name: finding for finding in found}

    async def wrong(self, name: str, where: str, **other: str) -> str:
        """Return what is found to be put right, which is this alone."""
        found = await self.examine(where, other)
        assert {n: f.status for n, f in found.items() if not f.good} == {name: WRONG}, found
        return found[name].text

    async def down(self, name: str, where: str, **other: str) -> str:
        """Return what is found to be down, which is this alone."""
        found = await self.examine(where, other)
        assert {n: f.status for n, f in found.items() if not f.good} == {name: DOWN}, found
        return found[name].text

    async def test_a_server_node_that_has_all_it_needs(self) -> None:
        found = await self.examine("server")
        assert not [finding for finding in found.values() if not finding.good]
        assert found["database"].text.startswith("reached, 1")
        assert "MariaDB" in found["database"].text
        assert "answers, version 1." in found["memcached"].text
        assert f"in, RabbitMQ {'3.'}" in found["amqp"].text
        assert found["web.listen"].text.endswith("is ready")
        assert found["site_url"].text == f"{self.suite.server.url} leads to a node"

    async def test_a_client_node_that_has_all_it_needs(self) -> None:
        found = await self.examine("client")
        assert not [finding for finding in found.values() if not finding.good]
        assert list(found) == ["configuration", "server", "amqp", "xmpp", "executor"]
        assert found["server"].text.endswith("knows this node as webtest: webtest, jabber")
        assert found["xmpp"].text.startswith(f"{self.prosody.endpoint} knows webtest.localhost")

    async def test_the_examination_ends_no_connection(self) -> None:
        log = self.suite.clients["webtest"].log
        await self.examine("client")
        await self.examine("client")
        assert self.suite.clients["webtest"].log == log

    async def test_a_secret_is_tried_on_demand_only(self) -> None:
        found = await self.examine("client", {"XMPP_SECRET": "wrong"})
        assert found["xmpp"].good
        found = await self.examine("client", {"XMPP_SECRET": "wrong"}, handshake=True)
        assert found["xmpp"].status == WRONG
        assert "put xmpp.secret right" in found["xmpp"].text
        bot = self.prosody.bot("webtest")
        times = self.suite.clients["webtest"].log.count(f"{bot} is connected")
        found = await self.examine("client", handshake=True)
        assert found["xmpp"].text.endswith("takes webtest.localhost with its secret")
        until(
            lambda: self.suite.clients["webtest"].log.count(f"{bot} is connected") > times,
            seconds=PATIENCE,
            what="the assistant on the network",
        )

    async def test_a_database_that_lets_nobody_in(self) -> None:
        url = self.suite.database
        said = await self.wrong(
            "database", "server", DATABASE_URL=url.replace(":private@", ":guessed@")
        )
        assert "Access denied" in said
        assert "private" not in said
        said = await self.wrong("database", "server", DATABASE_URL=url + "_none")
        assert "Unknown database" in said
        nobody = url.replace(str(self.suite.mariadb.port), str(free_port()))
        assert "start it" in await self.down("database", "server", DATABASE_URL=nobody)

    async def test_a_database_without_the_schema(self) -> None:
        said = await self.wrong("database", "server", DATABASE_URL=self.suite.mariadb.database())
        assert "run `awt migrate`" in said

    async def test_a_database_with_foreign_tables_and_too_few_connections(self) -> None:
        with self.suite.mariadb.connect(self.suite.database) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE stranger (id INT) ENGINE=Aria")
            try:
                said = await self.wrong("database", "server")
            finally:
                cursor.execute("DROP TABLE stranger")
            assert "(stranger)" in said
            cursor.execute("SELECT @@max_connections")
            [most] = cursor.fetchone() or ()
            cursor.execute("SET GLOBAL max_connections = 63")
            try:
                said = await self.wrong("database", "server", DATABASE_CONNECTIONS="64")
            finally:
                cursor.execute(f"SET GLOBAL max_connections = {most}")
            assert "raise max_connections" in said

    async def test_a_memcached_that_is_down_and_none_at_all(self) -> None:
        said = await self.down("memcached", "server", MEMCACHED_SERVERS=f"127.0.0.1:{free_port()}")
        assert "start it" in said
        found = await self.examine("server", {"MEMCACHED_SERVERS": ""})
        assert found["memcached"].good
        assert "counts alone" in found["memcached"].text

    async def test_a_broker_that_lets_nobody_in(self) -> None:
        url = self.suite.server.environment()["AWT_AMQP_URL"]
        user = url.partition("//")[2].partition(":")[0]
        for where in ("server", "client"):
            url = self.url_of(where)
            password = url.rpartition("@")[0].rpartition(":")[2]
            said = await self.wrong("amqp", where, AMQP_URL=url.replace(password, "guessed"))
            assert "ACCESS_REFUSED" in said
            assert "guessed" not in said
        said = await self.wrong("amqp", "server", AMQP_URL=self.url_of("server") + "none")
        assert "vhost" in said
        closed = f"amqp://{user}:x@127.0.0.1:{free_port()}/x"
        assert "start it" in await self.down("amqp", "server", AMQP_URL=closed)

    def url_of(self, where: str) -> str:
        node = self.suite.server if where == "server" else self.suite.clients["webtest"]
        return node.environment()["AWT_AMQP_URL"]

    async def test_a_broker_that_does_not_answer(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            port = mute.getsockname()[1]
            said = await self.down("amqp", "server", AMQP_URL=f"amqp://u:p@127.0.0.1:{port}/x")
        assert "does not greet in time" in said

    async def test_a_broker_where_no_server_node_has_been(self) -> None:
        empty = self.rabbitmq.vhost()
        user, password = self.url_of("client").partition("//")[2].partition("@")[0].split(":")
        vhost = empty.rpartition("/")[2]
        found = await self.examine("server", {"AMQP_URL": empty})
        assert found["amqp"].good, "it makes what all share"
        self.rabbitmq._ask(
            f'rabbit_auth_backend_internal:set_permissions(<<"{user}">>, <<"{vhost}">>,'
            ' <<".*">>, <<".*">>, <<".*">>, <<"awt">>)'
        )
        there = f"amqp://{user}:{password}@127.0.0.1:{self.rabbitmq.port}/{vhost}"
        said = await self.wrong("amqp", "client", AMQP_URL=there)
        assert "start a server node once" in said

    async def test_a_user_of_the_broker_without_the_rights_of_its_node(self) -> None:
        user = self.url_of("client").partition("//")[2].partition(":")[0]
        rights = {
            "configure": ("^$", ".*", ".*", "a node that reads spamer.webtest.jabber"),
            "write": (".*", r"^(user_op|spamer)\..*$", ".*", "the right to write to exchange work"),
            "read": (".*", ".*", "^$", "a node that reads spamer.webtest.jabber"),
        }
        known = topology.rights(services=["webtest"], ims=["jabber"])
        try:
            for what, (configure, write, read, said) in rights.items():
                self.give(user, configure, write, read)
                found = await self.examine("client")
                assert found["amqp"].status == WRONG, what
                assert said in found["amqp"].text
        finally:
            self.give(user, known.configure, known.write, known.read)

    def give(self, user: str, *rights: str) -> None:
        texts = ", ".join('<<"' + text.replace("\\", "\\\\") + '">>' for text in rights)
        self.rabbitmq._ask(
            f'rabbit_auth_backend_internal:set_permissions(<<"{user}">>,'
            f' <<"{self.suite.vhost}">>, {texts}, <<"awt">>)'
        )

    async def test_an_xmpp_server_that_is_none_or_knows_no_such_component(self) -> None:
        said = await self.down("xmpp", "client", XMPP_COMPONENT=f"tcp:127.0.0.1:{free_port()}")
        assert "start it" in said
        said = await self.wrong("xmpp", "client", XMPP_DOMAIN="elsewhere.example")
        assert "host-unknown" in said
        said = await self.wrong(
            "xmpp", "client", XMPP_COMPONENT=f"tcp:127.0.0.1:{self.suite.mariadb.port}"
        )
        assert "no port for components" in said
        with socket.create_server(("127.0.0.1", 0)) as mute:
            port = mute.getsockname()[1]
            said = await self.down("xmpp", "client", XMPP_COMPONENT=f"tcp:127.0.0.1:{port}")
        assert "does not answer in time" in said

    async def test_a_server_node_that_does_not_know_this_one(self) -> None:
        said = await self.wrong("server", "client", SERVER_TOKEN="wrong")
        assert "awt node token" in said
        said = await self.down("server", "client", SERVER_URL=f"http://127.0.0.1:{free_port()}")
        assert "start it" in said

    async def test_a_node_that_is_to_carry_what_it_may_not(self) -> None:
        user = self.url_of("client").partition("//")[2].partition(":")[0]
        token = self.suite.awt(
            "node", "add", "other", "--amqp-user", "someone", "--service", "base"
        ).split()[-1]
        found = await examine(
            load(
                environ={
                    **self.suite.clients["webtest"].environment(),
                    "AWT_ROLE": "client",
                    "AWT_SERVER_TOKEN": token,
                }
            ),
            reactor,
        )
        said = [finding.text for finding in found if not finding.good]
        assert said == [
            "other may not speak for webtest: `awt node add` one for it instead of other",
            (
                "other has the user someone at the broker, and amqp.url says"
                f" {user}: what it says would not be believed"
            ),
        ]
