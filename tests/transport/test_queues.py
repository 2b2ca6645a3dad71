"""The queues of an assistant, whose end several may wait for at once."""

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from awt.ports import Handler
from awt.transport.delivery import Queues


class Busy:
    """A consumer with something in hand."""

    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred()
        self.ended = False

    async def stop(self) -> None:
        await self.done
        self.ended = True


class Bus:
    """Makes consumers, one a queue until it has ended."""

    def __init__(self) -> None:
        self.consumers: dict[str, Busy] = {}

    def consume(self, queue: str, _handler: Handler, *, concurrency: int) -> Busy:
        assert concurrency
        assert queue not in self.consumers or self.consumers[queue].ended
        self.consumers[queue] = Busy()
        return self.consumers[queue]


class TheEnd(TestCase):
    def test_is_not_interrupted_by_one_who_waits_no_more(self) -> None:
        bus: Any = Bus()

        async def deliver(_message: Any) -> None:
            """Nothing comes."""

        queues = Queues(service="base", im="jabber", bus=bus, deliver=deliver, at_once=1)
        queues.start()
        first = Deferred.fromCoroutine(queues.stop())
        second = Deferred.fromCoroutine(queues.stop())
        first.cancel()
        self.failureResultOf(first, CancelledError)
        for busy in bus.consumers.values():
            self.assertNoResult(second)
            busy.done.callback(None)
        self.successResultOf(second)
        queues.start()
