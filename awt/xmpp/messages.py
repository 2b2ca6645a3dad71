"""Inwards: what people say and do, into the queue ``api``; the receipt once it is safe there."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from twisted.logger import Logger

from awt.background import Tasks
from awt.model.messages import API, Hear, ImEvent
from awt.model.names import TEXT_MAX
from awt.ports import Bus, Chance, Clock
from awt.xmpp import stanzas
from awt.xmpp.clients import Clients
from awt.xmpp.component import Component, LinkLost
from awt.xmpp.stanzas import IM, Failed, Said, Wrong

log = Logger()

WAITING: Final = 100
"""Messages of one address that may wait for the queue; whatever comes beyond is given back."""
WAITING_IN_ALL: Final = 5000
UNREACHABLE_EVERY: Final = 60.0
"""Seconds in which one address is reported only once to be out of reach."""
REMEMBERED: Final = 10_000
"""Addresses that are remembered for their client's chat states, and for errors."""

BUSY: Final = Wrong(type="wait", condition="resource-constraint")


class Inbox:
    """Takes the messages of one assistant.

    ``is_person`` tells of a host whether people live there; messages of others (rooms) are dropped.
    """

    def __init__(
        self,
        *,
        service: str,
        bot: str,
        component: Component,
        bus: Bus,
        clock: Clock,
        chance: Chance,
        reactor: Any,
        clients: Clients,
        is_person: Callable[[str], bool | Awaitable[bool]],
    ) -> None:
        self._service = service
        self._bot = bot
        self._component = component
        self._bus = bus
        self._clock = clock
        self._chance = chance
        self._reactor = reactor
        self._clients = clients
        self._is_person = is_person
        self._tasks = Tasks()
        self._waiting: dict[str, deque[tuple[Any, Said]]] = {}
        self._in_all = 0
        self._reported: dict[str, float] = {}
        self.typing: dict[str, None] = {}
        """Addresses whose clients understand chat states, the oldest first."""

    async def stop(self) -> None:
        """Finish what is on its way into the queue."""
        await self._tasks.finish()

    def message(self, element: Any) -> None:
        """Take a message stanza."""
        found = stanzas.read(element, bot=self._bot, now=self._clock())
        if isinstance(found, Said):
            self._take(element, found)
        elif isinstance(found, Wrong):
            self._component.send(stanzas.error(element, found))
        elif isinstance(found, Failed):
            self.unreachable(found.address)

    def _take(self, element: Any, said: Said) -> None:
        waiting = self._waiting.get(said.address)
        if waiting is None:
            self._waiting[said.address] = deque([(element, said)])
            self._in_all += 1
            self._tasks.spawn(self._drain(said.address), "taking messages")
        elif len(waiting) < WAITING and self._in_all < WAITING_IN_ALL:
            waiting.append((element, said))
            self._in_all += 1
        else:
            self._component.send(stanzas.error(element, BUSY))

    async def _drain(self, address: str) -> None:
        """Publish what one address said, one after the other."""
        waiting = self._waiting[address]
        try:
            while waiting:
                element, said = waiting[0]
                person = self._is_person(said.host)
                if person is True or (not isinstance(person, bool) and await person):
                    await self._accept(element, said)
                waiting.popleft()
                self._in_all -= 1
        finally:
            self._in_all -= len(waiting)
            del self._waiting[address]

    async def _accept(self, element: Any, said: Said) -> None:
        now = self._clock()
        message_id = stanzas.message_id(said, service=self._service, now=now)
        hear = Hear(
            service=self._service,
            im=IM,
            address=said.address,
            text=said.text,
            message_id=message_id,
            received_at=now,
            lang=said.lang,
        )
        try:
            await self._bus.publish(API, hear, message_id=message_id, trace=message_id)
        except Exception as error:  # noqa: BLE001 - not accepted, whatever it is: its sender keeps it
            log.warn("a message was not taken: {why}", why=str(error), trace=message_id)
            self._component.send(stanzas.error(element, BUSY))
            return
        self._clients.heard(said.sender)
        if said.has_states:
            self._types(said.address)
        try:
            self._acknowledge(said)
        except LinkLost:  # it comes again, and is known
            log.info("a receipt was not sent", trace=message_id)

    async def say(self, sender: str, text: str, lang: str, message_id: str) -> None:
        """Say something for somebody who chose it from a menu; raises where it cannot be taken."""
        hear = Hear(
            service=self._service,
            im=IM,
            address=stanzas.address_of(sender) or "",
            text=text[: TEXT_MAX + 1],
            message_id=message_id,
            received_at=self._clock(),
            lang=lang,
        )
        await self._publish(hear, message_id)

    async def _publish(self, body: Hear | ImEvent, message_id: str) -> None:
        await self._bus.publish(API, body, message_id=message_id, trace=message_id)

    def _acknowledge(self, said: Said) -> None:
        """Tell the sender that his message is safe, and that the assistant is at work."""
        if said.wants_receipt and said.id:
            self._component.write(
                stanzas.receipt(sender=self._bot, to=said.sender, received=said.id, kind=said.type)
            )
        if said.has_states:
            self._component.write(stanzas.state(sender=self._bot, to=said.sender, name="composing"))

    def _types(self, address: str) -> None:
        self.typing.pop(address, None)
        self.typing[address] = None
        if len(self.typing) > REMEMBERED:
            del self.typing[next(iter(self.typing))]

    # -- events

    def unreachable(self, address: str) -> None:
        """Report that something could not be delivered to an address, not too often."""
        now = self._reactor.seconds()
        if self._reported.get(address, 0.0) > now:
            return
        if len(self._reported) > REMEMBERED:
            self._reported.clear()
        self._reported[address] = now + UNREACHABLE_EVERY
        self.event(address, "unreachable")

    def event(self, address: str, event: Any, *, token: str = "") -> None:
        """Report what happened between an address and the assistant."""
        self._tasks.spawn(self._report(address, event, token), f"reporting {event}")

    async def _report(self, address: str, event: Any, token: str) -> None:
        event_id = self._chance.uuid()
        body = ImEvent(
            service=self._service,
            im=IM,
            address=address,
            event=event,
            event_id=event_id,
            token=token,
        )
        await self._publish(body, event_id)
