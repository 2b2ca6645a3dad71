"""The queues of one assistant on one IM, read while it is connected."""

from awt.model.messages import spamer, user_op
from awt.ports import Bus, Consumer, Handler


class Queues:
    """Hands what an assistant is to say and do to ``deliver``, ``at_once`` addresses at a time."""

    def __init__(self, *, service: str, im: str, bus: Bus, deliver: Handler, at_once: int) -> None:
        self._names = (user_op(service, im), spamer(service, im))
        self._bus = bus
        self._deliver = deliver
        self._at_once = at_once
        self._consumers: list[Consumer] = []

    def start(self) -> None:
        """Begin to consume."""
        self._consumers = [
            self._bus.consume(name, self._deliver, concurrency=self._at_once)
            for name in self._names
        ]

    async def stop(self) -> None:
        """Take nothing more; what is in hand is finished, or goes back."""
        consumers, self._consumers = self._consumers, []
        for consumer in consumers:
            await consumer.stop()
