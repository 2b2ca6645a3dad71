"""Claims that wait, and those of a node that asks anew before the server has heard that it went away."""

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.api.claims import Claimed, ClaimTasks
from awt.local import LocalSignals
from awt.web.longpoll import LOOK, Waiting


class Asking:
    """Somebody who asks, and the looks into the database that are made for him."""

    def __init__(self, waiting: Waiting, instance: str = "one") -> None:
        self.looks: list[Deferred[Claimed]] = []
        params = ClaimTasks(types=["http"], free_slots=1, instance=instance, wait_seconds=25)
        request: Any = self
        self.answer = Deferred.fromCoroutine(waiting.claim(request, "b1-1", params, self.look))

    def notifyFinish(self) -> Deferred[None]:
        return Deferred()

    async def look(self) -> Claimed:
        look: Deferred[Claimed] = Deferred()
        self.looks.append(look)
        return await look


class Longpolls(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.waiting = Waiting(signals=LocalSignals(), reactor=self.clock)

    def test_what_a_node_asked_before_is_over_when_it_asks_anew(self) -> None:
        old = Asking(self.waiting)
        old.looks[0].callback(Claimed([]))
        new = Asking(self.waiting)
        self.assertEqual(self.successResultOf(old.answer), Claimed([]))
        self.clock.advance(LOOK)
        self.assertEqual((len(old.looks), len(new.looks)), (1, 1))
        new.looks[0].callback(Claimed([]))
        self.clock.advance(25)
        new.looks[1].callback(Claimed([]))
        self.successResultOf(new.answer)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_look_that_is_being_made_for_the_old_claim_comes_before_those_for_the_new(
        self,
    ) -> None:
        old, middle, new = (Asking(self.waiting) for _ in range(3))
        self.assertEqual((len(old.looks), len(middle.looks), len(new.looks)), (1, 0, 0))
        old.looks[0].callback(Claimed([]))
        self.successResultOf(old.answer)
        self.successResultOf(middle.answer)
        self.assertEqual((len(old.looks), len(middle.looks), len(new.looks)), (1, 0, 1))
        new.looks[0].errback(RuntimeError())
        self.failureResultOf(new.answer, RuntimeError)

    def test_a_claim_whose_caller_has_gone_ends_with_the_look_that_is_being_made(self) -> None:
        old = Asking(self.waiting)
        old.answer.cancel()
        middle = Asking(self.waiting)
        middle.answer.cancel()
        new = Asking(self.waiting)
        self.assertEqual(len(new.looks), 0)
        self.assertNoResult(old.answer)
        old.looks[0].callback(Claimed([]))
        for gone in (old, middle):
            self.failureResultOf(gone.answer, CancelledError)
        self.assertEqual(len(new.looks), 1)
        new.looks[0].errback(RuntimeError())
        self.failureResultOf(new.answer, RuntimeError)

    def test_another_process_with_the_name_of_the_node_ends_nothing(self) -> None:
        one, other = Asking(self.waiting), Asking(self.waiting, "other")
        for each in (one, other):
            each.looks[0].callback(Claimed([]))
            self.assertNoResult(each.answer)
        self.clock.advance(25)
        for each in (one, other):
            each.looks[1].callback(Claimed([]))
            self.successResultOf(each.answer)
