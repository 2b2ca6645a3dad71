"""A deadline for what must not last for ever."""

from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class DeadlinePassed(Exception):
    """The time is over."""


def within(reactor: Any, seconds: float, work: Coroutine[Deferred[Any], Any, T]) -> Deferred[T]:
    """Run a coroutine for at most so long.

    The result fails with `DeadlinePassed` when the time is over and with `CancelledError` when it is
    cancelled: never with the error that the cancelled work makes of it (name resolution that is
    cancelled says e.g. that there is no such name).
    """
    ended = False
    inner = Deferred.fromCoroutine(work)

    def end(why: Exception) -> None:
        nonlocal ended
        ended = True
        inner.cancel()
        result.errback(why)

    def done(value: T | Failure) -> None:
        if timer.active():
            timer.cancel()
        if not ended:
            result.callback(cast(T, value))

    result: Deferred[T] = Deferred(lambda _: end(CancelledError()))
    timer = reactor.callLater(seconds, end, DeadlinePassed())
    _ = inner.addBoth(done)
    return result
