"""A message in the place of another one (XEP-0308), for clients that say that they know it."""

import re
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.local import SystemChance
from awt.model.messages import Answer, Message
from awt.testing.acting_node import ActingNode
from awt.testing.process import PATIENCE, until
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import Stanza
from awt.xmpp.clients import Clients
from awt.xmpp.component import LinkLost
from awt.xmpp.delivery import REMEMBERED, Delivery
from awt.xmpp.messages import Inbox
from awt.xmpp.presence import Contacts
from awt.xmpp.shim import Element, Silence, StanzaError
from awt.xmpp.stanzas import CORRECT
from tests.xmpp.conftest import People, join
from tests.xmpp.test_inbox import BOT, FakeBus, FakeLink

REPLACE = f"{{{CORRECT}}}replace"
CLIENT = "ann@example.org/phone"


class Link(FakeLink):
    """Keeps what is sent; clients answer with ``features``, or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.features: list[str] | Exception = []
        self.asked: list[str] = []

    async def request(self, asked: Any) -> Element:
        self.asked.append(asked.recipient.full())
        if isinstance(self.features, Exception):
            raise self.features
        answer = Element((None, "iq"))
        query = answer.addElement(("http://jabber.org/protocol/disco#info", "query"))
        for feature in self.features:
            query.addElement("feature")["var"] = feature
        return answer

    def confirm(self) -> "Deferred[None]":
        confirmed: Deferred[None] = Deferred()
        confirmed.callback(None)
        return confirmed


class Correcting(TestCase):
    def setUp(self) -> None:
        self.link, clock = Link(), Clock()
        link: Any = self.link
        self.clients = Clients(component=link, sender=BOT)
        bus = FakeBus()
        inbox = Inbox(
            service="base",
            bot=BOT,
            component=link,
            bus=bus,
            clock=lambda: 1_800_000_000_000,
            chance=SystemChance(),
            reactor=clock,
            clients=self.clients,
            is_person=lambda _host: True,
        )

        async def call(_name: str, _values: Any) -> Any:
            raise NotImplementedError

        contacts = Contacts(
            service="base",
            bot=BOT,
            component=link,
            inbox=inbox,
            clients=self.clients,
            call=call,
            reactor=clock,
            inside="",
        )
        self.delivery = Delivery(
            service="base",
            bot=BOT,
            component=link,
            contacts=contacts,
            inbox=inbox,
            clients=self.clients,
            bus=bus,
            catch=lambda reply_to, *_: reply_to == "elsewhere",
        )

    async def correct(self, *, minor: bool = True, corrects: str | None = "m1") -> str:
        """Deliver a correction; return what was sent."""
        return await self.deliver("m2", text="half", corrects=corrects, minor=minor)

    async def deliver(self, message_id: str, **values: Any) -> str:
        self.link.sent.clear()
        body = Answer(address="ann@example.org", **values)
        queue = "user_op.base.jabber"
        await self.delivery.deliver(Message(id=message_id, queue=queue, body=body, created_at=0))
        return "".join(self.link.sent)

    async def test_a_client_that_knows_corrections_is_asked_once(self) -> None:
        self.link.features = ["urn:xmpp:ping", CORRECT]
        self.clients.heard(CLIENT)
        for minor in (True, False, True):
            sent = await self.correct(minor=minor)
            self.assertIn(f"<replace xmlns='{CORRECT}' id='m1'/>", sent)
            self.assertIn("id='m2'", sent, "the same when it comes again")
        self.assertEqual(self.link.asked, [CLIENT])

    async def test_a_message_that_was_shown_elsewhere_is_corrected_by_none(self) -> None:
        self.link.features = [CORRECT]
        self.clients.heard(CLIENT)
        self.assertEqual(await self.deliver("m1", text="it runs", reply_to="elsewhere"), "")
        self.assertEqual(await self.correct(), "")
        sent = await self.correct(minor=False)
        self.assertIn("<body>half</body>", sent)
        self.assertNotIn("replace", sent)
        for number in range(REMEMBERED):
            await self.deliver(f"n{number}", text="it runs", reply_to="elsewhere")
        self.assertIn("replace", await self.correct(), "the oldest is forgotten")

    async def test_what_is_minor_and_corrects_nothing_is_not_said(self) -> None:
        self.assertEqual(await self.correct(corrects=None), "")
        self.assertIn("half", await self.correct(corrects=None, minor=False))

    async def test_a_client_that_does_not_gets_only_what_is_worth_a_message(self) -> None:
        unavailable = StanzaError("service-unavailable")
        for self.link.features in (["urn:xmpp:ping"], unavailable, Silence()):
            self.clients.went(CLIENT)
            self.clients.heard(CLIENT)
            self.assertEqual(await self.correct(), "")
            sent = await self.correct(minor=False)
            self.assertIn("<body>half</body>", sent)
            self.assertNotIn("replace", sent)
        self.assertEqual(len(self.link.asked), 3)

    async def test_a_client_that_could_not_be_asked_is_asked_again(self) -> None:
        self.clients.heard(CLIENT)
        self.link.features = LinkLost()
        self.assertEqual(await self.correct(), "")
        self.link.features = [CORRECT]
        self.assertIn("replace", await self.correct())
        self.assertEqual(self.link.asked, [CLIENT] * 2)

    async def test_nobody_is_asked_whose_client_is_not_known_or_gone(self) -> None:
        self.assertEqual(await self.correct(), "")
        self.clients.came(CLIENT)
        self.clients.went(CLIENT)
        self.assertEqual(await self.correct(), "")
        self.assertEqual(self.link.asked, [])

    async def test_the_client_that_one_wrote_with_last_counts(self) -> None:
        self.link.features = [CORRECT]
        self.clients.heard(CLIENT)
        self.clients.came("ann@example.org/desk")
        await self.correct()
        self.clients.heard("ann@example.org/desk")
        await self.correct()
        self.clients.came("ann@example.org/desk")  # another program of that name
        await self.correct()
        self.assertEqual(self.link.asked, [CLIENT, *["ann@example.org/desk"] * 2])


def test_somebody_sees_one_message_of_a_run_that_is_corrected_and_then_the_card(
    node: RunningNode, people: People, bot: str
) -> None:
    ann, bob = people("ann"), people("bob")
    ann.knows("xep_0308")
    for user in (ann, bob):
        join(user, bot, node)
    executor = ActingNode(node, "corrections-1", runs=TYPE)
    for user in (ann, bob):
        user.say(bot, "#new Shop\nopen shop.example\ntitle Shop\n")
        user.expect(bot, "is saved")
        user.say(bot, f"#run shop {TYPE}")
    began = [user.expect(bot, "/tasks/") for user in (ann, bob)]
    tasks = [int(re.findall(r"/tasks/(\d+)", each.body)[0]) for each in began]
    assert sorted(executor.claim()) == sorted(tasks)

    def corrections() -> list[Stanza]:
        return [s for s in ann.inbox if s.kind == "message" and s.child(REPLACE) is not None]

    def told() -> bool:
        for task in tasks:
            executor.call("Heartbeat", task=task, attempt=1, results=[{"status": "succeeded"}])
        return bool(corrections())

    until(told, seconds=PATIENCE, what="a correction", every=0.25)
    good = {"status": "succeeded"}
    for task in tasks:
        executor.call("FinishTask", task=task, attempt=1, results=[good, good])
    cards = [user.expect(bot, "Works: Shop") for user in (ann, bob)]
    assert all(card.child(REPLACE) is None for card in cards)
    found = corrections()
    assert "1 of 2 steps are done" in found[0].body
    assert "Shop ran" in found[-1].body
    assert {element.get("id") for s in found if (element := s.child(REPLACE)) is not None} == {
        began[0].id
    }
    assert not [s for s in bob.inbox if s.child(REPLACE) is not None], "his client knows none"


TYPE = "ff_1280x800"
"""A type that nobody else has here."""
