"""The queues of one assistant on one IM, read while it is connected."""

from awt.background import Tasks
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
        self._ending = Tasks()

    def start(self) -> None:
        """Begin to consume."""
        self._consumers = [
            self._bus.consume(name, self._deliver, concurrency=self._at_once)
            for name in self._names
        ]

    async def stop(self) -> None:
        """Take nothing more; what is in hand is finished, or goes back.

        Whoever comes meanwhile waits for the same end, which nobody's cancellation interrupts.
        """
        consumers, self._consumers = self._consumers, []
        for consumer in consumers:
            self._ending.spawn(consumer.stop(), "end of a consumer")
        await self._ending.finish()
