"""The whole suite on one machine: a server node and client nodes as processes, over real servers.

    with Suite(mariadb=mariadb, rabbitmq=rabbitmq, prosody=prosody) as suite:
        with XmppUser("ann@localhost", port=prosody.port) as ann:
            ann.say(prosody.bot("base"), "hello")
        suite.server.restart()
        suite.clients["base"].restart()

Everything blocks.
"""

import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from awt.amqp.topology import rights
from awt.model.status import BASE
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.process import Server, until
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.sink import Sink
from awt.testing.site import RunningNode
from awt.testing.skype import SkypeServer

SERVICES: Final = ("base", "webtest")
"""Services that have a client node each."""
SKYPE_BOT: Final = "awt.base"
"""The account of the base assistant at a server of the Skype HTTP API."""
SECONDS: Final = 60.0
"""How long an assistant may take to be on the network."""


class ClientNode(RunningNode):
    """``twistd awt --role=client`` of a service."""

    def __init__(self, **settings: str) -> None:
        super().__init__(role="client", **settings)
        self._started_before = 0

    def begin(self) -> None:
        """Start it; done when its parts work, whether or not what they connect to is there."""
        self._started_before = self.log.count(_WORKS)
        super().begin()

    def ready(self) -> bool:
        """Tell whether it says that it works."""
        return self.log.count(_WORKS) > self._started_before

    def connected(self, bot: str, *, times: int = 1) -> None:
        """Wait until its assistant was connected that often, and can pass on what it hears."""
        said = f"{bot} is connected"
        until(lambda: self.log.count(said) >= times, seconds=SECONDS, what=said)
        until(self._publishes, seconds=SECONDS, what="a connection to the broker")

    def _publishes(self) -> bool:
        log = self.log
        return log.rfind("publishing: connected") > max(log.rfind(word) for word in _BEFORE)


_WORKS: Final = " works: "
_BEFORE: Final = ("starting up", "Log opened", "publishing: the broker")
"""What the log says at the start of a life, and when the broker is away."""


class Suite:
    """A server node and a client node for each of ``services``, at a vhost and a database of their own."""

    def __init__(
        self,
        *,
        mariadb: MariaDB,
        rabbitmq: RabbitMQ,
        prosody: Prosody,
        memcached: Memcached | None = None,
        skype: SkypeServer | None = None,
        services: Sequence[str] = SERVICES,
        **settings: str,
    ) -> None:
        if memcached is not None:
            settings = {"MEMCACHED_SERVERS": memcached.address} | settings
        self._memcached = memcached
        self.mariadb = mariadb
        self.database = mariadb.database()
        """The address of the database."""
        self._rabbitmq = rabbitmq
        self._prosody = prosody
        self._skype = skype
        self._ims = ("jabber", "skype") if skype is not None else ("jabber",)
        self._services = services
        self.broker = rabbitmq.vhost()
        """The address of the vhost, as the server node's broker user."""
        self.vhost = self.broker.rpartition("/")[2]
        self._settings = {
            "DATABASE_URL": self.database,
            "AMQP_URL": self.broker,
            "IMS": ",".join(("webchat", *self._ims)),
            "XMPP_DOMAIN": prosody.domain,
        } | settings
        self._skype_settings: dict[str, str] = {}
        if skype is not None:
            self._skype_settings = {
                "SKYPE_BASE_URL": skype.url,
                "SKYPE_USER": SKYPE_BOT,
                "SKYPE_PASSWORD": uuid.uuid4().hex,
                "SKYPE_CONTACTS_SECONDS": "1",
            }
            skype.account(SKYPE_BOT, self._skype_settings["SKYPE_PASSWORD"])
            self._settings |= {"SKYPE_BASE_URL": skype.url, "SKYPE_USER": SKYPE_BOT}
        self.server = RunningNode(role="server", **self._settings)
        self.clients: dict[str, ClientNode] = {}

    def another_server(self) -> RunningNode:
        """Return one more server node of the same site, to be started."""
        return RunningNode(role="server", SITE_URL=self.server.url, **self._settings)

    @property
    def servers(self) -> dict[str, Server]:
        """All that may be killed or frozen, by what it is called in tables."""
        found: dict[str, Server] = {
            "broker": self._rabbitmq,
            "database": self.mariadb,
            "Jabber server": self._prosody,
            "server node": self.server,
            "client node": self.clients[self._services[-1]],
        }
        if self._memcached is not None:
            found["memcached"] = self._memcached
        return found

    @property
    def domain(self) -> str:
        """The domain of the Jabber server, where everybody has an account."""
        return self._prosody.domain

    @property
    def xmpp_port(self) -> int:
        """The port of the Jabber server for clients."""
        return self._prosody.port

    def bot(self, service: str) -> str:
        """Return the address of the assistant of a service."""
        return self._prosody.bot(service)

    def sink(self, name: str) -> Sink:
        """Return who takes the place of everybody at a component of the Jabber server that no node is."""
        prosody = self._prosody
        return Sink(f"{name}.{prosody.domain}", port=prosody.component_port, secret=prosody.secret)

    def publish(self, queue: str, body: bytes) -> None:
        """Put something into a working queue that no node would."""
        self._rabbitmq.publish(self.vhost, queue, body)

    def awt(self, *words: str) -> str:
        """Run the command ``awt`` as the server node's operator and return what it prints."""
        return self.server.awt(*words)

    def _client(self, service: str, *, user: str, token: str) -> ClientNode:
        """Return a client node of a service, with a broker user of its own."""
        broker = self._rabbitmq.user(
            user, rights(services=[service], ims=self._ims), vhost=self.vhost
        )
        return ClientNode(
            SERVICE=service,
            AMQP_URL=broker,
            SERVER_URL=self.server.url,
            SERVER_TOKEN=token,
            XMPP_COMPONENT=self._prosody.endpoint,
            XMPP_DOMAIN=self._prosody.domain,
            XMPP_SECRET=self._prosody.secret,
            **self._skype_settings,
        )

    def stranger(self, service: str, *, token: str) -> ClientNode:
        """Return one more client node of a service, to be started; its token is whatever it may be."""
        return self._client(service, user=f"{self.vhost}-{uuid.uuid4()}", token=token)

    def _introduce(self, service: str) -> ClientNode:
        """Return the client node of a service, known to the server node."""
        user = f"{self.vhost}-{service}"
        ims = [word for im in self._ims for word in ("--im", im)]
        said = self.awt("node", "add", service, "--amqp-user", user, "--service", service, *ims)
        return self._client(service, user=user, token=said.split()[-1])

    def start(self) -> Self:
        """Migrate, start the server node, introduce the client nodes meanwhile, start them side by side."""
        self.awt("migrate")
        self.server.begin()
        self.clients = {service: self._introduce(service) for service in self._services}
        self.server.wait()
        for client in self.clients.values():
            client.begin()
        for client in self.clients.values():
            client.wait()
        for service in self._services:
            self.clients[service].connected(self._prosody.bot(service))
            if self._skype is not None and service == BASE:
                self.clients[service].connected(f"{SKYPE_BOT} (base on skype)")
        return self

    def stop(self) -> None:
        """End all nodes."""
        for client in self.clients.values():
            client.stop()
        self.server.stop()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
