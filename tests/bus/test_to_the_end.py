"""Work that nobody breaks off."""

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from awt.background import to_the_end


class ToTheEnd(TestCase):
    def setUp(self) -> None:
        self.work: Deferred[str] = Deferred()
        self.caller = Deferred.fromCoroutine(to_the_end(self.carry_out()))

    async def carry_out(self) -> str:
        return await self.work

    def test_its_result_is_that_of_the_work(self) -> None:
        self.work.callback("done")
        self.assertEqual(self.successResultOf(self.caller), "done")

    def test_its_error_is_that_of_the_work(self) -> None:
        self.work.errback(ZeroDivisionError())
        self.failureResultOf(self.caller, ZeroDivisionError)

    def test_who_is_cancelled_is_told_so_when_the_work_has_ended(self) -> None:
        self.caller.cancel()
        self.caller.cancel()
        self.assertNoResult(self.caller)
        self.assertFalse(self.work.called)
        self.work.callback("done")
        self.failureResultOf(self.caller, CancelledError)

    def test_who_is_cancelled_is_told_so_when_the_work_has_failed(self) -> None:
        self.caller.cancel()
        self.work.errback(ZeroDivisionError())
        self.failureResultOf(self.caller, CancelledError)
