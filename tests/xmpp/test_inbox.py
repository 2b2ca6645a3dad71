"""What becomes of a message when its queue is slow, down or full; against a bus and a link of our own."""

from collections.abc import Awaitable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.errors import Unavailable
from awt.local import SystemChance
from awt.model.messages import Body, Hear, ImEvent
from awt.ports import Consumer, Handler
from awt.xmpp.clients import Clients
from awt.xmpp.messages import UNREACHABLE_EVERY, WAITING, Inbox
from awt.xmpp.shim import Element

BOT = "assistant@base.localhost"


class FakeLink:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, obj: Any) -> None:
        self.sent.append(obj)

    write = send


class FakeBus:
    """Keeps what is published, once ``answer`` lets it."""

    ready = True

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.ids: list[str] = []
        self.answer: Deferred[None] | Exception | None = None

    async def publish(self, queue: str, body: Body, *, message_id: str, trace: str) -> None:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            await self.answer
        self.bodies.append(body)
        self.ids.append(message_id)

    def consume(self, queue: str, handler: Handler, *, concurrency: int = 1) -> Consumer:
        raise NotImplementedError


def message(text: str = "hello", sender: str = "ann@example.org/x", **attributes: str) -> Element:
    element = Element(("jabber:component:accept", "message"))
    element.attributes |= {"from": sender, "to": BOT, "type": "chat", "id": "m1"} | attributes
    element.addElement("body", content=text)
    element.addElement(("urn:xmpp:receipts", "request"))
    return element


class TheInbox(TestCase):
    def setUp(self) -> None:
        self.link = FakeLink()
        self.bus = FakeBus()
        self.clock = Clock()
        self.person: bool | Awaitable[bool] = True
        link: Any = self.link
        self.inbox = Inbox(
            service="base",
            bot=BOT,
            component=link,
            bus=self.bus,
            clock=lambda: 1_800_000_000_000,
            chance=SystemChance(),
            reactor=self.clock,
            clients=Clients(component=link, sender=BOT),
            is_person=lambda host: self.person,
        )

    def test_the_receipt_comes_only_when_the_message_is_in_its_queue(self) -> None:
        self.bus.answer = slow = Deferred[None]()
        self.inbox.message(message())
        self.assertEqual(self.link.sent, [])
        slow.callback(None)
        [receipt] = self.link.sent
        self.assertIn("<received xmlns='urn:xmpp:receipts' id='m1'/>", receipt)
        [heard] = self.bus.bodies
        assert isinstance(heard, Hear)
        self.assertEqual((heard.address, heard.text), ("ann@example.org", "hello"))
        self.assertEqual(self.bus.ids, [heard.message_id])

    def test_a_message_that_its_queue_cannot_take_goes_back_to_be_sent_again(self) -> None:
        self.bus.answer = Unavailable("broker: it is away")
        self.inbox.message(message())
        [error] = self.link.sent
        self.assertIn("<error type='wait'>", error)
        self.assertNotIn("received", error)

    def test_what_one_says_stays_in_order_and_does_not_hold_up_others(self) -> None:
        self.bus.answer = slow = Deferred[None]()
        for number in range(3):
            self.inbox.message(message(f"line {number}", id=f"m{number}"))
        self.bus.answer = None
        self.inbox.message(message("me too", sender="bob@example.org"))
        slow.callback(None)
        texts = [body.text for body in self.bus.bodies if isinstance(body, Hear)]
        self.assertEqual(texts, ["me too", "line 0", "line 1", "line 2"])

    def test_a_flood_that_the_queue_cannot_keep_up_with_goes_back(self) -> None:
        self.bus.answer = slow = Deferred[None]()
        for number in range(WAITING + 5):
            self.inbox.message(message(id=f"m{number}"))
        self.assertEqual(len([xml for xml in self.link.sent if "type='wait'" in xml]), 5)
        self.bus.answer = None
        slow.callback(None)
        self.assertEqual(len(self.bus.bodies), WAITING)

    def test_a_room_is_found_out_before_anybody_in_it_is_heard(self) -> None:
        self.person = asked = Deferred[bool]()
        self.inbox.message(message(sender="room@rooms.example.org/ann"))
        self.assertEqual(self.bus.bodies, [])
        asked.callback(False)  # noqa: FBT003 - a Deferred's result has no name
        self.assertEqual((self.bus.bodies, self.link.sent), ([], []))

    def test_who_is_out_of_reach_is_reported_now_and_then(self) -> None:
        for _ in range(5):
            self.inbox.message(message(type="error"))
        self.clock.advance(UNREACHABLE_EVERY)
        self.inbox.message(message(type="error"))
        events = [body.event for body in self.bus.bodies if isinstance(body, ImEvent)]
        self.assertEqual(events, ["unreachable"] * 2)

    def test_the_same_stanza_has_the_same_id_in_the_queue(self) -> None:
        for _ in range(2):
            self.inbox.message(message(id="a-long-enough-id"))
        self.assertEqual(len(set(self.bus.ids)), 1)
        self.assertEqual(len(self.link.sent), 2)
