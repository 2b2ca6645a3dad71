"""w1: what people said and did, from the queue ``api`` into the methods of the same names."""

from typing import Final

import msgspec
from twisted.logger import Logger

from awt.errors import Refused
from awt.model.messages import API, Hear, ImEvent, Message
from awt.ports import Bus, Consumer, NodeApi, Undeliverable
from awt.resources import Resources

log = Logger()

AT_ONCE: Final = 8
"""Addresses whose messages are handled at the same time."""


class Worker:
    """Calls ``Hear`` and ``ImEvent`` for each message; nothing else is accepted."""

    def __init__(self, *, calls: NodeApi, bus: Bus) -> None:
        self._calls = calls
        self._bus = bus
        self._consumer: Consumer | None = None

    async def start(self) -> None:
        """Begin to consume."""
        self._consumer = self._bus.consume(API, self.handle, concurrency=AT_ONCE)

    async def stop(self) -> None:
        """Take nothing more and finish what is in hand."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def handle(self, message: Message) -> None:
        """Have the effect of a message, once. A refusal is an answer, not a failure.

        What this node may not speak for is for another one, or for the dead letters.
        """
        body = message.body
        if not isinstance(body, Hear | ImEvent):
            raise Undeliverable(f"{type(body).__name__} is not accepted here")
        name = type(body).__name__
        values = msgspec.structs.asdict(body)
        try:
            await self._calls.call(name, values, trace=message.trace, message_id=message.id)
        except Refused as refused:
            if refused.code == "forbidden":  # a node that may not speak for that service
                raise Undeliverable(f"{name} for {body.service} on {body.im}: forbidden") from None
            log.warn(
                "{method} of {id} refused: {code}",
                method=name,
                id=message.id,
                code=str(refused),
                trace=message.trace,
            )


def make(resources: Resources) -> Worker:
    """Return the part."""
    return Worker(calls=resources.calls, bus=resources.bus)
