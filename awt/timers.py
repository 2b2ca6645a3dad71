"""What a process waits for is time that passes, not what the clock on the wall says.

Twisted's reactor counts by `time.time`. When somebody sets that clock back by an hour (NTP after a long
sleep, a virtual machine that goes on), every timer of a process would come an hour late: heartbeats,
deadlines, the end of a lease. Moments that are written down (`awt.local.clock`) stay those of the wall.
"""

import time
from typing import Any


def steady(reactor: Any) -> None:
    """Let a reactor that has no timers yet count by the clock that nobody sets.

    Its `seconds` are not those since 1970 any more.
    """
    assert not reactor.getDelayedCalls(), "they would wait for another clock"
    reactor.seconds = time.monotonic
