"""An assistant whose connection, lease and end come in every order; against a network of our own."""

from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import TestCase

from awt.errors import Unavailable
from awt.local import SystemChance
from awt.xmpp.assistant import Assistant, Place
from awt.xmpp.component import CLOSE_SECONDS, CONNECT_SECONDS, PONG_SECONDS, Component, NoLink
from awt.xmpp.examination import SECONDS, greet
from tests.xmpp.test_inbox import FakeBus

ENDPOINT = "tcp:127.0.0.1:5347"
LASTS = 4


@frozen
class Answer:
    held: bool = True
    seconds: int = LASTS
    holder: str = "us"


class Consumer:
    async def stop(self) -> None:
        """Have nothing in hand."""


class Bus(FakeBus):
    def consume(self, *_: Any, **__: Any) -> Any:
        return Consumer()


class Connecting(TestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.component = Component(
            domain="base.localhost", secret="s", endpoint=ENDPOINT, reactor=self.reactor
        )
        self.connecting = Deferred.fromCoroutine(self.component.connect())

    def test_to_a_server_that_never_accepts_is_given_up_and_may_be_tried_again(self) -> None:
        self.reactor.advance(CONNECT_SECONDS)
        self.failureResultOf(self.connecting, NoLink)

    def test_to_look_at_such_a_server_is_unavailable(self) -> None:
        looking = Deferred.fromCoroutine(
            greet(endpoint=ENDPOINT, domain="base.localhost", reactor=self.reactor)
        )
        self.reactor.advance(SECONDS)
        self.failureResultOf(looking, Unavailable)
        self.failureResultOf(self.connecting, NoLink)

    def test_ends_with_its_cancellation(self) -> None:
        self.connecting.cancel()
        self.failureResultOf(self.connecting, CancelledError)


class TheAssistant(TestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.away = False
        self.assistant = Assistant(
            place=Place(service="base", domain="base.localhost", endpoint=ENDPOINT, secret="s"),
            title="Base",
            site_url="http://localhost",
            instance=1,
            call=self.call,
            bus=Bus(),
            clock=lambda: 1_800_000_000_000,
            chance=SystemChance(),
            reactor=self.reactor,
        )
        self.assistant.start()

    async def call(self, name: str, _values: Any) -> Any:
        if self.away or name == "ListContacts":
            raise Unavailable("away")
        return Answer()

    def accept(self) -> StringTransport:
        """Let the server accept the connection, and take the secret."""
        *_, (_host, _port, factory, *_rest) = self.reactor.tcpClients
        protocol: Any = factory.buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(
            b"<stream:stream xmlns='jabber:component:accept' from='base.localhost' id='1'"
            b" xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        protocol.dataReceived(b"<handshake/>")
        return transport

    def test_whose_lease_was_lost_before_it_was_connected_does_not_stay(self) -> None:
        self.away = True
        self.reactor.advance(LASTS - 0.5)
        self.reactor.advance(0.6)
        transport = self.accept()
        self.assertTrue(transport.disconnected)

    def test_that_has_its_lease_stays(self) -> None:
        self.assertFalse(self.accept().disconnected)

    def test_stops_while_nobody_can_say_who_its_contacts_are(self) -> None:
        self.accept()
        stopping = Deferred.fromCoroutine(self.assistant.stop())
        self.reactor.pump([1] * round(PONG_SECONDS + CLOSE_SECONDS + 2))
        self.successResultOf(stopping)
