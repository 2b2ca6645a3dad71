"""The relay: what was committed into the outbox goes to the broker, and is marked when the broker has it.

A message that this process wrote is published from memory, at once. What is left in the table (a
process or the broker was away) is claimed by scans, at the start, after each reconnect and every few
seconds. A message is `LEASE` long its claimer's and `GRACE` long its writer's, so several relays double
only what one of them had published and not yet seen confirmed.
"""

from collections import deque
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as Late
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.amqp.adapter import Lost, Returned, Unencodable
from awt.amqp.publisher import ConfirmedPublisher
from awt.background import Periodic, Tasks
from awt.db import outbox
from awt.db.engine import Database
from awt.db.tx import Tx
from awt.errors import Unavailable
from awt.model.messages import Message
from awt.model.times import SECOND
from awt.ports import Clock, Signals

log = Logger()

WINDOW: Final = 500
"""Messages that may be unconfirmed at once."""
IN_MEMORY: Final = 5000
"""Messages that wait in memory; more are left in the table for a scan."""
BATCH: Final = 250
"""Rows read by one scan."""
LOOK: Final = 5.0
"""Seconds between two scans."""
GRACE: Final = 2.0
LEASE: Final = 10.0
LATER: Final = 5.0
"""Seconds before what the broker did not take is tried again."""
CONFIRM: Final = 30.0
"""Seconds that the broker may take to confirm a message before it is published once more."""
GATHER: Final = 0.5
"""Seconds for which confirms are gathered, to be noted in one transaction: that is half of what a
message costs otherwise. When a node is killed meanwhile they are published once more, and whoever has read
them knows them by their ids, as long as that process lives."""
PARTING: Final = 3.0
"""Seconds that a stop waits for confirms."""


class Relay:
    """Publishes the outbox, in order for each queue as long as nothing fails."""

    def __init__(
        self,
        *,
        database: Database,
        publisher: ConfirmedPublisher,
        signals: Signals,
        clock: Clock,
        reactor: Any,
        grace: float = GRACE,
        lease: float = LEASE,
        confirm: float = CONFIRM,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._clock = clock
        self._reactor = reactor
        self._grace = round(grace * SECOND)
        self._lease = round(lease * SECOND)
        self._confirm = confirm
        self._tasks = Tasks()
        self._fresh: deque[Message] = deque()
        self._known: set[str] = set()
        """Ids in memory, in the window, or confirmed and not yet marked."""
        self._flying = 0
        self._confirmed: list[str] = []
        self._lost: list[str] = []
        self._marking = False
        self._scanning = False
        self._behind = True
        """The table may have messages that are older than those in memory."""
        self._left_at = 0
        """When a message was last left to a scan, which sees it after `GRACE` only."""
        self._stopping = False
        self._landed: Deferred[None] | None = None
        self._deaf = signals.listen(outbox.TOPIC, self._committed)
        self._looking = Periodic(self._look, seconds=LOOK, name="outbox", reactor=reactor)
        publisher.on_change(self._changed)

    def start(self) -> None:
        """Begin; the first scan comes at once."""
        self._looking.start()

    async def stop(self) -> None:
        """Publish nothing more, and mark what is confirmed in a while."""
        self._stopping = True
        self._deaf()
        await self._looking.stop()
        if self._flying and self._publisher.open:
            self._landed = Deferred()
            late = self._reactor.callLater(PARTING, self._land)
            await self._landed
            if late.active():
                late.cancel()
        await self._tasks.finish()

    # From memory

    def _committed(self, message: Message) -> None:
        """Publish what this process has just written; leave it to a scan when that cannot be."""
        if message.id in self._known:
            return
        if len(self._fresh) >= IN_MEMORY or not self._publisher.open:
            self._leave()
            return
        self._known.add(message.id)
        self._fresh.append(message)
        self._pump()

    def _pump(self) -> None:
        while self._fresh and self._has_room() and not self._behind:
            self._publish(self._fresh.popleft())

    def _has_room(self) -> bool:
        return self._flying < WINDOW and self._publisher.open and not self._stopping

    def _changed(self) -> None:
        """Begin anew when the broker is back; forget what waits in memory when it went."""
        if self._publisher.open:
            self._scan_soon()
            return
        self._leave()
        self._known.difference_update(message.id for message in self._fresh)
        self._fresh.clear()

    def _leave(self) -> None:
        self._behind = True
        self._left_at = self._clock()

    # From the table

    async def _look(self) -> None:
        self._scan_soon()

    def _scan_soon(self) -> None:
        if not self._scanning and self._has_room():
            self._scanning = True
            self._tasks.spawn(self._scan(), "reading the outbox")

    async def _scan(self) -> None:
        """Claim and publish what is due, as far as the window goes; then memory may go on."""
        try:
            while self._has_room():
                rows = await self._database.write(
                    outbox.claim,
                    limit=min(BATCH, WINDOW - self._flying),
                    grace=self._grace,
                    lease=self._lease,
                )
                new = [stored for stored in rows if stored.message_id not in self._known]
                for stored in new:
                    await self._take(stored)
                if not new:
                    wait = self._left_at + self._grace - self._clock()
                    self._behind = wait > 0
                    if self._behind:
                        self._tasks.spawn(self._scan_later(wait / SECOND), "waiting to scan")
                    break
        except Unavailable as error:
            log.warn("cannot read the outbox: {error}", error=str(error))
        finally:
            self._scanning = False
        self._pump()

    async def _scan_later(self, seconds: float) -> None:
        await deferLater(self._reactor, seconds)
        self._scan_soon()

    async def _take(self, stored: outbox.Stored) -> None:
        message = stored.message
        if message is None:
            await self._database.write(
                outbox.bury, stored.message_id, attempt=0, error="undecodable"
            )
        elif message.expires_at is not None and message.expires_at <= self._clock():
            await self._database.write(outbox.expire, message.id)
        else:
            self._known.add(message.id)
            self._publish(message)

    # What became of it

    def _publish(self, message: Message) -> None:
        self._flying += 1
        self._tasks.spawn(self._send(message), "publishing")

    async def _send(self, message: Message) -> None:
        confirmed: Deferred[None] = Deferred.fromCoroutine(self._publisher.publish(message))
        try:
            await confirmed.addTimeout(self._confirm, self._reactor)
        except Late:  # its queue hangs; the others need the room in the window
            log.warn("{queue} does not take {id}", queue=message.queue, id=message.id)
            await self._put_off(message, Lost(f"not confirmed within {self._confirm:g} s"))
        except (Unencodable, msgspec.DecodeError) as error:
            await self._note(outbox.bury, message, attempt=message.attempt, error=f"{error}")
        except Returned as error:
            log.warn("no queue for {id}: {error}", id=message.id, error=str(error))
            await self._put_off(message, error)
        except Unavailable as error:
            if self._publisher.open:  # refused this time; when the link went, a scan finds it
                await self._put_off(message, error)
            else:
                self._lost.append(message.id)
                self._mark()
        except Exception as error:  # noqa: BLE001 - a bug: the others go on, this one is tried again
            log.failure("cannot publish {id}", id=message.id, trace=message.trace)
            await self._put_off(message, error)
        else:
            self._confirmed.append(message.id)
            self._mark()
        finally:
            self._flying -= 1
            if not self._flying:
                self._land()
            if self._behind:
                self._scan_soon()
            self._pump()

    async def _put_off(self, message: Message, error: Exception) -> None:
        await self._note(
            outbox.put_off,
            message,
            attempt=message.attempt,
            next_at=self._clock() + round(LATER * SECOND),
            error=str(error),
        )

    async def _note(self, function: Any, message: Message, **values: Any) -> None:
        """Write down what became of a message; a database that is away is told by the next scan."""
        try:
            await self._database.write(function, message.id, **values)
        except Unavailable as error:
            log.warn("cannot note what became of {id}: {error}", id=message.id, error=str(error))
        finally:
            self._known.discard(message.id)

    def _mark(self) -> None:
        if not self._marking:
            self._marking = True
            self._tasks.spawn(self._mark_all(), "marking what was published")

    async def _mark_all(self) -> None:
        """Write down what was confirmed and what was not, many at once."""
        try:
            while self._confirmed or self._lost:
                if not self._stopping:
                    await deferLater(self._reactor, GATHER)
                done, self._confirmed = self._confirmed, []
                lost, self._lost = self._lost, []
                try:
                    await self._database.write(_mark, done, lost)
                except Unavailable as error:
                    log.warn("cannot mark what was published: {error}", error=str(error))
                    if not self._stopping:
                        self._confirmed, self._lost = done + self._confirmed, lost + self._lost
                        continue
                self._known.difference_update(done, lost)
        finally:
            self._marking = False

    def _land(self) -> None:
        landed, self._landed = self._landed, None
        if landed is not None:
            landed.callback(None)


def _mark(tx: Tx, done: list[str], lost: list[str]) -> None:
    if done:
        outbox.mark_done(tx, done)
    if lost:
        outbox.release(tx, lost)
