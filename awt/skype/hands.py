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
        self._waiting: set[Deferred[Any]] = set()
        for number in range(threads):
            threading.Thread(target=self._run, name=f"{name} {number}", daemon=True).start()

    def do(self, what: Callable[..., T], *args: Any, **settings: Any) -> "Deferred[T]":
        """Call something in one of the threads; cancelled, its result goes nowhere."""
        done: Deferred[T] = Deferred(canceller=self._waiting.discard)
        self._waiting.add(done)

        def tell(result: Any) -> None:
            if done in self._waiting:
                self._waiting.discard(done)
                done.callback(result)

        def work() -> None:
            if done not in self._waiting:
                return
            try:
                result: Any = what(*args, **settings)
            except Exception:  # noqa: BLE001 - it is told to whoever waits
                result = Failure()
            self._reactor.callFromThread(tell, result)

        self._work.put(work)
        return done

    def cancel(self) -> None:
        """Wait for nothing that is asked for: a thread may hang for long yet."""
        for waiting in list(self._waiting):
            waiting.cancel()

    def stop(self) -> None:
        """Cancel what is asked for, and let each thread end after what it has in hand."""
        self.cancel()
        for _ in range(self._threads):
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
