"""Who may see whom: subscriptions both ways, and the assistant's own presence.

A component has no contact list on its server: nobody is told that the assistant came or went unless it
says so itself, and everybody who asks to see it may.
"""

from collections.abc import Iterable
from typing import Any, Final

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.transport.lease import Call
from awt.xmpp import stanzas
from awt.xmpp.clients import Clients
from awt.xmpp.component import Component
from awt.xmpp.messages import Inbox
from awt.xmpp.shim import Presence
from awt.xmpp.stanzas import IM, ROOMS, address_of, presence, wire_jid

log = Logger()

AT_ONCE: Final = 100
"""Stanzas that are written in one go; then others have their turn."""
AGAIN: Final = 5.0
"""Seconds after which the list of contacts is asked for again that could not be had."""
ASKED: Final = 10_000
"""Addresses that are remembered as asked for authorisation."""


class Contacts(Presence):
    """Answers presence for one assistant. ``inside`` is what its presence carries (XEP-0115, XEP-0153)."""

    def __init__(
        self,
        *,
        service: str,
        bot: str,
        component: Component,
        inbox: Inbox,
        clients: Clients,
        call: Call,
        reactor: IReactorTime,
        inside: str,
    ) -> None:
        super().__init__()
        self._service = service
        self._bot = bot
        self._component = component
        self._inbox = inbox
        self._clients = clients
        self._call = call
        self._reactor = reactor
        self._inside = inside
        self._contacts: dict[str, None] = {}
        """Wire JIDs that were told that the assistant is there."""
        self._asked: dict[str, None] = {}

    # -- coming and going

    async def arrive(self) -> None:
        """Tell all contacts that the assistant is there, and ask who of them is."""
        after: int | None = 0
        while after is not None:
            try:
                page = await self._call(
                    "ListContacts", {"service": self._service, "im": IM, "after": after}
                )
            except CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the contacts are there later
                log.warn("no contacts of {service}: {why}", service=self._service, why=str(error))
                await deferLater(self._reactor, AGAIN)
                continue
            for contact in page.contacts:
                self._contacts[wire_jid(contact.address)] = None
            await self._tell([wire_jid(c.address) for c in page.contacts], probe=True)
            after = page.next

    async def leave(self) -> None:
        """Tell everybody that the assistant goes."""
        told, self._contacts = list(self._contacts), {}
        await self._tell(told, kind="unavailable")

    async def _tell(self, jids: Iterable[str], *, kind: str = "", probe: bool = False) -> None:
        inside = "" if kind else self._inside
        lines: list[str] = []
        for jid in jids:
            if probe:
                lines.append(presence(sender=self._bot, to=jid, kind="probe"))
            lines.append(presence(sender=self._bot, to=jid, kind=kind, inside=inside))
            if len(lines) >= AT_ONCE:
                self._component.write("".join(lines))
                lines.clear()
                await self._component.confirm()
        if lines:
            self._component.write("".join(lines))

    # -- what the transport sends

    def ask(self, jid: str, status: str) -> str:
        """Return a request for authorisation, with a text."""
        self._remember(jid)
        self._contacts[jid] = None
        said = f"<status>{stanzas.escape(status)}</status>" if status else ""
        return presence(sender=self._bot, to=jid, kind="subscribe", inside=said)

    def part(self, jid: str) -> str:
        """Return what ends a contact from both sides."""
        self._contacts.pop(jid, None)
        self._asked.pop(jid, None)
        return "".join(
            presence(sender=self._bot, to=jid, kind=kind)
            for kind in ("unsubscribe", "unsubscribed", "unavailable")
        )

    def _remember(self, jid: str) -> None:
        self._asked[jid] = None
        if len(self._asked) > ASKED:
            del self._asked[next(iter(self._asked))]

    # -- what comes, by wokkel's names

    def _address(self, stanza: Any) -> str | None:
        """Return whose presence this is; None for servers, rooms, and what is not for the assistant."""
        sender, recipient = stanza.sender, stanza.recipient
        if sender is None or sender.user is None or recipient is None:
            return None
        if recipient.userhost() != self._bot:
            return None
        if any(getattr(child, "uri", None) in ROOMS for child in stanza.element.children):
            return None
        return address_of(sender.userhost())

    def availableReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Note the client that somebody is there with."""
        if self._address(stanza) is not None:
            self._clients.came(stanza.sender.full())

    def unavailableReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Forget the client that is gone."""
        if self._address(stanza) is not None:
            self._clients.went(stanza.sender.full())

    def subscribeReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Let everybody see the assistant, and ask the same of him."""
        address = self._address(stanza)
        if address is None:
            return
        jid = stanza.sender.userhost()
        back = "" if jid in self._asked else self.ask(jid, "")
        self._contacts[jid] = None
        self.send(
            presence(sender=self._bot, to=jid, kind="subscribed")
            + presence(sender=self._bot, to=jid, inside=self._inside)
            + back
        )
        self._inbox.event(address, "subscribe", token=stanzas.preauth(stanza.element))

    def subscribedReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Note that somebody lets the assistant see him."""
        address = self._address(stanza)
        if address is not None:
            self._remember(stanza.sender.userhost())
            self._inbox.event(address, "authorised")

    def unsubscribedReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Note that somebody does not, or no more."""
        self._gone(stanza, "refused")

    def unsubscribeReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Note that somebody does not want to see the assistant any more."""
        address = self._address(stanza)
        if address is not None:
            jid = stanza.sender.userhost()
            self.send(presence(sender=self._bot, to=jid, kind="unsubscribed"))
        self._gone(stanza, "removed")

    def _gone(self, stanza: Any, event: str) -> None:
        address = self._address(stanza)
        if address is not None:
            self._contacts.pop(stanza.sender.userhost(), None)
            self._asked.pop(stanza.sender.userhost(), None)
            self._inbox.event(address, event)

    def probeReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Tell who asks that the assistant is there."""
        if self._address(stanza) is not None:
            self._contacts[stanza.sender.userhost()] = None
            sender = stanza.sender.full()
            self.send(presence(sender=self._bot, to=sender, inside=self._inside))

    def errorReceived(self, stanza: Any) -> None:  # noqa: N802 - wokkel's name
        """Report who cannot be asked."""
        address = self._address(stanza)
        if address is not None:
            self._inbox.unreachable(address)
