"""The in-process bus: the outbox table is the queue, its consumers live in the same process.

A committed message is handed over in memory; the table is scanned at the start, after a failure that
was put off, whenever more came than is kept in memory, and every few seconds for what another process
wrote (the command ``awt``). A message is marked done after its handler
returned, so a crash in between delivers it again: handlers are idempotent by message id.
"""

from collections import deque
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from awt.background import Tasks, reason, say
from awt.db import outbox
from awt.db.engine import Database
from awt.db.outbox import Stored
from awt.db.tx import Tx
from awt.model.messages import Body, Message
from awt.model.times import SECOND
from awt.ports import Clock, Handler, PutBack, Signals, Undeliverable

log = Logger()

DELAYS: Final = (1.0, 5.0, 30.0, 300.0, 1800.0)
"""Seconds before each further try; a message that fails once more is dead."""
BATCH: Final = 200
"""Rows read by one scan."""
IN_MEMORY: Final = 1000
"""Messages of one queue that are kept in memory; more are left in the table for a while."""
AGAIN: Final = 1.0
"""Seconds before the table is asked again when it could not be reached."""
LOOK: Final = 5.0
"""Seconds between two looks for messages that another process wrote."""


class InProcessBus:
    """Consumers of the outbox table."""

    def __init__(
        self,
        *,
        database: Database,
        signals: Signals,
        reactor: IReactorTime,
        clock: Clock,
        delays: tuple[float, ...] = DELAYS,
    ) -> None:
        self.database = database
        self.reactor = reactor
        self.clock = clock
        self.delays = delays
        self.tasks = Tasks()
        self._consumers: dict[str, QueueConsumer] = {}
        self._done: list[str] = []
        self._marking = False
        self._marked: list[Deferred[None]] = []
        self._mark_later: IDelayedCall | None = None
        self._stopping = False
        self._deaf = signals.listen(outbox.TOPIC, self._committed)

    @property
    def ready(self) -> bool:
        """Always: the queues are in the database."""
        return True

    def consume(self, queue: str, handler: Handler, *, concurrency: int = 1) -> "QueueConsumer":
        """Hand the messages of a queue to a handler; one consumer a queue."""
        assert queue not in self._consumers, queue
        consumer = QueueConsumer(bus=self, queue=queue, handler=handler, concurrency=concurrency)
        self._consumers[queue] = consumer
        consumer.scan()
        return consumer

    async def publish(self, queue: str, body: Body, *, message_id: str, trace: str) -> None:
        """Put a message into a queue, in a transaction of its own; once for each id."""
        await self.database.write(outbox.publish, queue, body, message_id=message_id, trace=trace)

    async def stop(self) -> None:
        """Stop all consumers, let them finish what is in hand, and write down what was done."""
        self._deaf()
        for consumer in list(self._consumers.values()):
            await consumer.stop()
        self._stopping = True
        if self._mark_later is not None and self._mark_later.active():
            self._mark_later.cancel()
            self._mark_soon()
        await self.tasks.finish()

    def forget(self, queue: str) -> None:
        """Take a stopped consumer out."""
        self._consumers.pop(queue, None)

    def done(self, message_id: str) -> None:
        """Note that a message was handled; many are written down at once."""
        self._done.append(message_id)
        self._mark_soon()

    def _mark_soon(self) -> None:
        if not self._marking:
            self._marking = True
            self.tasks.spawn(self._mark(), "marking messages done")

    async def marked(self) -> None:
        """Wait until what is being written down is written down, or could not be."""
        if self._marking:
            marked: Deferred[None] = Deferred()
            self._marked.append(marked)
            await marked

    async def _mark(self) -> None:
        """Write down what was done; where the table cannot be reached, again in a moment."""
        try:
            while self._done:
                batch = self._done.copy()
                await self.database.write(outbox.mark_done, batch)
                del self._done[: len(batch)]
                for consumer in list(self._consumers.values()):
                    consumer.forget(batch)
        except Exception:  # noqa: BLE001 - a mark that is lost would leave its message in the queue
            say(log, Failure(), "cannot mark {count} messages done", count=len(self._done))
            if not self._stopping:
                self._mark_later = self.reactor.callLater(AGAIN, self._mark_soon)
        finally:
            self._marking = False
            waiting, self._marked = self._marked, []
            for marked in waiting:
                marked.callback(None)

    def _committed(self, message: Message) -> None:
        consumer = self._consumers.get(message.queue)
        if consumer is not None:
            consumer.offer(message)


class QueueConsumer:
    """The consumer of one queue: in order for each address, ``concurrency`` addresses at once."""

    def __init__(
        self, *, bus: InProcessBus, queue: str, handler: Handler, concurrency: int
    ) -> None:
        self._bus = bus
        self._queue = queue
        self._handler = handler
        self._concurrency = concurrency
        self.known: set[str] = set()
        """Ids of messages in memory, or handled and not yet written down."""
        self._waiting: dict[str, deque[Message]] = {}
        self._turns: deque[str] = deque()
        self._running: set[str] = set()
        self._scanning = False
        self._behind = True
        self._resting = False
        self._pumping = False
        self._late: list[Message] = []
        self._gone: set[str] = set()
        """Ids that were let go of while the table was read: what was read of them is out of date."""
        self._timer: IDelayedCall | None = None
        self._stopping = False
        self._idle: list[Deferred[None]] = []

    def offer(self, message: Message) -> None:
        """Take a message that was just committed."""
        if self._stopping:
            return
        if self._scanning:
            self._late.append(message)
        elif not self._behind:
            self._take(message)
            self._pump()

    def scan(self) -> None:
        """Read the table, now."""
        self._resting = False
        if not self._scanning and not self._stopping:
            self._scanning = True
            self._behind = True
            self._gone.clear()
            self._bus.tasks.spawn(self._scan(), f"scanning {self._queue}")

    async def stop(self) -> None:
        """Take nothing more, finish what is in hand, and leave the rest to whoever comes next."""
        self._stopping = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._turns.clear()
        if self._running:
            idle: Deferred[None] = Deferred()
            self._idle.append(idle)
            await idle
        await self._bus.marked()
        self._bus.forget(self._queue)

    def forget(self, message_ids: list[str]) -> None:
        """Let go of messages that were written down as done, and go on if that makes room."""
        self._let_go(message_ids)
        self._pump()

    def _let_go(self, message_ids: list[str]) -> None:
        self.known.difference_update(message_ids)
        if self._scanning:
            self._gone.update(message_ids)

    def _rest(self) -> None:
        """Leave the table alone for a moment: it could not be read or written."""
        self._behind = True
        self._resting = True
        self._later(AGAIN)

    async def _scan(self) -> None:
        database = self._bus.database
        # What is in memory is in the table as well: read past it.
        limit = BATCH + len(self.known)
        try:
            rows, due = await database.read(_look, self._queue, limit)
            for stored in rows:
                if stored.message is None:
                    await database.write(
                        outbox.bury, stored.message_id, attempt=0, error="undecodable"
                    )
        except Exception:  # noqa: BLE001 - whatever it is, the queue must go on
            say(log, Failure(), "cannot read queue {queue}", queue=self._queue)
            self._scanning = False
            self._rest()
            return
        self._scanning = False
        late, self._late = self._late, []
        self._behind = len(rows) == limit
        for message in (stored.message for stored in rows):
            if message is not None and message.id not in self._gone:
                self._take(message)
        if not self._behind:
            for message in late:
                self._take(message)
        self._later(LOOK)
        if due is not None:
            self._later(max(0, due - self._bus.clock()) / SECOND)
        self._pump()

    def _later(self, seconds: float) -> None:
        if self._stopping:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= self._bus.reactor.seconds() + seconds:
                return
            self._timer.cancel()
        self._timer = self._bus.reactor.callLater(seconds, self.scan)

    def _take(self, message: Message) -> None:
        if message.id in self.known:
            return
        if len(self.known) >= IN_MEMORY + BATCH:
            self._behind = True
            return
        self.known.add(message.id)
        key = getattr(message.body, "address", message.id)
        waiting = self._waiting.setdefault(key, deque())
        waiting.append(message)
        if len(waiting) == 1 and key not in self._running:
            self._turns.append(key)

    def _pump(self) -> None:
        if self._pumping:  # a handler that returned at once: the loop below goes on by itself
            return
        self._pumping = True
        while self._turns and len(self._running) < self._concurrency and not self._stopping:
            key = self._turns.popleft()
            self._running.add(key)
            message = self._waiting[key].popleft()
            self._bus.tasks.spawn(self._deliver(key, message), f"delivering from {self._queue}")
        self._pumping = False
        if not self._running:
            for idle in self._idle:
                idle.callback(None)
            self._idle.clear()
        if self._behind and not self._resting and not self._turns and len(self.known) < IN_MEMORY:
            self.scan()

    async def _deliver(self, key: str, message: Message) -> None:
        try:
            await self._handle(message)
        except Exception:  # noqa: BLE001 - the table could not be written: it will be read again
            say(
                log,
                Failure(),
                "cannot note what became of {id}",
                id=message.id,
                trace=message.trace,
            )
            self._let_go([message.id])
            self._rest()
        finally:
            self._running.discard(key)
            waiting = self._waiting[key]
            if waiting:
                self._turns.append(key)
            else:
                del self._waiting[key]
            self._pump()

    async def _handle(self, message: Message) -> None:
        database = self._bus.database
        now = self._bus.clock()
        if message.expires_at is not None and message.expires_at <= now:
            await database.write(outbox.expire, message.id)
            self._let_go([message.id])
            return
        try:
            await self._handler(message)
        except Undeliverable as error:
            await self._bury(message, message.attempt, str(error))
        except PutBack:
            self._let_go([message.id])
            self._rest()
        except Exception as error:  # noqa: BLE001 - passing, or a bug: both are tried again
            say(
                log,
                Failure(),
                "handler of {queue} failed",
                queue=self._queue,
                id=message.id,
                trace=message.trace,
            )
            await self._put_off(message, now, reason(error))
        else:
            self._bus.done(message.id)

    async def _put_off(self, message: Message, now: int, error: str) -> None:
        if message.attempt >= len(self._bus.delays):
            await self._bury(message, message.attempt, error)
            return
        delay = self._bus.delays[message.attempt]
        await self._bus.database.write(
            outbox.put_off,
            message.id,
            attempt=message.attempt + 1,
            next_at=now + round(delay * SECOND),
            error=error,
        )
        self._let_go([message.id])
        self._later(delay)

    async def _bury(self, message: Message, attempt: int, error: str) -> None:
        log.error(
            "message {id} of {queue} is dead: {error}",
            id=message.id,
            queue=self._queue,
            error=error,
            trace=message.trace,
        )
        await self._bus.database.write(outbox.bury, message.id, attempt=attempt, error=error)
        self._let_go([message.id])


def _look(tx: Tx, queue: str, limit: int) -> tuple[list[Stored], int | None]:
    return outbox.ready(tx, queue, limit), outbox.next_due(tx, queue)
