"""Threads for what blocks: daemons, so that a poll that hangs holds no process up."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class Hands:
    """Some daemon threads that do one thing after the other."""

    def __init__(self, *, threads: int, name: str, reactor: Any) -> None:
        self._reactor = reactor
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = threads
        for number in range(threads):
            threading.Thread(target=self._run, name=f"{name} {number}", daemon=True).start()

    def do(self, what: Callable[..., T], *args: Any, **settings: Any) -> "Deferred[T]":
        """Call something in one of the threads; cancelled, its result goes nowhere."""
        done: Deferred[T] = Deferred(canceller=lambda _done: None)

        def tell(result: Any) -> None:
            if not done.called:
                done.callback(result)

        def work() -> None:
            if done.called:
                return
            try:
                result: Any = what(*args, **settings)
            except Exception:  # noqa: BLE001 - it is told to whoever waits
                result = Failure()
            self._reactor.callFromThread(tell, result)

        self._work.put(work)
        return done

    def stop(self) -> None:
        """Let the threads end, each after what it has in hand."""
        for _ in range(self._threads):
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
