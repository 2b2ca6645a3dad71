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
from awt.model.status import LANGS
from awt.ports import Bus, Env
from awt.skype.account import Account, Away, Broken, Denied, Impossible
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
DENIED_DELAY: Final = 300.0
"""The most that it grows to where the password is wrong: a server may lock an account that goes on."""
REST: Final = 1.0
"""Seconds between two polls that return nothing: a server that does not hold them is not run down."""
GRACE: Final = 2.0
"""Seconds in which a stop lets the network answer."""
THREADS: Final = 4
FAILURES: Final = (Away, Broken, Denied, Impossible, Refused, Unavailable)
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
        self._hands = Hands(threads=THREADS, name=f"skype of {service}", reactor=reactor)
        self._inbox = Inbox(
            service=service,
            account=self._account,
            hands=self._hands,
            bus=bus,
            clock=env.clock,
            chance=env.chance,
            farewell="\n".join(env.texts(lang, "chat-no-groups") for lang in LANGS),
            reactor=reactor,
        )
        self._contacts = Contacts(
            service=service, account=self._account, hands=self._hands, inbox=self._inbox, call=call
        )
        self._delivery = Delivery(
            service=service,
            account=self._account,
            hands=self._hands,
            inbox=self._inbox,
            bus=bus,
            on_away=self._fail,
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
        grace = self._reactor.callLater(GRACE, self._hands.cancel)
        await self._delivery.stop()
        await self._tasks.cancel()
        if grace.active():
            grace.cancel()
        self._hands.stop()
        await self._lease.stop()

    def _lost(self) -> None:
        """End the connection: somebody else may have it now."""
        self._contacts.forget()
        self._fail(Away("the lease is lost"))

    def _fail(self, why: Exception) -> None:
        """End the connection; the first reason is the one that is told."""
        if self._ended is not None and not self._ended.called:
            self._ended.errback(why)

    async def _run(self) -> None:
        delay = LEAST_DELAY
        while True:
            await self._lease.acquired()
            pause, most = 0.0, MOST_DELAY
            self._good = False
            try:
                await self._live()
            except FAILURES as error:
                self._say(f"{self.place.base_url} {error}")
                pause = getattr(error, "seconds", 0.0)
                most = DENIED_DELAY if isinstance(error, Denied) else MOST_DELAY
            finally:
                self.connected = False
            delay = LEAST_DELAY if self._good else min(most, delay * 2)
            pause = max(pause, delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            await deferLater(self._reactor, pause)

    async def _live(self) -> None:
        """Sign in and work until something fails, which is raised, or the tokens come to their end."""
        self._ended = ended = Deferred[None]()
        # A poll that hangs is left to itself, with its thread.
        ears = Hands(threads=1, name=f"poll of {self.place.service}", reactor=self._reactor)
        work = Tasks()
        try:
            await self._hands.do(self._account.sign_in)
            if not ended.called:
                self.connected = True
                self._say("is connected")
                self._delivery.start()
                for name, coroutine in (
                    ("listening", self._listen(ears)),
                    ("contacts", self._look()),
                ):
                    work.spawn(self._until(coroutine), f"{name} of {self.place.service}")
            await ended
        finally:
            self._ended = None
            _ = ended.addErrback(lambda _: None)  # whatever it was, the first reason was told
            await work.cancel()
            ears.stop()
            await self._delivery.stop()

    async def _until(self, work: Awaitable[None]) -> None:
        """Do something for as long as the connection is good; its end is that of the connection."""
        try:
            await work
            if self._ended is not None and not self._ended.called:
                self._ended.callback(None)
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug must not end one half of the work
            if not isinstance(error, FAILURES):
                log.failure("assistant of {service} failed", service=self.place.service)
                error = Away(f"{type(error).__name__} on our side")
            self._fail(error)

    async def _listen(self, ears: Hands) -> None:
        """Take what was said while nobody listened, then what is said now: read marks only go on."""
        for conversation in await self._hands.do(self._account.unread):
            messages = await self._hands.do(self._account.messages, conversation)
            await self._inbox.catch_up(conversation, messages)
        while not self._account.ends:
            asked_at = self._reactor.seconds()
            found = await ears.do(self._account.poll)
            await self._inbox.take(found)
            self._good = True
            if not found and self._reactor.seconds() < asked_at + REST:
                await deferLater(self._reactor, REST)

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
