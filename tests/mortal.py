"""Processes that a test kills without ending its own."""

from typing import Any

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.interfaces import IDelayedCall
from zope.interface import directlyProvides, providedBy

reactor: Any = _reactor


class Timer:
    """A timer that may be ended by the death of its process, which its owner need not know."""

    def __init__(self, call: IDelayedCall) -> None:
        self._call = call

    def cancel(self) -> None:
        if self._call.active():
            self._call.cancel()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class MortalReactor:
    """The reactor as a process has it: once the process is dead, no timer of it goes off."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []
        self._dead = False
        directlyProvides(self, providedBy(reactor))

    def callLater(self, delay: float, call: Any, *args: Any, **kwargs: Any) -> Timer:
        timer = Timer(reactor.callLater(delay, call, *args, **kwargs))
        self._timers = [t for t in self._timers if t.active()]
        self._timers.append(timer)
        if self._dead:
            timer.cancel()
        return timer

    def die(self, process: object) -> None:
        """End all timers, now and later; keep what the process was made of from being tidied up."""
        self._dead = True
        THE_DEAD.append(process)
        for timer in self._timers:
            timer.cancel()

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)


THE_DEAD: list[object] = []
"""Whose processes were killed: their coroutines must not be tidied up, which would run their ends."""
