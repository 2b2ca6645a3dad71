"""The executor at its two sides: methods that claim and finish, engines that run."""

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.api.runs import Beat, Claimed, ClaimedTask
from awt.errors import Unavailable
from awt.executor.engines import OnResult
from awt.executor.part import BEAT, LOOK, Executor
from awt.local import LocalSignals
from awt.model.actions import Action, ActionResult

OPEN = Action(type="open", selector="http://example.org/")
GOOD = ActionResult(status="succeeded")


def task(number: int, *, attempt: int = 1) -> ClaimedTask:
    return ClaimedTask(
        id=number,
        attempt=attempt,
        type="http",
        actions=[OPEN],
        action_seconds=10,
        seconds=60,
        trace="",
    )


class Server:
    """The methods that a node calls."""

    def __init__(self) -> None:
        self.waiting: list[ClaimedTask] = []
        self.slots: list[int] = []
        self.lost: set[tuple[int, int]] = set()
        self.finished: list[tuple[int, int]] = []
        self.away = 0
        """How many more results cannot be taken."""
        self.calls: list[tuple[str, Any]] = []

    async def call(self, name: str, values: Any, **_: Any) -> Any:
        self.calls.append((name, values))
        if name == "ClaimTasks":
            self.slots.append(values["free_slots"])
            given = self.waiting[: values["free_slots"]]
            del self.waiting[: values["free_slots"]]
            return Claimed(given)
        if name == "Heartbeat":
            return Beat(cancelled=(values["task"], values["attempt"]) in self.lost)
        if name == "FinishTask":
            if self.away:
                self.away -= 1
                raise Unavailable("database: away")
            self.finished.append((values["task"], values["attempt"]))
        return None


class Slow:
    """An engine that is done when the test says so."""

    def __init__(self) -> None:
        self.runs: list[Deferred[list[ActionResult]]] = []

    async def run(
        self,
        actions: Sequence[Action],
        *,
        action_seconds: float,
        on_result: OnResult | None = None,
    ) -> list[ActionResult]:
        run: Deferred[list[ActionResult]] = Deferred()
        self.runs.append(run)
        return await run

    async def close(self) -> None:
        """Nothing to do."""


class Broken(Slow):
    async def run(self, *_: Any, **__: Any) -> list[ActionResult]:
        raise RuntimeError("broken")


class Executing(TestCase):
    async def start(self, engine: Slow, *, slots: int = 2) -> None:
        self.clock, self.server, self.engine = Clock(), Server(), engine
        api: Any = self.server
        self.executor = Executor(
            calls=api,
            signals=LocalSignals(),
            reactor=self.clock,
            engines={"http": engine},
            slots=slots,
        )
        await self.executor.start()

    def give(self, *tasks: ClaimedTask) -> None:
        self.server.waiting += tasks
        self.clock.advance(LOOK)

    async def test_an_attempt_whose_lease_was_lost_does_not_end_the_next(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.give(task(1, attempt=2))  # the node stood still for longer than its lease
        first, second = self.engine.runs
        self.server.lost.add((1, 1))
        self.clock.advance(BEAT)
        self.assertTrue(first.called, "cancelled")
        self.assertFalse(second.called)
        second.callback([GOOD])
        self.assertEqual(self.server.finished, [(1, 2)])
        self.clock.advance(LOOK)
        self.assertEqual(self.server.slots[-1], 2, "both slots are free again")
        await self.executor.stop()

    async def test_a_result_is_delivered_until_it_is_taken(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.server.away = 3
        self.engine.runs[0].callback([GOOD])
        self.assertEqual(self.server.finished, [])
        self.clock.pump([1, 1, 1])
        self.assertEqual(self.server.finished, [(1, 1)])
        await self.executor.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    async def test_a_broken_engine_fails_the_task_and_frees_the_slot(self) -> None:
        await self.start(Broken(), slots=1)
        self.give(task(1), task(2), task(3))
        self.assertEqual(self.server.finished, [(1, 1), (2, 1), (3, 1)])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 3)
        await self.executor.stop()

    async def test_a_stop_hands_back_what_runs(self) -> None:
        await self.start(Slow())
        self.give(task(1), task(2))
        await self.executor.stop()
        self.assertTrue(all(run.called for run in self.engine.runs))
        self.assertEqual(self.server.finished, [])
        self.assertEqual(self.server.calls[-1], ("RecoverTasks", {"stopping": True}))
        self.assertEqual(self.clock.getDelayedCalls(), [])
