"""What the XMPP part costs a message: bytes to `Hear`, and an answer to bytes; the broker is left out.

Three of them in one process, each fed with the same bytes and writing into nothing: ours (receipt, and
the ping that confirms), the least that twisted.words can do (an observer that sends the text back), and
the same in slixmpp. CPU of the whole process, the best of several rounds.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Final

from slixmpp import ComponentXMPP
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.words.protocols.jabber import component, xmlstream
from twisted.words.xish import domish

from awt.local import SystemChance, clock
from awt.model.messages import Answer, Body, Hear, Message
from awt.ports import Consumer, Handler
from awt.xmpp.clients import Clients
from awt.xmpp.component import Component
from awt.xmpp.delivery import Delivery
from awt.xmpp.messages import Inbox
from awt.xmpp.presence import Contacts
from benchmarks.measure import Figure

MESSAGES: Final = 4000
ROUNDS: Final = 5
AT_ONCE: Final = 8
"""Messages that come in one piece, from as many people."""
PEOPLE: Final = 200
DOMAIN: Final = "base.localhost"
BOT: Final = f"assistant@{DOMAIN}"
TEXT: Final = "#check https://example.com/ &quot;Welcome&quot;"
HEADER: Final = (
    b"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams'"
    b" xmlns='jabber:component:accept' from='base.localhost' id='1'>"
)


def pieces() -> list[bytes]:
    """Return what comes, in pieces as a socket gives them."""
    messages = [
        f"<message from='user{n % PEOPLE}@example.org/phone' to='{BOT}' type='chat' id='{n:032x}'"
        f" xml:lang='en'><body>{TEXT}</body><request xmlns='urn:xmpp:receipts'/></message>"
        for n in range(MESSAGES)
    ]
    return ["".join(messages[at : at + AT_ONCE]).encode() for at in range(0, MESSAGES, AT_ONCE)]


class Sink(StringTransport):
    """Takes bytes and forgets them."""

    written = 0
    last = b""

    def write(self, data: bytes) -> None:
        """Count what is written."""
        self.written += data.count(b"<message")
        self.last = data


def _sink() -> Any:
    return Sink()  # type: ignore[no-untyped-call]


class Echo:
    """A bus that has an answer to everything."""

    ready = True

    def __init__(self) -> None:
        self.answers: list[Message] = []

    async def publish(self, queue: str, body: Body, *, message_id: str, trace: str) -> None:
        """Take what was said, and have the answer to it."""
        del trace
        assert isinstance(body, Hear)
        answer = Answer(address=body.address, text=body.text, reply_to=message_id)
        self.answers.append(Message(id=message_id, queue=queue, body=answer, created_at=0))

    def consume(self, queue: str, handler: Handler, *, concurrency: int = 1) -> Consumer:
        """Do nothing: the answers are delivered by hand."""
        raise NotImplementedError


class Ours:
    """The XMPP part, connected to nothing."""

    def __init__(self) -> None:
        self.sink: Sink = _sink()
        self.bus = Echo()
        self._time = Clock()
        self.link = Component(
            domain=DOMAIN, secret="x", endpoint="tcp:127.0.0.1:1", reactor=self._time
        )

        async def call(_name: str, _values: Any) -> Any:
            raise NotImplementedError

        clients = Clients(component=self.link, sender=BOT)
        inbox = Inbox(
            service="base",
            bot=BOT,
            component=self.link,
            bus=self.bus,
            clock=clock,
            chance=SystemChance(),
            reactor=self._time,
            clients=clients,
            is_person=lambda _host: True,
        )
        contacts = Contacts(
            service="base",
            bot=BOT,
            component=self.link,
            inbox=inbox,
            clients=clients,
            call=call,
            reactor=self._time,
            inside="",
        )
        self.link.on_message = inbox.message
        self.delivery = Delivery(
            service="base",
            bot=BOT,
            component=self.link,
            contacts=contacts,
            inbox=inbox,
            clients=clients,
            bus=self.bus,
            catch=lambda *_: False,
        )
        self.stream: Any = self.link.factory.buildProtocol(None)
        self.stream.makeConnection(self.sink)
        self.stream.dataReceived(HEADER)
        self.stream.dataReceived(b"<handshake/>")
        assert self.link.ready

    def run(self, received: list[bytes]) -> None:
        """Take everything, and deliver an answer to each."""
        for piece in received:
            self.stream.dataReceived(piece)
            answers, self.bus.answers = self.bus.answers, []
            for answer in answers:
                self._deliver(answer)
            self._pong()
            self._pong()

    def _deliver(self, answer: Message) -> None:
        coroutine = self.delivery.deliver(answer)
        coroutine.send(None)  # it waits for its confirmation now

    def _pong(self) -> None:
        self.stream.dataReceived(
            f"<iq from='{DOMAIN}' to='{DOMAIN}' type='get' id='{self.link._ping_id}'/>".encode()  # noqa: SLF001
        )


class Words:
    """The least that twisted.words can do."""

    def __init__(self) -> None:
        self.sink: Sink = _sink()
        authenticator = component.ConnectComponentAuthenticator(DOMAIN, "x")
        self.stream: Any = xmlstream.XmlStream(authenticator)
        self.stream.addObserver(xmlstream.STREAM_AUTHD_EVENT, self._authenticated)
        self.stream.makeConnection(self.sink)
        self.stream.dataReceived(HEADER)
        self.stream.dataReceived(b"<handshake/>")

    def _authenticated(self, stream: Any) -> None:
        stream.addObserver("/message", self._message)

    def _message(self, message: Any) -> None:
        answer = domish.Element((None, "message"))
        answer["to"] = message["from"]
        answer["from"] = message["to"]
        answer["type"] = "chat"
        answer["id"] = message["id"]
        answer.addElement("body", content=str(message.body))
        self.stream.send(answer)

    def run(self, received: list[bytes]) -> None:
        """Send everything back."""
        for piece in received:
            self.stream.dataReceived(piece)


class Slix:
    """The same in slixmpp."""

    def __init__(self) -> None:
        self.sink: Sink = _sink()
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._begin())

    async def _begin(self) -> None:
        make: Any = ComponentXMPP
        self._client = make(DOMAIN, "x", "127.0.0.1", 1)
        self._client.loop = self._loop
        self._client.connection_made(_Transport(self.sink))
        self._client.data_received(HEADER)
        self._client._handle_handshake(None)  # noqa: SLF001
        self._filters = asyncio.ensure_future(self._client.run_filters())
        self._client.add_event_handler("message", self._message)

    def _message(self, message: Any) -> None:
        message.reply(message["body"]).send()

    def run(self, received: list[bytes]) -> None:
        """Send everything back."""
        self._loop.run_until_complete(self._run(received))

    def close(self) -> None:
        """End what slixmpp leaves running."""
        self._filters.cancel()
        self._loop.run_until_complete(asyncio.gather(self._filters, return_exceptions=True))
        self._loop.close()

    async def _run(self, received: list[bytes]) -> None:
        wanted = self.sink.written + MESSAGES
        for piece in received:
            self._client.data_received(piece)
            await asyncio.sleep(0)
        while self.sink.written < wanted:  # noqa: ASYNC110 - slixmpp works off its queue meanwhile
            await asyncio.sleep(0)


class _Transport(asyncio.Transport):
    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink

    def write(self, data: Any) -> None:
        self._sink.write(data)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    abort = close


def run() -> Iterator[Figure]:
    """Measure all three in turn, several times, and compare the best."""
    received = pieces()
    slixmpp = Slix()
    subjects: dict[str, Any] = {"ours": Ours(), "twisted.words": Words(), "slixmpp": slixmpp}
    best = dict.fromkeys(subjects, float("inf"))
    for _ in range(ROUNDS):
        for name, subject in subjects.items():
            began = time.process_time()
            subject.run(received)
            best[name] = min(best[name], (time.process_time() - began) / MESSAGES * 1e6)
    slixmpp.close()
    for name, subject in subjects.items():
        assert subject.sink.written >= MESSAGES * ROUNDS, name
    ours, words, slix = best["ours"], best["twisted.words"], best["slixmpp"]
    yield Figure(what="echo on bare twisted.words, CPU a message", found=f"{words:.0f} us")
    yield Figure(what="echo on slixmpp, CPU a message", found=f"{slix:.0f} us")
    yield Figure(
        what="the XMPP part, CPU a message and its answer",
        found=f"{ours:.0f} us, {ours / words:.2f} x twisted.words",
        goal="1.5 x",
        good=ours <= 1.5 * words,
    )
    yield Figure(
        what="the same against slixmpp",
        found=f"{ours / slix:.2f} x",
        goal="below 1 x",
        good=ours < slix,
    )
