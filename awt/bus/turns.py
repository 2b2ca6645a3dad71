"""Whose turn it is: work in order for each key, for several keys at once."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

from awt.background import Tasks

T = TypeVar("T")


class Turns(Generic[T]):
    """Gives jobs to ``work``: those of one key one after the other, ``concurrency`` keys at once.

    ``work`` deals with its errors itself; what it lets out is logged and the next job follows.
    """

    def __init__(
        self, *, work: Callable[[T], Awaitable[None]], concurrency: int, tasks: Tasks, name: str
    ) -> None:
        self._work = work
        self._concurrency = concurrency
        self._tasks = tasks
        self._name = name
        self._waiting: dict[str, deque[T]] = {}
        self._turns: deque[str] = deque()
        self._running: set[str] = set()
        self._stopped = False
        self._idle: list[Deferred[None]] = []

    def put(self, key: str, job: T) -> None:
        """Add a job; it may begin at once."""
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = deque()
            self._turns.append(key)
        waiting.append(job)
        self._pump()

    async def stop(self) -> list[T]:
        """Begin nothing more, wait for what runs, and return the jobs that did not begin."""
        self._stopped = True
        if self._running:
            idle: Deferred[None] = Deferred()
            self._idle.append(idle)
            await idle
        left = [job for waiting in self._waiting.values() for job in waiting]
        self._waiting.clear()
        return left

    def _pump(self) -> None:
        while self._turns and len(self._running) < self._concurrency and not self._stopped:
            key = self._turns.popleft()
            self._running.add(key)
            self._tasks.spawn(self._run(key, self._waiting[key].popleft()), self._name)
        if not self._running and self._idle:
            idle, self._idle = self._idle, []
            for waiter in idle:
                waiter.callback(None)

    async def _run(self, key: str, job: T) -> None:
        try:
            await self._work(job)
        finally:
            self._running.discard(key)
            if self._waiting.get(key):
                self._turns.append(key)
            else:
                self._waiting.pop(key, None)
            self._pump()
