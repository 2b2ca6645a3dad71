"""The executor: claims tasks, runs them outside any transaction, says what came of them."""

import ipaddress
from collections.abc import Callable
from typing import Any, Final

import msgspec
from twisted.internet.defer import CancelledError
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.api.runs import Beat, Claimed, ClaimedTask
from awt.background import Periodic, Tasks
from awt.db.tasks import TOPIC
from awt.errors import Refused, Unavailable
from awt.executor.engines import Engine
from awt.executor.engines.http import HttpEngine
from awt.model.actions import ActionResult
from awt.ports import NodeApi, Signals
from awt.resources import Resources

log = Logger()

BEAT: Final = 10.0
"""Seconds between two signs of life of a running task."""
LOOK: Final = 5.0
"""Seconds after which tasks are asked for even when nobody said that there are any."""
LOOK_AFAR: Final = 1.0
"""The same where the server is another process, which says nothing by itself."""
AGAIN: Final = 1.0
"""Seconds before a result is delivered again that nobody could take."""


class Executor:
    """Runs tasks in a number of slots."""

    def __init__(
        self,
        *,
        calls: NodeApi,
        signals: Signals,
        reactor: Any,
        engines: dict[str, Engine],
        slots: int,
        look: float = LOOK,
    ) -> None:
        self._calls = calls
        self._signals = signals
        self._reactor = reactor
        self._engines = engines
        self._slots = slots
        self._running: dict[tuple[int, int], Callable[[], None]] = {}
        """By task and attempt: a task whose lease was lost may be here twice for a moment."""
        self._tasks = Tasks()
        self._recovered = False
        self._said = ""
        self._claiming = False
        self._again = False
        self._stopping = False
        self._deaf: Any = None
        self._look = Periodic(self._claim, seconds=look, name="claiming tasks", reactor=reactor)

    async def start(self) -> None:
        """Begin."""
        self._deaf = self._signals.listen(TOPIC, self._told)
        self._look.start()

    async def stop(self) -> None:
        """Claim nothing more; what runs is abandoned, and handed back at once."""
        self._stopping = True
        if self._deaf is not None:
            self._deaf()
        await self._look.stop()
        await self._tasks.cancel()
        for engine in self._engines.values():
            await engine.close()
        try:
            await self._calls.call("RecoverTasks", {"stopping": True})
        except (Refused, Unavailable) as error:  # their leases end by themselves
            log.warn("tasks are not handed back: {error}", error=str(error))

    def _told(self, _type: object) -> None:
        self._tasks.spawn(self._claim(), "claiming tasks")

    async def _claim(self) -> None:
        """Fill the free slots, one claim at a time; first give back what an earlier life had."""
        self._again = True
        if self._claiming:
            return
        self._claiming = True
        try:
            if not self._recovered:
                await self._calls.call("RecoverTasks", {"restarted": True})
                self._recovered = True
            while self._again and not self._stopping and len(self._running) < self._slots:
                self._again = False
                claimed: Claimed = await self._calls.call(
                    "ClaimTasks",
                    {"types": list(self._engines), "free_slots": self._slots - len(self._running)},
                )
                for task in claimed.tasks:
                    self._start(task)
            self._said = ""
        except (Refused, Unavailable) as error:
            self._say(f"tasks cannot be asked for: {error}")
        finally:
            self._claiming = False

    def _say(self, problem: str) -> None:
        """Log what is wrong, once until it changes."""
        if problem != self._said:
            self._said = problem
            log.error("{problem}", problem=problem)

    def _start(self, task: ClaimedTask) -> None:
        key = (task.id, task.attempt)
        self._running[key] = _nothing  # a task may be over before `spawn` returns
        cancel = self._tasks.spawn(self._run(task), f"task {task.id}")
        if key in self._running:
            self._running[key] = cancel

    async def _run(self, task: ClaimedTask) -> None:
        beat = Periodic(
            lambda: self._beat(task), seconds=BEAT, name="heartbeat", reactor=self._reactor
        )
        beat.start(now=False)
        try:
            await self._finish(task, await self._results(task))
        finally:
            await beat.stop()
            self._running.pop((task.id, task.attempt), None)
        self._told(task.type)

    async def _results(self, task: ClaimedTask) -> list[ActionResult]:
        try:
            return await self._engines[task.type].run(
                task.actions, action_seconds=task.action_seconds
            )
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - an engine's bug is a failed task, never a lost one
            log.failure("engine failed at task {id}", id=task.id, trace=task.trace)
            bad = ActionResult(status="failed", reason="other", detail="")
            rest = [ActionResult(status="skipped") for _ in task.actions[1:]]
            return [bad, *rest]

    async def _beat(self, task: ClaimedTask) -> None:
        beat: Beat = await self._calls.call("Heartbeat", {"task": task.id, "attempt": task.attempt})
        cancel = self._running.get((task.id, task.attempt))
        if beat.cancelled and cancel is not None:
            cancel()

    async def _finish(self, task: ClaimedTask, results: list[ActionResult]) -> None:
        """Deliver the result, again and again until the lease is lost."""
        values = {
            "task": task.id,
            "attempt": task.attempt,
            "results": msgspec.to_builtins(results),
        }
        while True:
            try:
                await self._calls.call("FinishTask", values, trace=task.trace)
            except Refused:
                log.failure("the result of task {id} was refused", id=task.id, trace=task.trace)
            except Unavailable as error:
                log.warn(
                    "the result of task {id} waits: {error}",
                    id=task.id,
                    error=str(error),
                    trace=task.trace,
                )
                await deferLater(self._reactor, AGAIN)
                continue
            return


def _nothing() -> None:
    pass


def make(resources: Resources) -> Executor:
    """Return the part."""
    config = resources.config
    allowed = [ipaddress.ip_network(n) for n in config.test.allow_private_addresses]
    return Executor(
        calls=resources.calls,
        signals=resources.signals,
        reactor=resources.reactor,
        engines={"http": HttpEngine(reactor=resources.reactor, allow_private_addresses=allowed)},
        slots=config.executor.slots,
        look=LOOK_AFAR if config.server.url else LOOK,
    )
