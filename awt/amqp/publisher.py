"""Publishing with confirms, over the connection of the moment."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from txamqp.client import Closed

from awt.amqp import topology
from awt.amqp.adapter import Channel, Connection, Lost, why
from awt.amqp.topology import WORK
from awt.background import Tasks
from awt.errors import Unavailable
from awt.model.messages import Message, encode_message

log = Logger()

ERROR: Final = "x-error"
"""Header of a dead letter: why it is one."""
AGAIN: Final = 1.0
"""Seconds before a channel that the broker closed is opened anew."""
PERSISTENT: Final = 2


class ConfirmedPublisher:
    """Publishes one message after the other on one channel, many of them unconfirmed at once.

    ``user`` is the broker user that we are: it stands in every message, and the broker refuses a lie.
    """

    def __init__(
        self,
        *,
        user: str,
        declare: Callable[[Channel], Awaitable[None]],
        declares_queues: bool,
        reactor: Any,
        tasks: Tasks,
    ) -> None:
        self._user = user
        self._declare = declare
        self._declares_queues = declares_queues
        self._reactor = reactor
        self._tasks = tasks
        self._channel: Channel | None = None
        self._known: set[str] = set()
        self._making: dict[str, list[Deferred[None]]] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def open(self) -> bool:
        """Whether messages can be published now."""
        channel = self._channel
        return channel is not None and not channel.closed and channel.connection.blocked is None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when `open` may have changed."""
        self._listeners.append(listener)

    async def attach(self, connection: Connection) -> None:
        """Use a new connection."""
        channel = await connection.open_channel(confirms=True)
        try:
            await self._declare(channel)
        except Closed as error:
            raise Lost(why(error)) from None
        self._known.clear()
        self._channel = channel
        channel.on_close(lambda reason: self._closed(connection, reason))
        connection.on_blocked(lambda: self._blocked(connection))
        self._changed()

    async def publish(self, message: Message, *, exchange: str = WORK, error: str = "") -> None:
        """Publish a message; done when the broker has it.

        Raises `Lost` or `Nacked` (passing), `Returned` when its queue is not there, `Unencodable` or
        `msgspec.DecodeError` when it is no message.
        """
        body = encode_message(message)
        if exchange == WORK and self._declares_queues:
            await self._ensure(message.queue)
        headers = {ERROR: error} if error else {}
        await self._send(exchange, message.queue, body, message.id, headers)

    async def bury(self, *, queue: str, body: bytes, message_id: str, error: str) -> None:
        """Put what is no message, or must not be one, into the dead letters as it came."""
        await self._send(topology.DEAD, queue, body, message_id, {ERROR: error})

    def _send(
        self, exchange: str, queue: str, body: bytes, message_id: str, headers: dict[str, Any]
    ) -> Deferred[None]:
        return self._usable().publish(
            exchange=exchange,
            key=queue,
            body=body,
            properties={
                "content_type": "application/json",
                "delivery_mode": PERSISTENT,
                "message_id": message_id,
                "user_id": self._user,
                "headers": headers,
            },
        )

    def _usable(self) -> Channel:
        channel = self._channel
        if channel is None or channel.closed:
            raise Lost("the broker is away")
        if channel.connection.blocked is not None:
            raise Lost(f"the broker takes no messages: {channel.connection.blocked}")
        return channel

    async def _ensure(self, queue: str) -> None:
        """Make a queue before the first message into it; all who come meanwhile wait, in order."""
        if queue in self._known:
            return
        turn: Deferred[None] = Deferred()
        waiting = self._making.get(queue)
        if waiting is None:
            making = self._make(self._usable(), queue)  # first: without a channel nobody waits
            self._making[queue] = [turn]
            self._tasks.spawn(making, f"making the queue {queue}")
        else:
            waiting.append(turn)
        await turn

    async def _make(self, channel: Channel, queue: str) -> None:
        try:
            await topology.declare_working(channel, queue)
            self._known.add(queue)
        except Closed as error:
            log.warn("cannot make the queue {queue}: {why}", queue=queue, why=why(error))
        finally:
            for turn in self._making.pop(queue):
                turn.callback(None)

    def _closed(self, connection: Connection, reason: str) -> None:
        self._changed()
        if not connection.closed:
            log.error("the broker closed our channel: {reason}", reason=reason)
            self._tasks.spawn(self._again(connection), "opening a channel again")

    async def _again(self, connection: Connection) -> None:
        await deferLater(self._reactor, AGAIN)
        if connection.closed:
            return
        try:
            await self.attach(connection)
        except Unavailable as error:  # a channel that was never used tells nobody when it ends
            log.warn("cannot open a channel again: {reason}", reason=str(error))
            connection.abort()

    def _blocked(self, connection: Connection) -> None:
        if connection.blocked is not None:
            log.warn("the broker takes no messages: {reason}", reason=connection.blocked)
        else:
            log.info("the broker takes messages again")
        self._changed()

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()
