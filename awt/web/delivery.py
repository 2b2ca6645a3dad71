"""The transport ``webchat``: what assistants say goes into the history that the pages read."""

from typing import Final

from awt.db import chat, services
from awt.db.engine import Database
from awt.db.tx import Tx
from awt.model.messages import Delete, Hear, ImEvent, Message, spamer, user_op
from awt.ports import Bus, Consumer, Undeliverable

IM: Final = "webchat"
AT_ONCE: Final = 8
"""Chats that are written to at the same time."""


class WebChat:
    """Delivers into chats; a redelivered message is there already and changes nothing."""

    def __init__(self, *, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._consumers: list[Consumer] = []

    async def start(self) -> None:
        """Begin to consume what every service says on the web chat."""
        for name in await self._database.read(services.all_names):
            for queue in (user_op(name, IM), spamer(name, IM)):
                consumer = self._bus.consume(queue, self.deliver, concurrency=AT_ONCE)
                self._consumers.append(consumer)

    async def stop(self) -> None:
        """Take nothing more."""
        for consumer in self._consumers:
            await consumer.stop()
        self._consumers.clear()

    async def deliver(self, message: Message) -> None:
        """Add a message to the chat that it is for."""
        await self._database.write(_deliver, message)


def _deliver(tx: Tx, message: Message) -> None:
    body = message.body
    if isinstance(body, Hear | ImEvent):
        raise Undeliverable(f"{type(body).__name__} is not for a transport")
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
        secret=message.secret,
        link_id=body.link_id,
    )
