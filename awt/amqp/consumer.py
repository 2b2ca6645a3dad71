"""One consumer of one working queue, and of the suspects beside it.

A message is acknowledged after its handler returned, or after what becomes of it (tried again later,
dead) is confirmed by the broker. A connection that is lost gives all unacknowledged messages back; one
that comes again while its handler still runs takes the place of the old delivery and is not handled twice.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from attrs import define
from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as Late
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from txamqp.client import Closed

from awt.amqp import topology
from awt.amqp.adapter import Channel, Connection, Delivery, Returned, Unencodable, why
from awt.amqp.gate import Gate
from awt.amqp.publisher import ConfirmedPublisher
from awt.background import Periodic, Tasks, reason, say
from awt.bus.turns import Turns
from awt.errors import Unavailable
from awt.model.messages import Message, decode_message
from awt.ports import Clock, Handler, PutBack, Undeliverable

log = Logger()

AHEAD: Final = 8
"""Messages that are fetched for each one that is handled: those of other addresses wait for nobody."""
LOOK: Final = 5.0
"""Seconds between two looks for suspects, and before the first: a process that crashes as soon as it has
started blames none of them."""
REMEMBERED: Final = 2000
"""Ids of handled messages that are remembered, for the acknowledgement may get lost."""
PARTING: Final = 2.0
"""Seconds that the broker may take to end a channel."""
ANSWER: Final = 10.0
"""Seconds that it may take to begin one: a queue without a leader says nothing for half a minute."""
AGAIN: Final = 1.0
"""Seconds before what failed at the broker is tried again."""

May = Callable[[str, Message], Awaitable[bool]]
"""Tells whether a broker user may say a message."""


@define(kw_only=True, eq=False)
class Job:
    """A message in hand, and the delivery by which it is acknowledged."""

    message: Any
    """A `Message`; what could not be decoded has none."""
    delivery: Delivery


@define(kw_only=True, eq=False)
class Means:
    """What the consumers of a bus share."""

    publisher: ConfirmedPublisher
    may: May
    gate: Gate
    tasks: Tasks
    clock: Clock
    reactor: Any
    delays: tuple[float, ...]
    look: float
    forget: Callable[[str], None]


class QueueConsumer:
    """Hands the messages of a queue to a handler, in order for each address."""

    def __init__(self, *, means: Means, queue: str, handler: Handler, concurrency: int) -> None:
        self._means = means
        self._queue = queue
        self._handler = handler
        self._prefetch = concurrency * AHEAD
        self._channel: Channel | None = None
        self._tag = ""
        self._beginning: Deferred[None] = succeed(None)
        self._unbegun: list[Delivery] = []
        """What came and is given back by a stop."""
        self._examination = Tasks()
        self._told = ""
        self.repeated = 0
        """Copies of what was handled before, by this very consumer."""
        self._stopping = False
        self._idle = False
        """Nothing has come since the last look, and nothing was in hand then."""
        self._jobs: dict[str, Job] = {}
        self._done: OrderedDict[str, None] = OrderedDict()
        self._turns: Turns[Job] = Turns(
            work=self._work,
            concurrency=concurrency,
            tasks=means.tasks,
            name=f"delivering from {queue}",
        )
        self._examining = False
        self._looking = Periodic(
            self._look, seconds=means.look, name=f"suspects of {queue}", reactor=means.reactor
        )
        self._looking.start(now=False)

    async def attach(self, connection: Connection) -> None:
        """Consume on a new connection; what fails is tried again while the connection lasts."""
        if self._stopping or connection.closed:
            return
        try:
            channel = await connection.open_channel()
        except Unavailable as error:
            if not connection.closed:
                self._complain(why(error))
                self._later(connection)
            return
        if self._stopping:  # meanwhile; a consumer that nobody knows would keep what it gets
            await channel.finish(seconds=PARTING)
            return
        self._channel = channel
        self._tag = ""
        channel.on_close(lambda _reason: self._later(connection))
        self._beginning = Deferred.fromCoroutine(self._begin(channel))
        try:
            await self._beginning.addTimeout(ANSWER, self._means.reactor)
        except Closed as error:
            if not connection.closed:
                self._complain(why(error))
        except Late:
            self._complain(f"the broker has not answered within {ANSWER:g} s")
            await channel.finish(seconds=PARTING)

    async def _begin(self, channel: Channel) -> None:
        await topology.declare_working(channel, self._queue)
        await channel.basic_qos(prefetch_count=self._prefetch)
        self._tag = await channel.consume(self._queue, self._came, ended=self._ended)
        self._told = ""

    def _complain(self, reason: str) -> None:
        """Say why there is nothing to consume: one line, however often it is tried."""
        if reason != self._told and not self._stopping:
            self._told = reason
            log.warn("cannot consume {queue}: {reason}", queue=self._queue, reason=reason)

    async def stop(self) -> None:
        """Take nothing more, and finish what is in hand; the rest is given back."""
        if self._stopping:
            return
        self._stopping = True
        self._beginning.cancel()
        if self._channel is not None and not self._channel.gone and self._tag:
            self._channel.basic_cancel(consumer_tag=self._tag, nowait=True)
        self._unbegun += [job.delivery for job in await self._turns.stop()]
        await self._looking.stop()
        await self._examination.finish()
        # in order and before the channel ends: that alone would give them back a little too late
        for delivery in sorted(self._unbegun, key=lambda delivery: delivery.tag):
            delivery.requeue()
        if self._channel is not None:
            await self._channel.finish(seconds=PARTING)
        self._means.forget(self._queue)

    def _later(self, connection: Connection) -> None:
        """Consume again on a connection whose channel was closed."""
        if not self._stopping and not connection.closed:
            self._means.tasks.spawn(self._again(connection), f"consuming {self._queue} again")

    async def _again(self, connection: Connection) -> None:
        await deferLater(self._means.reactor, AGAIN)
        await self.attach(connection)

    def _ended(self, reason: str) -> None:
        """Begin anew when the queue was taken away."""
        log.warn("{queue}: {reason}", queue=self._queue, reason=reason)
        if self._channel is not None:
            self._means.tasks.spawn(self._channel.finish(seconds=PARTING), f"closing {self._queue}")

    # What came

    def _came(self, delivery: Delivery) -> None:
        self._idle = False
        if self._stopping:
            self._unbegun.append(delivery)
            return
        job = self._job(delivery)
        if job is not None:
            self._turns.put(getattr(job.message.body, "address", job.message.id), job)

    def _job(self, delivery: Delivery) -> Job | None:
        """Return the job of a delivery, None when there is nothing to do."""
        try:
            message = decode_message(delivery.body, queue=self._queue)
        except msgspec.DecodeError:
            self._means.tasks.spawn(
                self._bury_raw(delivery, "undecodable"), f"burying from {self._queue}"
            )
            return None
        known = self._jobs.get(message.id)
        if known is not None:  # it came again while it is in hand: one of the two is enough
            known.delivery.ack()
            known.delivery = delivery
            return None
        if message.id in self._done:
            self.repeated += 1
            delivery.ack()
            return None
        job = self._jobs[message.id] = Job(message=message, delivery=delivery)
        return job

    async def _work(self, job: Job) -> None:
        async with self._means.gate.together():
            await self._handle(job)

    # The periodic look: are there suspects, and does what waits come at all?

    async def _look(self) -> None:
        """Begin to examine the suspects, if there are any; open the channel anew where nothing comes."""
        channel = self._channel
        if self._stopping or channel is None or channel.gone or not self._tag:
            return
        try:
            working = await channel.queue_declare(queue=self._queue, passive=True)
            queue = await channel.queue_declare(
                queue=topology.suspect_name(self._queue), passive=True
            )
        except Closed:
            return
        if self._overlooked(working.message_count, working.consumer_count):
            log.warn(
                "{queue}: {count} messages wait, {consumers} consumers, and none comes: consuming anew",
                queue=self._queue,
                count=working.message_count,
                consumers=working.consumer_count,
            )
            await channel.finish(seconds=PARTING)
        elif queue.message_count and not self._examining:
            self._examining = True
            self._examination.spawn(self._examine(channel), f"suspects of {self._queue}")

    def _overlooked(self, ready: int, consumers: int) -> bool:
        """Tell whether the broker has forgotten us: it has messages, and gave us none since the last look.

        Somebody else may have been served meanwhile; then it does no harm to begin anew.
        """
        was_idle, self._idle = self._idle, not self._jobs
        return bool(ready and not self._jobs and (was_idle or not consumers))

    # Suspects: fetched when nothing else is in work, so that only the one in hand can be blamed

    async def _examine(self, channel: Channel) -> None:
        try:
            while not self._stopping:
                async with self._means.gate.alone():
                    delivery = await channel.get(topology.suspect_name(self._queue))
                    if delivery is None:
                        return
                    job = self._job(delivery)
                    if job is not None:
                        await self._handle(job)
        except Closed:
            pass  # it is looked at again after the reconnect
        finally:
            self._examining = False

    async def _handle(self, job: Job) -> None:
        message = job.message
        try:
            if await self._settled(job):
                job.delivery.ack()
        finally:
            self._jobs.pop(message.id, None)

    async def _settled(self, job: Job) -> bool:
        """Hand a message over, see to what becomes of it; False when the broker has it back."""
        message = job.message
        if message.expires_at is not None and message.expires_at <= self._means.clock():
            log.info("{id} came after its time", id=message.id, trace=message.trace)
            return True
        try:
            user = str(job.delivery.properties.get("user_id") or "")
            if not await self._means.may(user, message):
                raise Undeliverable(f"{user or 'nobody'} may not say this")  # noqa: TRY301
            await self._handler(message)
        except Undeliverable as error:
            return await self._bury(job, str(error))
        except PutBack:
            return await self._come_again(job)
        except Exception as error:  # noqa: BLE001 - passing, or a bug: both are tried again
            say(
                log,
                Failure(),
                "handler of {queue} failed",
                queue=self._queue,
                id=message.id,
                trace=message.trace,
            )
            return await self._put_off(job, reason(error))
        self._done[message.id] = None
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return True

    # What becomes of it

    async def _put_off(self, job: Job, error: str) -> bool:
        message, delays = job.message, self._means.delays
        if message.attempt >= len(delays):
            return await self._bury(job, error)
        later = msgspec.structs.replace(message, attempt=message.attempt + 1)
        exchange = topology.delay_name(delays[message.attempt])
        return await self._surely(
            lambda: self._means.publisher.publish(later, exchange=exchange), job
        )

    async def _come_again(self, job: Job) -> bool:
        """Let a message come back in a moment, as it is: giving it back to the broker would count."""
        exchange = topology.delay_name(self._means.delays[0])
        return await self._surely(
            lambda: self._means.publisher.publish(job.message, exchange=exchange), job
        )

    async def _bury(self, job: Job, error: str) -> bool:
        message = job.message
        log.error(
            "message {id} of {queue} is dead: {error}",
            id=message.id,
            queue=self._queue,
            error=error,
            trace=message.trace,
        )
        return await self._surely(
            lambda: self._means.publisher.publish(message, exchange=topology.DEAD, error=error), job
        )

    async def _bury_raw(self, delivery: Delivery, error: str) -> None:
        log.error("what came from {queue} is dead: {error}", queue=self._queue, error=error)
        buried = await self._surely(
            lambda: self._means.publisher.bury(
                queue=self._queue,
                body=delivery.body,
                message_id=str(delivery.properties.get("message_id") or ""),
                error=error,
            ),
            Job(message=None, delivery=delivery),
        )
        if buried:
            delivery.ack()

    async def _surely(self, publish: Callable[[], Awaitable[None]], job: Job) -> bool:
        """Publish until the broker has it; give up when it has, or gets, the message back anyway."""
        while True:
            try:
                await publish()
            except (Unavailable, Returned, Unencodable) as error:
                if job.delivery.channel.closed or self._stopping:
                    return False
                log.warn(
                    "cannot pass on from {queue}: {error}", queue=self._queue, error=str(error)
                )
            else:
                return True
            await deferLater(self._means.reactor, AGAIN)
