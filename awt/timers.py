"""What a process waits for is time that passes, not what the clock on the wall says.

Twisted's reactor counts by `time.time`. When somebody sets that clock back by an hour (NTP after a long
sleep, a virtual machine that goes on), every timer of a process would come an hour late: heartbeats,
deadlines, the end of a lease. Moments that are written down (`awt.local.clock`) stay those of the wall.
"""

import time
from functools import partial
from typing import Any, Final, NoReturn, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectingCancelledError

T = TypeVar("T")

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets, and that goes on while the machine sleeps, where the system has such."""


def steady(reactor: Any) -> None:
    """Let a reactor that has no timers yet count by the clock that nobody sets.

    Its `seconds` are not those since 1970 any more.
    """
    assert not reactor.getDelayedCalls(), "they would wait for another clock"
    reactor.seconds = partial(time.clock_gettime, _CLOCK)


async def in_time(connecting: Deferred[T], seconds: float, reactor: Any) -> T:
    """Wait for what an endpoint connects. Raises `DeferredTimeout` when time is over.

    Who is cancelled gets a `CancelledError`: endpoints have a word of their own, for that and for a timeout.
    """
    try:
        return await connecting.addTimeout(seconds, reactor, _too_late)
    except ConnectingCancelledError:
        raise CancelledError from None


def _too_late(_cancelled: object, seconds: float) -> NoReturn:
    raise DeferredTimeout(seconds)
