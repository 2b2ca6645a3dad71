"""What a process waits for is time that passes, not what the clock on the wall says.

Twisted's reactor counts by `time.time`. When somebody sets that clock back by an hour (NTP after a long
sleep, a virtual machine that goes on), every timer of a process would come an hour late: heartbeats,
deadlines, the end of a lease. Moments that are written down (`awt.local.clock`) stay those of the wall.
"""

import time
from functools import partial
from typing import Any, Final

from twisted.internet.defer import TimeoutError as DeferredTimeout

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets, and that goes on while the machine sleeps, where the system has such."""


def steady(reactor: Any) -> None:
    """Let a reactor that has no timers yet count by the clock that nobody sets.

    Its `seconds` are not those since 1970 any more.
    """
    assert not reactor.getDelayedCalls(), "they would wait for another clock"
    reactor.seconds = partial(time.clock_gettime, _CLOCK)


def too_late(_cancelled: object, seconds: float) -> None:
    """Say that time is over in the same words, whatever was cancelled for it; for `Deferred.addTimeout`.

    Twisted's endpoints have a word of their own for their cancellation, which means a stop as well.
    """
    raise DeferredTimeout(seconds)
