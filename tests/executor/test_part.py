"""The executor at its two sides: methods that claim and finish, engines that run."""

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.api.claims import Beat, Claimed, ClaimedTask, Held
from awt.db.tasks import CANCELLING, TOPIC
from awt.errors import Refused, Unavailable
from awt.executor.engines import DESKTOP, Engine, OnResult, OnShot, Shot, Viewport
from awt.executor.part import LOOK, Executor, viewport_of
from awt.executor.run import AGAIN, BEAT, LARGE, PENDING, SOON, bounded
from awt.local import LocalSignals
from awt.model.actions import Action, ActionResult, Evidence, Open, Text

OPEN = Open("http://example.org/")
GOOD = ActionResult(status="succeeded")


def task(number: int, *, attempt: int = 1, type: str = "http", debug: bool = False) -> ClaimedTask:  # noqa: A002
    return ClaimedTask(
        id=number,
        attempt=attempt,
        type=type,
        actions=[OPEN, Text(data="x")],
        action_seconds=10,
        seconds=60,
        trace="",
        debug=debug,
    )


class Server:
    """The methods that a node calls."""

    def __init__(self) -> None:
        self.waiting: list[ClaimedTask] = []
        self.lost: set[tuple[int, int]] = set()
        self.cancelled: list[Held] = []
        self.finished: list[tuple[int, int]] = []
        self.results: dict[int, Any] = {}
        self.shots: list[tuple[int, int]] = []
        self.away = 0
        """How many more results cannot be taken."""
        self.deaf = 0
        """How many more signs of life nobody hears."""
        self.unkept = 0
        """How many more screenshots cannot be kept."""
        self.refuses: Refused | None = None
        self.calls: list[tuple[str, Any]] = []
        self.polls: list[Deferred[Claimed]] = []
        self.polling = False
        self.recovering: Deferred[None] | None = None
        """What the answer to a `RecoverTasks` waits for."""

    def of(self, name: str) -> list[Any]:
        return [values for called, values in self.calls if called == name]

    async def call(self, name: str, values: Any, **_: Any) -> Any:
        self.calls.append((name, values))
        if name == "ClaimTasks":
            if self.refuses is not None:
                raise self.refuses
            if self.polling:
                poll: Deferred[Claimed] = Deferred()
                self.polls.append(poll)
                return await poll
            return self.claimed(values["free_slots"])
        if name == "RecoverTasks" and self.recovering is not None:
            await self.recovering
        if name == "Heartbeat":
            if self.deaf:
                self.deaf -= 1
                raise Unavailable("away")
            return Beat(cancelled=(values["task"], values["attempt"]) in self.lost)
        if name == "FinishTask":
            if self.away:
                self.away -= 1
                raise Unavailable("database: away")
            self.finished.append((values["task"], values["attempt"]))
            self.results[values["task"]] = values["results"]
        return None

    def claimed(self, slots: int) -> Claimed:
        given, self.waiting = self.waiting[:slots], self.waiting[slots:]
        cancelled, self.cancelled = self.cancelled, []
        return Claimed(given, cancelled)

    async def upload(self, task: int, number: int, jpeg: bytes, *, attempt: int) -> None:
        if self.refuses is not None:
            raise self.refuses
        if self.unkept:
            self.unkept -= 1
            raise Unavailable("away, or no room")
        self.shots.append((task, number))


class Slow:
    """An engine that is done when the test says so."""

    def __init__(self) -> None:
        self.runs: list[Deferred[list[ActionResult]]] = []
        self.results: list[OnResult | None] = []
        self.shots: list[OnShot | None] = []
        self.asked: list[tuple[bool, Viewport]] = []
        self.closed = 0

    async def run(
        self,
        actions: Sequence[Action],
        *,
        action_seconds: float,
        debug: bool = False,
        viewport: Viewport = DESKTOP,
        on_result: OnResult | None = None,
        on_shot: OnShot | None = None,
    ) -> list[ActionResult]:
        run: Deferred[list[ActionResult]] = Deferred()
        self.runs.append(run)
        self.results.append(on_result)
        self.shots.append(on_shot)
        self.asked.append((debug, viewport))
        return await run

    async def close(self) -> None:
        self.closed += 1


class Leaving(Slow):
    """An engine that takes its time to clear away what a cancelled run had opened."""

    def __init__(self) -> None:
        super().__init__()
        self.left: Deferred[None] = Deferred()

    async def run(self, *actions: Any, **values: Any) -> list[ActionResult]:
        try:
            return await super().run(*actions, **values)
        finally:
            await self.left


class Broken(Slow):
    async def run(self, *_: Any, **values: Any) -> list[ActionResult]:
        values["on_result"](GOOD)
        raise RuntimeError("broken")


class Executing(TestCase):
    async def start(
        self,
        engine: Slow,
        *,
        slots: int = 2,
        afar: bool = False,
        recovering: Deferred[None] | None = None,
        **more: Engine,
    ) -> None:
        self.clock, self.server, self.engine = Clock(), Server(), engine
        self.server.recovering = recovering
        self.server.polling = afar
        self.signals = LocalSignals()
        api: Any = self.server
        self.executor = Executor(
            calls=api,
            signals=self.signals,
            reactor=self.clock,
            engines={"http": engine, **more},
            slots=slots,
            instance="one",
            afar=afar,
        )
        await self.executor.start()

    def give(self, *tasks: ClaimedTask) -> None:
        self.server.waiting += tasks
        self.clock.advance(LOOK)

    def answer(self, *cancelled: Held, free: int = 2) -> None:
        self.server.cancelled += cancelled
        self.server.polls.pop().callback(self.server.claimed(free))

    async def end(self) -> None:
        await self.executor.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    async def test_an_attempt_whose_lease_was_lost_does_not_end_the_next(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.give(task(1, attempt=2))  # the node stood still for longer than its lease
        first, second = self.engine.runs
        self.server.lost.add((1, 1))
        self.clock.advance(BEAT)
        self.assertTrue(first.called, "cancelled")
        self.assertFalse(second.called)
        second.callback([GOOD, GOOD])
        self.assertEqual(self.server.finished, [(1, 2)])
        self.clock.advance(LOOK)
        self.assertEqual(self.server.of("ClaimTasks")[-1]["free_slots"], 2, "both are free again")
        await self.end()

    async def test_a_result_is_delivered_until_it_is_taken(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.server.away = 3
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual(self.server.finished, [])
        self.clock.pump([1, 1, 1])
        self.assertEqual(self.server.finished, [(1, 1)])
        await self.end()

    async def test_a_broken_engine_fails_the_step_that_it_broke_at_and_frees_the_slot(self) -> None:
        await self.start(Broken(), slots=1)
        self.give(task(1), task(2), task(3))
        self.assertEqual(self.server.finished, [(1, 1), (2, 1), (3, 1)])
        states = [(r["status"], r["reason"]) for r in self.server.results[1]]
        self.assertEqual(states, [("succeeded", ""), ("failed", "other")])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 3)
        await self.end()

    async def test_a_stop_hands_back_what_runs(self) -> None:
        await self.start(Slow())
        self.give(task(1), task(2))
        await self.executor.stop()
        self.assertTrue(all(run.called for run in self.engine.runs))
        self.assertEqual(self.server.finished, [])
        self.assertEqual(
            self.server.calls[-1], ("RecoverTasks", {"stopping": True, "instance": "one"})
        )
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.engine.closed, 1)

    async def test_it_asks_once_at_a_time_from_its_first_call_on(self) -> None:
        recovered: Deferred[None] = Deferred()
        await self.start(Slow(), recovering=recovered)
        self.signals.tell(TOPIC, "http")  # a task was taken back, and the answer is on its way
        self.clock.advance(LOOK)
        self.server.recovering = None
        recovered.callback(None)
        self.assertEqual(len(self.server.of("RecoverTasks")), 1)
        await self.end()

    async def test_it_says_what_it_runs_and_as_whom(self) -> None:
        await self.start(Slow())
        self.give(task(7))
        self.signals.tell(TOPIC, "http")
        self.assertEqual(
            self.server.of("ClaimTasks")[-1],
            {
                "types": ["http"],
                "free_slots": 1,
                "instance": "one",
                "running": [{"task": 7, "attempt": 1}],
                "wait_seconds": 0,
            },
        )
        await self.end()

    async def test_a_cancelled_task_ends_at_once_also_when_all_slots_are_full(self) -> None:
        await self.start(Slow(), slots=1)
        self.give(task(1))
        self.server.cancelled.append(Held(1, 1))
        self.signals.tell(CANCELLING, "local")
        self.assertTrue(self.engine.runs[0].called)
        self.assertEqual(self.server.finished, [], "nobody wants the result")
        self.give(task(2))
        self.assertEqual(len(self.engine.runs), 2)
        await self.end()

    async def test_an_engine_that_serves_more_than_its_own_name_gets_what_asks_for_less(
        self,
    ) -> None:
        phone, wide = Slow(), Slow()
        more: dict[str, Any] = {"gc_1920x1080": wide, "gc_390x844": phone}
        await self.start(Slow(), slots=5, **more)
        self.give(task(1), task(2, type="mobile", debug=True), task(3, type="default"))
        self.assertEqual(self.engine.asked, [(False, DESKTOP)])
        self.assertEqual(phone.asked, [(True, Viewport(width=390, height=844, mobile=True))])
        self.assertEqual(wide.asked, [(False, Viewport(width=1920, height=1080))])
        await self.end()

    async def test_results_are_reported_while_it_runs_without_the_evidence(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        heard = self.engine.results[0]
        assert heard
        self.clock.advance(SOON)
        self.assertEqual(self.server.of("Heartbeat"), [], "nothing is new")
        heard(ActionResult(status="failed", reason="x", evidence=Evidence(around="page")))
        self.clock.advance(SOON)
        self.clock.advance(SOON)
        [beat] = self.server.of("Heartbeat")
        self.assertEqual(
            [(r["status"], r["evidence"]) for r in beat["results"]], [("failed", None)]
        )
        self.clock.advance(BEAT)
        self.assertIsNone(self.server.of("Heartbeat")[-1]["results"])
        self.engine.runs[0].callback([GOOD, GOOD])
        await self.end()

    async def test_results_that_nobody_heard_are_reported_again(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        heard = self.engine.results[0]
        assert heard
        self.server.deaf = 2
        heard(GOOD)
        for _ in range(4):
            self.clock.advance(SOON)
        beats = self.server.of("Heartbeat")
        self.assertEqual([len(beat["results"]) for beat in beats], [1, 1, 1])
        self.engine.runs[0].callback([GOOD, GOOD])
        await self.end()

    async def test_a_run_that_is_short_reports_nothing_but_its_end(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.clock.advance(SOON / 2)
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual(self.server.of("Heartbeat"), [])
        await self.end()

    async def test_screenshots_are_uploaded_before_the_end(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        shoot = self.engine.shots[0]
        assert shoot
        for action, moment in ((0, "after"), (1, "before"), (1, "failed")):
            shoot(Shot(action=action, moment=moment, jpeg=b"jpeg"))  # type: ignore[arg-type]
        self.assertEqual(self.server.shots, [(1, 2), (1, 4), (1, 6)])
        self.engine.runs[0].callback([GOOD, GOOD])
        await self.end()

    async def test_a_screenshot_that_nobody_takes_does_not_hold_the_result_up(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.server.refuses = Refused("bad_request")
        shoot = self.engine.shots[0]
        assert shoot
        for _ in range(PENDING + 5):
            shoot(Shot(action=0, moment="after", jpeg=b""))
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual(self.server.finished, [(1, 1)])
        await self.end()

    async def test_a_screenshot_waits_while_the_server_is_away(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        shoot = self.engine.shots[0]
        assert shoot
        self.server.unkept, self.server.deaf = 3, 3
        shoot(Shot(action=0, moment="after", jpeg=b""))
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual((self.server.shots, self.server.finished), ([], []))
        self.clock.pump([AGAIN] * 3)
        self.assertEqual((self.server.shots, self.server.finished), ([(1, 2)], [(1, 1)]))
        self.assertEqual([r["data"] for r in self.server.results[1]], [{}, {}])
        await self.end()

    async def test_a_screenshot_for_which_there_is_no_room_is_told_in_the_result(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        shoot = self.engine.shots[0]
        assert shoot
        self.server.unkept = 4
        for moment in ("before", "after"):
            shoot(Shot(action=1, moment=moment, jpeg=b""))
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual((self.server.shots, self.server.finished), ([], [(1, 1)]))
        self.assertEqual([r["data"] for r in self.server.results[1]], [{}, {"shots_lost": 2}])
        await self.end()

    async def test_a_server_afar_is_asked_all_the_time_and_answers_when_there_is_something(
        self,
    ) -> None:
        await self.start(Slow(), slots=1, afar=True)
        [first] = self.server.of("ClaimTasks")
        self.assertEqual((first["free_slots"], first["wait_seconds"]), (1, 25))
        self.server.waiting.append(task(1))
        self.answer()
        self.assertEqual(len(self.engine.runs), 1)
        second = self.server.of("ClaimTasks")[-1]
        self.assertEqual(
            (second["free_slots"], second["running"]), (0, [{"task": 1, "attempt": 1}])
        )
        self.answer(Held(1, 1), free=0)
        self.assertTrue(self.engine.runs[0].called, "cancelled at once")
        self.assertEqual(self.server.finished, [])
        await self.end()

    async def test_a_run_is_cancelled_once_and_its_slot_is_free_when_it_has_ended(self) -> None:
        engine = Leaving()
        await self.start(engine, slots=1, afar=True)
        self.server.waiting.append(task(1))
        self.answer()
        self.answer(Held(1, 1), free=0)
        asked = self.server.of("ClaimTasks")[-1]
        self.assertEqual((asked["free_slots"], asked["running"]), (0, []), "nobody says it twice")
        self.server.lost.add((1, 1))
        self.clock.advance(BEAT)
        self.assertFalse(engine.left.called, "it is left to clear away")
        engine.left.callback(None)
        self.assertEqual(self.server.of("ClaimTasks")[-1]["free_slots"], 1)
        await self.end()

    async def test_a_slot_that_gets_free_is_offered_though_a_call_waits(self) -> None:
        await self.start(Slow(), slots=1, afar=True)
        self.server.waiting.append(task(1))
        self.answer()
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual(self.server.of("ClaimTasks")[-1]["free_slots"], 1)
        self.server.waiting.append(task(2))
        self.answer()
        self.assertEqual(len(self.engine.runs), 2)
        await self.end()

    async def test_a_call_that_may_bring_tasks_is_never_broken_off(self) -> None:
        await self.start(Slow(), slots=2, afar=True)
        self.server.waiting.append(task(1))
        self.answer()
        polls = len(self.server.polls)
        self.engine.runs[0].callback([GOOD, GOOD])
        self.assertEqual(len(self.server.polls), polls)
        self.assertFalse(self.server.polls[-1].called)
        await self.end()

    async def test_a_server_that_is_away_is_asked_again_after_longer_and_longer_pauses(
        self,
    ) -> None:
        await self.start(Slow(), afar=True)
        for least in (0.8, 1.6, 3.2):
            asked = len(self.server.of("ClaimTasks"))
            self.server.polls.pop().errback(Unavailable("away"))
            self.clock.advance(least - 0.01)
            self.assertEqual(len(self.server.of("ClaimTasks")), asked)
            self.clock.advance(least)
            self.assertEqual(len(self.server.of("ClaimTasks")), asked + 1)
        self.server.waiting.append(task(1))
        self.answer()
        self.assertEqual(len(self.engine.runs), 1)
        await self.end()

    async def test_a_node_that_was_replaced_drops_what_it_runs(self) -> None:
        await self.start(Slow())
        self.give(task(1))
        self.server.refuses = Refused("node_replaced", node="c1")
        self.clock.advance(LOOK)
        self.assertTrue(self.engine.runs[0].called)
        self.assertEqual(self.server.finished, [])
        await self.end()

    def test_sizes_are_those_of_the_type(self) -> None:
        self.assertEqual(viewport_of("gc_1920x1080"), Viewport(width=1920, height=1080))
        self.assertEqual(viewport_of("gc_360x800"), Viewport(width=360, height=800, mobile=True))
        self.assertEqual(viewport_of("gc"), DESKTOP)

    def test_results_that_are_too_much_keep_the_evidence_of_the_first_failure(self) -> None:
        proof = Evidence(console=("x" * 300,) * 20, requests=("y" * 300,) * 20)
        bad = ActionResult(status="failed", reason="timeout", evidence=proof)
        few, many = [GOOD, bad], [GOOD] + [bad] * 150
        self.assertEqual(bounded(few), few)
        kept = bounded(many)
        self.assertEqual([n for n, r in enumerate(kept) if r.evidence], [1])
        self.assertEqual([r.status for r in kept], [r.status for r in many])
        huge = [ActionResult(status="succeeded", data={"v": "я" * 2000})] * 500
        self.assertGreater(500 * 4000, LARGE)
        self.assertEqual(bounded(huge)[0].data, {})
