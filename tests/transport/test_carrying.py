"""Which services a node carries, while the server is away, and while one of them comes or goes."""

from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.errors import Unavailable
from awt.transport.carrying import LOOK, SOON, Carrying


@frozen(kw_only=True)
class Service:
    short_name: str
    title: str = ""


@frozen(kw_only=True)
class Services:
    services: list[Service]


@define(eq=False)
class Slow:
    """An assistant that has to be let go."""

    stops: list[Deferred[None]] = field(factory=list)
    deaf: bool = False
    """Whether its stop does not hear of a cancellation."""

    def start(self) -> None:
        """Begin at once."""

    async def stop(self) -> None:
        self.stops.append(Deferred())
        try:
            await self.stops[-1]
        except CancelledError:
            if not self.deaf:
                raise


class Carried(TestCase):
    def setUp(self) -> None:
        self.time = Clock()
        self.names: list[str] | None = None
        self.asked = 0
        self.made: list[Slow] = []
        self.broken = False
        self.carrying = Carrying(own="", call=self.call, make=self.make, reactor=self.time)

    async def call(self, _name: str, _values: Any) -> Services:
        self.asked += 1
        if self.names is None:
            raise Unavailable("away")
        return Services(services=[Service(short_name=name) for name in self.names])

    def make(self, _service: str, _title: str) -> Slow:
        if self.broken:
            raise ZeroDivisionError
        self.made.append(Slow())
        return self.made[-1]

    def start(self) -> None:
        self.successResultOf(Deferred.fromCoroutine(self.carrying.start()))

    def test_a_server_that_is_away_is_asked_as_often_however_long_that_lasts(self) -> None:
        self.start()
        for _ in range(5):
            before = self.asked
            self.time.pump([SOON] * round(LOOK))
            self.assertEqual(self.asked - before, LOOK / SOON)
        self.names = ["base"]
        self.time.advance(SOON)
        self.assertEqual(list(self.carrying.assistants), ["base"])

    def test_a_look_that_fails_is_followed_by_the_next(self) -> None:
        self.names = []
        self.start()
        self.names, self.broken = ["base"], True
        self.time.advance(LOOK)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.broken = False
        self.time.advance(LOOK)
        self.assertEqual(list(self.carrying.assistants), ["base"])

    def test_nobody_is_carried_any_more_by_a_look_that_a_stop_meets(self) -> None:
        self.names = ["base"]
        self.start()
        self.names = ["webtest"]
        self.time.advance(LOOK)
        self.made[0].deaf = True
        stopping = Deferred.fromCoroutine(self.carrying.stop())
        for stop in list(self.made[0].stops):
            if not stop.called:
                stop.callback(None)
        self.successResultOf(stopping)
        self.assertEqual(len(self.made), 1)
        self.assertEqual(self.time.getDelayedCalls(), [])

    def test_a_stop_waits_for_an_assistant_that_was_about_to_go(self) -> None:
        self.names = ["base"]
        self.start()
        self.names = []
        self.time.advance(LOOK)
        stopping = Deferred.fromCoroutine(self.carrying.stop())
        self.assertNoResult(stopping)
        self.made[0].stops[-1].callback(None)
        self.successResultOf(stopping)
        self.assertEqual(self.time.getDelayedCalls(), [])
