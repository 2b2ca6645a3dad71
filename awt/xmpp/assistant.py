"""One assistant on the network: lease, connection, and everything that speaks on it."""

import random
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt import __version__
from awt.background import Tasks
from awt.ports import Bus, Chance, Clock
from awt.transport.lease import Call, Lease
from awt.xmpp.adhoc import AdHoc
from awt.xmpp.clients import Clients
from awt.xmpp.component import PONG_SECONDS, Component, LinkLost, NoLink
from awt.xmpp.delivery import Delivery
from awt.xmpp.messages import Inbox
from awt.xmpp.presence import Contacts
from awt.xmpp.profile import Profile, presence_extras
from awt.xmpp.rooms import Hosts
from awt.xmpp.shim import Disco, Fallback, Ping, Version
from awt.xmpp.stanzas import BOT, IM

log = Logger()

LEAST_DELAY: Final = 0.2
MOST_DELAY: Final = 30.0
"""Seconds before a next attempt to connect: doubled each time, between these, with jitter."""
STEADY: Final = 10.0
"""Seconds after which a connection counts as a good one, and delays begin anew."""


@frozen(kw_only=True)
class Place:
    """Where an assistant is connected: its component's domain, the server's endpoint, their secret."""

    service: str
    domain: str
    endpoint: str
    secret: str

    @property
    def bot(self) -> str:
        """The address of the assistant."""
        return f"{BOT}@{self.domain}"


class Assistant:
    """Keeps one assistant connected while this node holds its lease."""

    def __init__(
        self,
        *,
        place: Place,
        title: str,
        site_url: str,
        instance: int,
        call: Call,
        bus: Bus,
        clock: Clock,
        chance: Chance,
        reactor: Any,
    ) -> None:
        self.place = place
        self._reactor = reactor
        self._component = component = Component(
            domain=place.domain, secret=place.secret, endpoint=place.endpoint, reactor=reactor
        )
        service, bot = place.service, place.bot
        clients = Clients(component=component, sender=bot)
        hosts = Hosts(component=component, sender=bot)
        self._inbox = Inbox(
            service=service,
            bot=bot,
            component=component,
            bus=bus,
            clock=clock,
            chance=chance,
            reactor=reactor,
            clients=clients,
            is_person=hosts.is_person,
        )
        self._contacts = Contacts(
            service=service,
            bot=bot,
            component=component,
            inbox=self._inbox,
            clients=clients,
            call=call,
            reactor=reactor,
            inside=presence_extras(name=title, site_url=site_url),
        )
        adhoc = AdHoc(service=service, bot=bot, call=call, say=self._inbox.say, reactor=reactor)
        self._delivery = Delivery(
            service=service,
            bot=bot,
            component=component,
            contacts=self._contacts,
            inbox=self._inbox,
            clients=clients,
            bus=bus,
            catch=adhoc.catch,
        )
        self._lease = Lease(
            call=call,
            service=service,
            transport=IM,
            instance=instance,
            reactor=reactor,
            on_lost=lambda: component.abort("the lease is lost"),
        )
        component.on_message = self._inbox.message
        for handler in (
            self._contacts,
            Disco(),
            Profile(bot=bot, domain=place.domain, name=title, site_url=site_url),
            adhoc,
            Version("awt", __version__),
            Ping(),
            Fallback(),
        ):
            handler.setHandlerParent(component)
        self._tasks = Tasks()
        self._said = ""

    @property
    def connected(self) -> bool:
        """Whether it is connected and authenticated."""
        return self._component.ready

    def start(self) -> None:
        """Begin to ask for the lease, and connect once it is held."""
        self._lease.start()
        self._tasks.spawn(self._run(), f"assistant of {self.place.service}")

    async def stop(self) -> None:
        """Finish what is in hand, say goodbye, and let another node take over."""
        await self._tasks.cancel()
        await self._delivery.stop()
        await self._inbox.stop()
        if self._component.ready:
            try:
                await self._contacts.leave()
                _ = (last := self._component.confirm()).addTimeout(PONG_SECONDS, self._reactor)
                await last
            except (LinkLost, DeferredTimeout):
                log.warn("{bot} could not say goodbye", bot=self.place.bot)
        await self._component.close()
        await self._lease.stop()

    async def _run(self) -> None:
        delay = LEAST_DELAY
        while True:
            await self._lease.acquired()
            try:
                await self._component.connect()
            except NoLink as no_link:
                self._say(f"{self.place.endpoint} {no_link}")
                kicked = no_link.kicked
                lived = 0.0
            else:
                if not self._lease.held:  # since we began to connect: there was nothing to abort
                    self._component.abort("the lease is lost")
                self._say("is connected")
                began = self._reactor.seconds()
                why = await self._live()
                lived = self._reactor.seconds() - began
                kicked = self._component.kicked
                self._say(f"{self.place.endpoint} {why}")
            if kicked and not await self._lease.renew():
                continue
            delay = LEAST_DELAY if lived > STEADY else min(MOST_DELAY, delay * 2)
            await deferLater(self._reactor, delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    async def _live(self) -> str:
        """Work until the connection ends; return why it did."""
        self._delivery.start()
        leave = self._tasks.spawn(self._arrive(), "telling contacts")
        why = await self._component.lost()
        leave()
        await self._delivery.stop()
        return why

    async def _arrive(self) -> None:
        try:
            await self._contacts.arrive()
        except LinkLost:
            log.debug("the contacts are told at the next connection")

    def _say(self, what: str) -> None:
        """Log what became of the connection, once until it changes."""
        if what != self._said:
            self._said = what
            log.info("{bot} {what}", bot=self.place.bot, what=what)
