"""Live runs: a page hears that there is something new about its run, and fetches itself again."""

from collections import Counter
from typing import Final

import msgspec
from twisted.web.http import Request

from awt.db import shots, tasks
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.actions import ActionResult
from awt.web.longpoll import LOOK, News, Waiting
from awt.web.site import Site
from awt.web.visit import Visit, guest_of

STREAMS: Final = 12
"""Streams that one account may have open."""
COMMENT: Final = 15.0
"""Seconds between two comments, which keep a quiet stream alive."""
OVER: Final = frozenset({tasks.SUCCEEDED, tasks.FAILED, tasks.CANCELLED})


class State(msgspec.Struct, frozen=True):
    """What a page needs to know to see that it is old."""

    status: str
    done: int
    shots: int


class Live:
    """Streams of events of runs."""

    def __init__(self, site: Site, waiting: Waiting) -> None:
        self._site = site
        self._waiting = waiting
        self._open: Counter[int] = Counter()

    async def events(self, request: Request, visit: Visit, _trace: str, number: int) -> bytes:
        """Write an event whenever there is something new, until the run is over."""
        site = self._site
        user, state = await site.database.read(_state, visit, number)
        if self._open[user] >= STREAMS:
            raise Refused("too_many", retry_after=60)
        request.setHeader("Content-Type", "text/event-stream; charset=utf-8")
        request.setHeader("X-Accel-Buffering", "no")  # nginx would keep events back
        news = News()
        deaf = site.resources.signals.listen(
            tasks.CHANGED, lambda task: news.tell() if task == number else None
        )
        _ = request.notifyFinish().addErrback(lambda _: news.leave())
        self._open[user] += 1
        reactor = site.resources.reactor
        written: State | None = None
        at = reactor.seconds()
        try:
            while not (news.gone or self._waiting.ended):
                if state != written:
                    request.write(b"data: %b\n\n" % msgspec.json.encode(state))
                    written, at = state, reactor.seconds()
                elif reactor.seconds() - at > COMMENT:
                    request.write(b": \n\n")
                    at = reactor.seconds()
                if state.status in OVER:
                    break
                await self._waiting.sleep(news, LOOK)
                news.heard = False
                user, state = await site.database.read(_state, visit, number)
        except Refused:  # signed out meanwhile: there is nothing more to tell
            pass
        finally:
            deaf()
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]
        return b""


def _state(tx: Tx, visit: Visit, number: int) -> tuple[int, State]:
    caller = guest_of(tx, visit).caller
    if caller.user_id is None:
        raise Refused("unauthenticated")
    task = tasks.by_id(tx, min(number, 2**62))
    if task is None or task.user_id != caller.user_id:
        raise Refused("unknown_task")
    text = task.result or task.progress
    done = len(msgspec.json.decode(text, type=list[ActionResult])) if text else 0
    return task.user_id, State(task.status, done, len(shots.of_task(tx, task.id)))
