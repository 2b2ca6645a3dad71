"""One task on its way through an engine: what it did so far, its screenshots, its signs of life."""

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.api.claims import Beat, ClaimedTask
from awt.background import Periodic, Tasks
from awt.errors import Refused, Unavailable
from awt.executor.engines import Engine, Shot, Viewport
from awt.model.actions import ActionResult
from awt.model.moments import shot_number
from awt.ports import NodeApi

log = Logger()

BEAT: Final = 10.0
"""Seconds between two signs of life of a running task."""
SOON: Final = 1.0
"""Seconds between two reports of what is new; a run that is shorter reports only its end."""
AGAIN: Final = 1.0
"""Seconds before what nobody could take is delivered again: a result, a screenshot."""
PENDING: Final = 50
"""Screenshots that may wait for their upload; then only those of failures are kept."""
LARGE: Final = 1_500_000
"""Bytes of results over which evidence is left out but of the first failure."""


class Run:
    """Carries out one task and says what came of it."""

    def __init__(
        self,
        *,
        task: ClaimedTask,
        engine: Engine,
        viewport: Viewport,
        calls: NodeApi,
        reactor: Any,
    ) -> None:
        self.task = task
        self._engine = engine
        self._viewport = viewport
        self._calls = calls
        self._reactor = reactor
        self._results: list[ActionResult] = []
        self._told = 0
        self._beating = False
        self._shots: deque[Shot] = deque()
        self._shots_lost: Counter[int] = Counter()
        """How many screenshots of each action could not be kept."""
        self._tasks = Tasks()
        self._uploading: Deferred[None] | None = None
        self._running: Deferred[list[ActionResult]] | None = None
        self.cancelled = False
        """Whether its task is no longer this node's."""

    def cancel(self) -> None:
        """End the run: its task is no longer this node's."""
        if not self.cancelled:
            self.cancelled = True
            if self._running is not None:
                self._running.cancel()

    async def carry_out(self) -> None:
        """Run the task and deliver its result; nothing is delivered of one that was cancelled."""
        beat = Periodic(self._beat, seconds=BEAT, name="heartbeat", reactor=self._reactor)
        soon = Periodic(self._news, seconds=SOON, name="progress", reactor=self._reactor)
        beat.start(now=False)
        soon.start(now=False)
        try:
            results = await self._engine_results()
            await soon.stop()
            await self._uploaded()
            await self._finish(results)
        except CancelledError:
            if not self.cancelled:
                raise
        finally:
            await soon.stop()
            await beat.stop()
            await self._tasks.cancel()

    async def _engine_results(self) -> list[ActionResult]:
        task = self.task
        self._running = Deferred.fromCoroutine(
            self._engine.run(
                task.actions,
                action_seconds=task.action_seconds,
                debug=task.debug,
                viewport=self._viewport,
                on_result=self._results.append,
                on_shot=self._shot,
            )
        )
        if self.cancelled:
            self._running.cancel()
        try:
            return await self._running
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - an engine's bug is a failed task, never a lost one
            log.failure("engine failed at task {id}", id=task.id, trace=task.trace)
            done = self._results[: len(task.actions) - 1]
            bad = ActionResult(status="failed", reason="other", detail="")
            rest = [ActionResult(status="skipped")] * (len(task.actions) - len(done) - 1)
            return [*done, bad, *rest]

    # --- Signs of life

    async def _beat(self) -> None:
        await self._say(None)

    async def _news(self) -> None:
        """Report results that nobody has heard of."""
        known = len(self._results)
        if known > self._told:
            plain = [msgspec.structs.replace(result, evidence=None) for result in self._results]
            if await self._say(msgspec.to_builtins(plain)):
                self._told = known

    async def _say(self, results: Any) -> bool:
        """Give a sign of life; tell whether it was heard."""
        if self._beating:
            return False
        self._beating = True
        values = {"task": self.task.id, "attempt": self.task.attempt, "results": results}
        try:
            beat: Beat = await self._calls.call("Heartbeat", values, trace=self.task.trace)
        except (Refused, Unavailable) as error:
            log.warn("no heartbeat of task {id}: {error}", id=self.task.id, error=str(error))
            return False
        finally:
            self._beating = False
        if beat.cancelled:
            self.cancel()
        return True

    # --- Screenshots

    def _shot(self, shot: Shot) -> None:
        if len(self._shots) >= PENDING and shot.moment != "failed":
            self._shots_lost[shot.action] += 1
            return
        self._shots.append(shot)
        if self._uploading is None:
            self._uploading = Deferred()
            self._tasks.spawn(self._upload(), "uploading screenshots")

    async def _upload(self) -> None:
        """Upload what there is, one after the other. A screenshot that cannot be kept is left out."""
        try:
            while self._shots:
                shot = self._shots.popleft()
                if not await self._put(shot):
                    self._shots_lost[shot.action] += 1
        finally:
            done, self._uploading = self._uploading, None
            if done is not None:
                done.callback(None)

    async def _put(self, shot: Shot) -> bool:
        """Upload one, and wait while nobody can be asked; False where a server that works does not keep it."""
        task = self.task
        number = shot_number(shot.action, shot.moment)
        failed = False
        while True:
            problem: Exception
            try:
                await self._calls.upload(task.id, number, shot.jpeg, attempt=task.attempt)
            except Refused as error:
                problem, failed = error, True
            except Unavailable as error:
                problem = error
            else:
                return True
            if self.cancelled or failed:
                log.warn(
                    "a screenshot of task {id} is lost: {error}",
                    id=task.id,
                    error=str(problem),
                    trace=task.trace,
                )
                return False
            if await self._say(None):
                failed = True  # once more: that it failed may be the connection's fault
            else:
                await deferLater(self._reactor, AGAIN)

    async def _uploaded(self) -> None:
        """Wait until no screenshot is on its way."""
        if self._uploading is not None:
            await self._uploading

    # --- The end

    async def _finish(self, results: list[ActionResult]) -> None:
        """Deliver the result, again and again until the lease is lost."""
        task = self.task
        told = without_shots(bounded(results), self._shots_lost)
        values = {
            "task": task.id,
            "attempt": task.attempt,
            "results": msgspec.to_builtins(told),
        }
        while not self.cancelled:
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


def bounded(results: list[ActionResult]) -> list[ActionResult]:
    """Return results of a size that is taken: evidence of the first failure alone where it is too much."""
    if len(msgspec.json.encode(results)) <= LARGE:
        return results
    first = next((n for n, result in enumerate(results) if result.evidence is not None), -1)
    kept = [
        result if n == first else msgspec.structs.replace(result, evidence=None)
        for n, result in enumerate(results)
    ]
    if len(msgspec.json.encode(kept)) <= LARGE:
        return kept
    return [msgspec.structs.replace(result, evidence=None, data={}) for result in kept]


def without_shots(results: list[ActionResult], lost: Mapping[int, int]) -> list[ActionResult]:
    """Return results that tell, in ``shots_lost``, of how many screenshots of an action there is nothing."""
    return [
        msgspec.structs.replace(result, data=result.data | {"shots_lost": lost[number]})
        if lost.get(number)
        else result
        for number, result in enumerate(results)
    ]
