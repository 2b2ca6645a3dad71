"""Outwards: what an assistant says and does, from its queues to the network; held until confirmed.

A message leaves its queue when the server has handled it and not before: the queue is the store of this
transport. One that was written to a connection which ended comes again, under the same id.
"""

from collections.abc import Callable, Sequence
from typing import Final

from twisted.logger import Logger

from awt.model.messages import Answer, Choice, Delete, Invite, Message, Outward
from awt.ports import Bus, PutBack, Undeliverable
from awt.transport.delivery import Queues
from awt.xmpp import stanzas
from awt.xmpp.clients import Clients
from awt.xmpp.component import Component, LinkLost
from awt.xmpp.messages import Inbox
from awt.xmpp.presence import Contacts
from awt.xmpp.stanzas import IM, wire_jid

log = Logger()

AT_ONCE: Final = 64
"""Addresses that are written to at the same time; they share pings."""

REMEMBERED: Final = 1000
"""Answers that were shown elsewhere and are remembered, the oldest forgotten first."""

Catch = Callable[[str, str, Sequence[Choice]], bool]
"""Takes an answer that somebody waits for elsewhere: the message answered, the text, the choices."""


class Delivery(Queues):
    """Consumes the queues of one assistant while its component is connected."""

    def __init__(
        self,
        *,
        service: str,
        bot: str,
        component: Component,
        contacts: Contacts,
        inbox: Inbox,
        clients: Clients,
        bus: Bus,
        catch: Catch,
    ) -> None:
        super().__init__(service=service, im=IM, bus=bus, deliver=self.deliver, at_once=AT_ONCE)
        self._bot = bot
        self._component = component
        self._contacts = contacts
        self._inbox = inbox
        self._clients = clients
        self._catch = catch
        self._caught: dict[str, None] = {}
        """Ids of messages that somebody got as something else: no client can correct them."""

    async def deliver(self, message: Message) -> None:
        """Write one message and wait until the server has handled it."""
        xml = await self._corrected(message)
        try:
            if xml:
                self._component.write(xml)
            await self._component.confirm()
        except LinkLost:
            raise PutBack from None

    async def _corrected(self, message: Message) -> str:
        """Return the stanzas of a message, one that corrects another for a client that understands it."""
        body = message.body
        if not isinstance(body, Answer):
            return self._xml(message)
        corrects = None if body.corrects in self._caught else body.corrects
        if corrects and await self._clients.corrects(wire_jid(body.address)):
            return self._xml(message, inside=stanzas.correction(corrects))
        return "" if body.minor else self._xml(message)

    def _xml(self, message: Message, *, inside: str = "") -> str:
        """Return the stanzas of a message; empty when somebody waited for it elsewhere."""
        body = message.body
        if not isinstance(body, Outward):
            raise Undeliverable(f"{type(body).__name__} is not for a transport")
        if stanzas.address_of(body.address) is None:
            raise Undeliverable("its address is no JID")
        text = stanzas.outgoing_text(body.text, message.secret)
        jid = wire_jid(body.address)
        inside += stanzas.responses(getattr(body, "choices", ()))
        said = self._say(message.id, jid, body.address, text, inside) if text else ""
        if isinstance(body, Delete):
            return said + self._contacts.part(jid)
        if isinstance(body, Invite):
            return self._contacts.ask(jid, text) + said
        if body.reply_to and self._catch(body.reply_to, text, body.choices):
            said = ""
            self._note_caught(message.id)
        return said if isinstance(body, Answer) else self._contacts.ask(jid, text) + said

    def _note_caught(self, message_id: str) -> None:
        self._caught[message_id] = None
        if len(self._caught) > REMEMBERED:
            del self._caught[next(iter(self._caught))]

    def _say(self, message_id: str, jid: str, address: str, text: str, inside: str) -> str:
        if address in self._inbox.typing:
            inside += f"<active xmlns='{stanzas.CHAT_STATES}'/>"
        return stanzas.message(sender=self._bot, to=jid, id_=message_id, text=text, inside=inside)
