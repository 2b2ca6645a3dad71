"""Whether a page has an element, asked of a process that is ended when it takes too long."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from awt.executor.engines.surface import Failed
from awt.model.locators import Locator

LONGEST: Final = 3
"""Seconds that a page may be looked into, whatever the action may take: others wait for their turn."""
RECYCLE: Final = 500
"""After so many pages a process is replaced, before it grows."""

_PROGRAM: Final = str(files(__package__).joinpath("seek.py"))


class _Answer(msgspec.Struct):
    found: bool = False
    bad: str = ""
    detail: str = ""


class Seeker:
    """Keeps a few processes warm (see `awt.executor.engines.seek`); they start when they are needed.

    `places`: how many seek at the same time. `longest`: seconds that one may.
    """

    def __init__(self, *, reactor: Any, places: int, longest: int = LONGEST) -> None:
        self._reactor = reactor
        self._places = DeferredSemaphore(places)
        self._longest = longest
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()

    async def has(self, page: str, locator: Locator, *, seconds: float) -> bool:
        """Tell whether a page has an element. Raises `Failed`.

        Whoever cancels it ends the process; `seconds` is when the process ends by itself at the latest.
        """
        allowed = min(int(seconds), self._longest)
        request = msgspec.json.encode(
            {"page": page, "kind": locator.kind, "path": locator.path, "seconds": allowed}
        )
        await self._places.acquire()
        try:
            process = self._idle.pop() if self._idle else self._started()
            try:
                raw = await process.ask(request)
            except BaseException:
                process.kill()
                raise
            if process.asked < RECYCLE:
                self._idle.append(process)
            else:
                process.kill()
        finally:
            self._places.release()
        answer = msgspec.json.decode(raw, type=_Answer)
        if answer.bad:
            raise Failed(answer.bad, answer.detail.partition("\n")[0])
        return answer.found

    async def close(self) -> None:
        """End all processes and return when they are gone."""
        for process in tuple(self._all):
            process.kill()
        for process in tuple(self._all):
            await process.ended

    def _started(self) -> "_Process":
        process = _Process(self._gone)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWT_")}
        try:
            self._reactor.spawnProcess(
                process, sys.executable, [sys.executable, _PROGRAM], env=environment
            )
        except OSError as problem:  # no process or no file is left on this machine
            raise Failed("other", problem.strerror or "") from problem
        self._all.add(process)
        return process

    def _gone(self, process: "_Process") -> None:
        self._all.discard(process)
        if process in self._idle:
            self._idle.remove(process)


class _Process(ProcessProtocol):
    def __init__(self, on_end: Callable[["_Process"], None]) -> None:
        self.asked = 0
        self.ended: Deferred[None] = Deferred()
        self._on_end = on_end
        self._said = b""
        self._answer: Deferred[bytes] | None = None

    async def ask(self, request: bytes) -> bytes:
        """Return the answer to a request. Raises `Failed` when the process ends over it."""
        self.asked += 1
        assert self.transport is not None
        try:
            self.transport.writeToChild(0, request + b"\n")
        except KeyError:  # it has closed its input: it is ending
            raise Failed("other", "the process that looks for elements has ended") from None
        self._answer = Deferred()
        return await self._answer

    def kill(self) -> None:
        """End it by force."""
        with suppress(ProcessExitedAlready):
            assert self.transport is not None
            self.transport.signalProcess("KILL")

    def outReceived(self, data: bytes) -> None:  # noqa: N802
        """Take what it says."""
        self._said += data
        if self._said.endswith(b"\n") and self._answer is not None:
            answer, self._answer = self._answer, None
            said, self._said = self._said, b""
            answer.callback(said)

    def processEnded(self, reason: Failure) -> None:  # noqa: ARG002, N802
        """Fail what waits for an answer: it took too much memory, or too long."""
        self._on_end(self)
        if self._answer is not None:
            answer, self._answer = self._answer, None
            answer.errback(Failed("timeout", "looking for the element took too much"))
        self.ended.callback(None)
