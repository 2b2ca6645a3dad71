"""The web chat of a service that is added at an awkward moment."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.db import outbox
from awt.local import LocalSignals
from awt.model.messages import Answer, Message, user_op
from awt.ports import Handler
from awt.web.delivery import IM, WebChat


class Slow:
    """A database that answers when the test says so."""

    def __init__(self) -> None:
        self.answer: Deferred[list[str]] = Deferred()

    async def read(self, _function: Any) -> list[str]:
        return await self.answer


class Bus:
    def __init__(self) -> None:
        self.queues: list[str] = []

    def consume(self, queue: str, _handler: Handler, *, concurrency: int) -> None:
        assert concurrency
        self.queues.append(queue)


class Delivering(TestCase):
    def test_a_service_that_comes_while_the_services_are_asked_for_is_heard(self) -> None:
        database: Any = Slow()
        bus: Any = Bus()
        signals = LocalSignals()
        chat = WebChat(database=database, bus=bus, signals=signals)
        starting = Deferred.fromCoroutine(chat.start())
        queue = user_op("late", IM)
        body = Answer(address="a", text="hello")
        signals.tell(outbox.TOPIC, Message(id="1", queue=queue, body=body, created_at=1))
        database.answer.callback(["base"])
        self.successResultOf(starting)
        self.assertIn(queue, bus.queues)
        self.assertEqual(len(bus.queues), 3)
