"""One assistant on the network: lease, account, and everything that goes through it."""

import random
from collections.abc import Awaitable
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.background import Tasks
from awt.errors import Refused, Unavailable
from awt.ports import Bus, Env
from awt.skype.account import Account, Away, Denied, Impossible
from awt.skype.contacts import Contacts
from awt.skype.delivery import Delivery
from awt.skype.events import IM
from awt.skype.hands import Hands
from awt.skype.inbox import Inbox
from awt.transport.lease import Call, Lease

log = Logger()

LEAST_DELAY: Final = 0.5
MOST_DELAY: Final = 30.0
"""Seconds before a next attempt to sign in: doubled each time that fails, between these, with jitter."""
THREADS: Final = 4
FAILURES: Final = (Away, Denied, Impossible, Refused, Unavailable)
"""What ends a connection; the next one may be better."""


@frozen(kw_only=True)
class Place:
    """Where an assistant signs in, as whom."""

    service: str
    base_url: str
    user: str
    password: str
    contacts_seconds: float


class Assistant:
    """Keeps one assistant signed in while this node holds its lease."""

    def __init__(
        self, *, place: Place, instance: int, call: Call, bus: Bus, env: Env, reactor: Any
    ) -> None:
        self.place = place
        self._reactor = reactor
        service = place.service
        self._account = Account(base_url=place.base_url, user=place.user, password=place.password)
        self._ears = Hands(threads=1, name=f"poll of {service}", reactor=reactor)
        self._hands = Hands(threads=THREADS, name=f"skype of {service}", reactor=reactor)
        self._inbox = Inbox(
            service=service,
            account=self._account,
            hands=self._hands,
            bus=bus,
            clock=env.clock,
            chance=env.chance,
            texts=env.texts,
            reactor=reactor,
        )
        self._contacts = Contacts(
            service=service, account=self._account, hands=self._hands, inbox=self._inbox, call=call
        )
        self._delivery = Delivery(
            service=service, account=self._account, hands=self._hands, inbox=self._inbox, bus=bus
        )
        self._lease = Lease(
            call=call,
            service=service,
            transport=IM,
            instance=instance,
            reactor=reactor,
            on_lost=self._lost,
        )
        self._tasks = Tasks()
        self._ended: Deferred[None] | None = None
        self._said = ""
        self._good = False
        """Whether the connection has shown that it is one: delays begin anew."""
        self.connected = False

    def start(self) -> None:
        """Begin to ask for the lease, and sign in once it is held."""
        self._lease.start()
        self._tasks.spawn(self._run(), f"assistant of {self.place.service}")

    async def stop(self) -> None:
        """Finish what is in hand, and let another node take over."""
        await self._delivery.stop()
        await self._tasks.cancel()
        self._ears.stop()
        self._hands.stop()
        await self._lease.stop()

    def _lost(self) -> None:
        """End the connection: somebody else may have it now."""
        if self._ended is not None and not self._ended.called:
            self._ended.errback(Away("the lease is lost"))

    async def _run(self) -> None:
        delay = LEAST_DELAY
        while True:
            await self._lease.acquired()
            pause = 0.0
            self._good = False
            try:
                await self._live()
            except FAILURES as error:
                self._say(f"{self.place.base_url} {error}")
                pause = getattr(error, "seconds", 0.0)
            finally:
                self.connected = False
            delay = LEAST_DELAY if self._good else min(MOST_DELAY, delay * 2)
            pause = max(pause, delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            await deferLater(self._reactor, pause)

    async def _live(self) -> None:
        """Sign in and work until something fails, which is raised."""
        await self._hands.do(self._account.sign_in)
        await self._contacts.begin()
        ended: Deferred[None] = Deferred()
        self._ended = ended
        work = Tasks()
        try:
            self.connected = True
            self._say("is connected")
            self._delivery.start()
            for name, coroutine in (
                ("listening", self._listen()),
                ("contacts", self._look()),
            ):
                work.spawn(self._until(coroutine, ended), f"{name} of {self.place.service}")
            await ended
        finally:
            await work.cancel()
            await self._delivery.stop()

    async def _until(self, work: Awaitable[None], ended: "Deferred[None]") -> None:
        """Do something for as long as the connection is good; its failure ends the connection."""
        try:
            await work
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug must not end one half of the work
            if not isinstance(error, FAILURES):
                log.failure("assistant of {service} failed", service=self.place.service)
                error = Away(f"{type(error).__name__} on our side")
            if not ended.called:
                ended.errback(error)

    async def _listen(self) -> None:
        """Take what was said while nobody listened, then what is said now: read marks only go on.

        Whoever signs in anew, for a token has ended, may have missed something meanwhile.
        """
        while True:
            sign_ins = self._account.sign_ins
            for conversation in await self._hands.do(self._account.unread):
                messages = await self._hands.do(self._account.messages, conversation)
                await self._inbox.catch_up(conversation, messages)
                self._good = True
            while sign_ins == self._account.sign_ins:
                await self._inbox.take(await self._ears.do(self._account.poll))
                self._good = True

    async def _look(self) -> None:
        while True:
            await self._contacts.look()
            await deferLater(self._reactor, self.place.contacts_seconds)

    def _say(self, what: str) -> None:
        """Log what became of the account, once until it changes."""
        if what != self._said:
            self._said = what
            log.info(
                "{user} ({service} on skype) {what}",
                user=self.place.user,
                service=self.place.service,
                what=what,
            )
