"""Calls that wait until there is something to say: a node asks once, and hears at once."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.web.http import Request

from awt.api.claims import Claimed, ClaimTasks
from awt.background import ended, to_the_end
from awt.db.tasks import CANCELLING, TOPIC
from awt.model.task_types import runs
from awt.ports import Signals

LOOK: Final = 2.0
"""Seconds after which the database is looked at anyway: another process may have written there."""
Call = Callable[[], Coroutine[Any, Any, Claimed]]
"""Looks once into the database."""


class News:
    """Whether something was heard since it was looked, and whether who waited is gone."""

    def __init__(self) -> None:
        self.heard = False
        self.gone = False
        self.listener: Callable[[], None] | None = None
        self.ended: Deferred[None] = Deferred()

    def tell(self) -> None:
        """Say that there is something."""
        self.heard = True
        if self.listener is not None:
            self.listener()

    def leave(self) -> None:
        """Say that nobody waits any more."""
        self.gone = True
        self.tell()


class Waiting:
    """Those who wait. `end` lets all of them go."""

    def __init__(self, *, signals: Signals, reactor: Any) -> None:
        self._signals = signals
        self._reactor = reactor
        self._waking: set[Deferred[None]] = set()
        self._claims: dict[tuple[str, str], News] = {}
        """The claims that wait, by node and instance."""
        self.ended = False

    def end(self) -> None:
        """Let nobody wait any more."""
        self.ended = True
        for waking in list(self._waking):
            self._wake(waking)

    async def claim(
        self,
        request: Request,
        node: str,
        params: ClaimTasks,
        call: Call,
    ) -> Claimed:
        """Call again and again until there are tasks, or a task was cancelled, or the time is over.

        Who asks anew has given up what he asked before, and knows of tasks that he did not know of then:
        the old claim ends first, or it would take them from him, as such that he never heard of.
        """
        news = News()
        _ = request.notifyFinish().addErrback(lambda _: news.leave())
        key = node, params.instance
        before = self._claims.get(key)
        self._claims[key] = news
        try:
            if before is not None:
                before.leave()
                await to_the_end(ended([before.ended]))
            return await self._claim(news, node, params, call)
        finally:
            if self._claims.get(key) is news:
                del self._claims[key]
            news.ended.callback(None)

    async def _claim(
        self,
        news: News,
        node: str,
        params: ClaimTasks,
        call: Call,
    ) -> Claimed:
        wanted = set(runs(params.types))
        deaf = [
            self._signals.listen(TOPIC, lambda name: news.tell() if name in wanted else None),
            self._signals.listen(CANCELLING, lambda name: news.tell() if name == node else None),
        ]
        ends = self._reactor.seconds() + params.wait_seconds
        try:
            claimed = Claimed([])
            while not news.gone:
                news.heard = False
                claimed = await to_the_end(call())  # its transaction would go on by itself
                left = ends - self._reactor.seconds()
                if claimed.tasks or claimed.cancelled or left <= 0 or self.ended:
                    break
                await self.sleep(news, min(LOOK, left))
            return claimed
        finally:
            for each in deaf:
                each()

    async def sleep(self, news: News, seconds: float) -> None:
        """Wait until there is something, or the end, or for so many seconds."""
        if news.heard or self.ended:
            return
        waking: Deferred[None] = Deferred()
        self._waking.add(waking)
        news.listener = lambda: self._wake(waking)
        timer = self._reactor.callLater(seconds, self._wake, waking)
        try:
            await waking
        finally:
            news.listener = None
            self._waking.discard(waking)
            if timer.active():
                timer.cancel()

    def _wake(self, waking: "Deferred[None]") -> None:
        self._waking.discard(waking)
        if not waking.called:
            waking.callback(None)
