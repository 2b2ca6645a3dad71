"""Work that nobody waits for: one place that starts it, logs its failure and ends it."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from awt.errors import Unavailable

T = TypeVar("T")

log = Logger()


def say(to: Logger, failure: Failure, what: str, **values: Any) -> None:
    """Log a failure: what passes by itself in one line, what should not be with where it came from."""
    if failure.check(Unavailable):
        to.warn(f"{what}: {{error}}", error=str(failure.value), **values)
    else:
        to.failure(what, failure=failure, **values)


def reason(error: Exception) -> str:
    """Return why something has to be tried again, without what a bug may carry in its words."""
    return f"Unavailable: {error}" if isinstance(error, Unavailable) else type(error).__name__


class Tasks:
    """Coroutines in the background."""

    def __init__(self) -> None:
        self._running: set[Deferred[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> Callable[[], None]:
        """Run a coroutine; its failure is logged under ``name``. The result of this cancels it."""
        running: Deferred[Any] = Deferred.fromCoroutine(work)
        self._running.add(running)

        def ended(result: Any) -> None:
            self._running.discard(running)
            if isinstance(result, Failure) and not result.check(CancelledError):
                say(log, result, "{name} failed", name=name)

        _ = running.addBoth(ended)
        return running.cancel

    async def finish(self) -> None:
        """Wait for everything that runs; who is cancelled meanwhile waits no more, and that runs on."""
        while self._running:
            await ended(self._running)

    async def cancel(self) -> None:
        """Cancel everything that runs and wait for its end."""
        for running in list(self._running):
            running.cancel()
        await self.finish()


async def ended(running: Iterable[Deferred[Any]]) -> None:
    """Wait until all of them have a result, whatever it is; it stays theirs.

    A cancellation ends the waiting alone.
    """
    for each in list(running):  # a DeferredList takes a cancellation for an answer
        await _watch(each)


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that nobody breaks off, such as one that clears away what a run has opened.

    Who is cancelled meanwhile, however often, is told so when it has ended. It must not last for ever.
    """
    outcome: list[T | Failure] = []
    waiting: list[Deferred[None]] = []
    cancelled = False

    def end(result: T | Failure) -> None:
        outcome.append(result)
        for each in waiting:
            each.callback(None)

    _ = Deferred.fromCoroutine(work).addBoth(end)
    while not outcome:
        waiting[:] = [Deferred()]
        try:
            await waiting[0]
        except CancelledError:
            cancelled = True
    [result] = outcome
    if cancelled:
        raise CancelledError
    if isinstance(result, Failure):
        raise cast("BaseException", result.value)
    return result


def _watch(watched: Deferred[Any]) -> Deferred[None]:
    """Return a Deferred that fires when another does, without touching its result."""
    seen: Deferred[None] = Deferred()

    def fire(result: Any) -> Any:
        seen.callback(None)
        return result

    _ = watched.addBoth(fire)
    return seen


class Periodic:
    """Calls a coroutine function again and again. An error is logged and does not end it.

    ``seconds`` pass between the end of one call and the start of the next turn of the clock, as
    `twisted.internet.task.LoopingCall` counts them: turns that were missed are left out.
    """

    def __init__(
        self,
        work: Callable[[], Coroutine[Any, Any, Any]],
        *,
        seconds: float,
        name: str,
        reactor: IReactorTime,
    ) -> None:
        self._work = work
        self._name = name
        self._seconds = seconds
        self._loop = LoopingCall(self._turn)
        self._loop.clock = reactor
        self._turning: Deferred[Any] | None = None

    def start(self, *, now: bool = True) -> None:
        """Start; the first call comes at once or after a period."""
        _ = self._loop.start(self._seconds, now=now)

    async def stop(self) -> None:
        """Call no more, and wait for the call that runs."""
        if self._loop.running:
            self._loop.stop()
        if self._turning is not None:
            await _watch(self._turning)

    def _turn(self) -> Deferred[Any]:
        turning: Deferred[Any] = Deferred.fromCoroutine(self._work())

        def ended(result: Any) -> None:
            self._turning = None
            if isinstance(result, Failure):
                say(log, result, "{name} failed", name=self._name)

        self._turning = turning
        return turning.addBoth(ended)
