"""Inwards: what people say, into the queue ``api``; marked as read once it is safe there.

The network has no receipts, but it keeps how far a conversation was read. That mark is our receipt: it
moves when the queue has the message, and what came after it is fetched at the next connection.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.errors import Unavailable
from awt.model.messages import API, Hear, ImEvent
from awt.model.times import DAY
from awt.ports import Bus, Chance, Clock
from awt.skype import events
from awt.skype.account import Account, Away, Broken, Impossible, Unread
from awt.skype.events import IM, InGroup, Said
from awt.skype.hands import Hands

log = Logger()

Read = Callable[..., tuple[Said | InGroup | None, str | None]]
"""Reads an event, or a message of a conversation."""

AGAIN: Final = 1.0
"""Seconds before a message is offered again that the queue could not take."""
OLD: Final = DAY
"""Messages that waited for longer are not answered any more."""
REMEMBERED: Final = 5_000
"""Messages, and groups, that are remembered as dealt with."""


class Inbox:
    """Takes what the account of one assistant hears; ``farewell`` is what it says in a group."""

    def __init__(
        self,
        *,
        service: str,
        account: Account,
        hands: Hands,
        bus: Bus,
        clock: Clock,
        chance: Chance,
        farewell: str,
        reactor: Any,
    ) -> None:
        self._service = service
        self._account = account
        self._hands = hands
        self._bus = bus
        self._clock = clock
        self._chance = chance
        self._farewell = farewell
        self._reactor = reactor
        self._known: dict[str, None] = {}

    async def take(self, batch: Iterable[Any]) -> None:
        """Take the events of a poll, in their order."""
        read: dict[str, Said] = {}
        acknowledged: list[str] = []
        for event in batch:
            found, url = self._read(events.read_event, event)
            await self._one(found, read)
            if url:
                acknowledged.append(url)
        for url in acknowledged:
            await self._tell(self._hands.do(self._account.acknowledge, url))
        for user, said in read.items():
            await self._mark(user, said.number)

    async def catch_up(self, conversation: Unread, messages: Iterable[Any]) -> None:
        """Take what somebody said while nobody listened, unless that is long ago."""
        for message in messages:
            found, _ = self._read(events.read_resource, message)
            if isinstance(found, Said) and self._clock() - found.arrived_at < OLD:
                await self._accept(found)
        await self._mark(conversation.user, conversation.newest)

    def _read(self, read: Read, event: Any) -> tuple[Said | InGroup | None, str | None]:
        """Read one event; whatever is wrong with it costs it and not its neighbours."""
        try:
            return read(event, own=self._account.id)
        except msgspec.ValidationError as error:
            log.warn("an event makes no sense: {why}", why=str(error))
        except Exception:  # noqa: BLE001 - else it would come again, and fail again, for ever
            log.failure("an event cannot be read")
        return None, None

    async def _one(self, found: Said | InGroup | None, read: dict[str, Said]) -> None:
        if isinstance(found, InGroup):
            await self._refuse(found.conversation)
        elif found is not None:
            await self._accept(found)
            read[found.user] = found

    async def _accept(self, said: Said) -> None:
        """Publish a message; what cannot be published stays with the network, and is tried again."""
        message_id = events.message_id(said, service=self._service)
        if message_id in self._known:
            return
        hear = Hear(
            service=self._service,
            im=IM,
            address=said.address,
            text=said.text,
            message_id=message_id,
            received_at=self._clock(),
        )
        await self._publish(hear, message_id)
        self._remember(message_id)

    async def _publish(self, body: Hear | ImEvent, message_id: str) -> None:
        while True:
            try:
                return await self._bus.publish(API, body, message_id=message_id, trace=message_id)
            except Unavailable as error:
                log.warn("not taken yet: {why}", why=str(error), trace=message_id)
            await deferLater(self._reactor, AGAIN)

    async def event(self, address: str, event: Any, *, event_id: str = "") -> None:
        """Report what happened between an address and the assistant; done when it is safe."""
        event_id = event_id or self._chance.uuid()
        body = ImEvent(
            service=self._service, im=IM, address=address, event=event, event_id=event_id
        )
        await self._publish(body, event_id)

    async def _refuse(self, conversation: str) -> None:
        """Say, once, that assistants talk to one person at a time, and leave."""
        if conversation in self._known:
            return
        client_id = str(self._clock())
        account = self._account
        told = await self._tell(
            self._hands.do(account.say_in_group, conversation, self._farewell, client_id=client_id)
        )
        if await self._tell(self._hands.do(account.leave, conversation)) and told:
            self._remember(conversation)

    async def _mark(self, user: str, number: int) -> None:
        await self._tell(self._hands.do(self._account.mark_read, user, number, self._clock()))

    async def _tell(self, telling: "Deferred[None]") -> bool:
        """Tell the network something; should it not hear that, it repeats itself and is known."""
        try:
            await telling
        except (Away, Broken, Impossible) as error:
            log.info("the network was told in vain: {why}", why=str(error))
            return False
        return True

    def _remember(self, what: str) -> None:
        self._known[what] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
