"""The transport ``webchat``: what assistants say goes into the history that the pages read."""

from collections.abc import Callable
from typing import Final

from awt.db import chat, outbox, services
from awt.db.engine import Database
from awt.db.tx import Tx
from awt.model.messages import Add, Answer, Delete, Message, Reauth, spamer, user_op
from awt.ports import Bus, Consumer, Signals, Undeliverable

IM: Final = "webchat"
AT_ONCE: Final = 8
"""Chats that are written to at the same time."""


class WebChat:
    """Delivers into chats; a redelivered message is there already and changes nothing."""

    def __init__(self, *, database: Database, bus: Bus, signals: Signals) -> None:
        self._database = database
        self._bus = bus
        self._signals = signals
        self._consumers: dict[str, Consumer] = {}
        self._deaf: Callable[[], None] | None = None

    async def start(self) -> None:
        """Begin to consume what every service says on the web chat."""
        self._deaf = self._signals.listen(outbox.TOPIC, self._sent)
        names = await self._database.read(services.all_names)
        for name in names:
            for queue in (user_op(name, IM), spamer(name, IM)):
                self._consume(queue)

    async def stop(self) -> None:
        """Take nothing more."""
        if self._deaf is not None:
            self._deaf()
        for consumer in self._consumers.values():
            await consumer.stop()
        self._consumers.clear()

    def _sent(self, message: Message) -> None:
        """Consume the queue of a service that was added after the start."""
        if message.queue.endswith(f".{IM}"):
            self._consume(message.queue)

    def _consume(self, queue: str) -> None:
        if queue not in self._consumers:
            self._consumers[queue] = self._bus.consume(queue, self.deliver, concurrency=AT_ONCE)

    async def deliver(self, message: Message) -> None:
        """Add a message to the chat that it is for."""
        await self._database.write(_deliver, message)


def _deliver(tx: Tx, message: Message) -> None:
    body = message.body
    if not isinstance(body, Answer | Add | Reauth | Delete):
        raise Undeliverable(f"{type(body).__name__} is not for a chat of the site")
    name = message.queue.split(".")[1]
    if isinstance(body, Delete):
        if body.text:
            chat.add(
                tx,
                body.address,
                message_id=message.id,
                service=name,
                sender=chat.ASSISTANT,
                text=body.text,
            )
        return
    chat.add(
        tx,
        body.address,
        message_id=message.id,
        service=name,
        sender=chat.ASSISTANT,
        text=body.text,
        reply_to=body.reply_to,
        choices=body.choices,
        image=body.image if isinstance(body, Answer) else None,
        corrects=body.corrects if isinstance(body, Answer) else None,
        secret=message.secret,
        link_id=body.link_id,
    )
