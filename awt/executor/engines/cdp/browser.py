"""One running Chromium, shared by the tests of a node."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from twisted.logger import Logger

from awt.background import to_the_end
from awt.executor.engines.cdp.pipe import Crashed, Gone, Pipe, spawn
from awt.executor.engines.cdp.switches import command_line
from awt.executor.engines.deadline import DeadlinePassed, within

START: Final = 30.0
"""Seconds within which a browser has to answer after its start."""
STOP: Final = 5.0
"""Seconds within which it has to end when it is asked to."""

_KINDS: Final = frozenset({"page", "iframe"})
# Workers have to be here: Chromium has them wait although they are filtered out, and for ever.
_FILTER: Final = [{"type": "browser", "exclude": True}, {"type": "tab", "exclude": True}, {}]
ATTACH: Final = {
    "autoAttach": True,
    "waitForDebuggerOnStart": True,
    "flatten": True,
    "filter": _FILTER,
}
"""Has a page, and whatever it opens, wait until it is prepared."""
KILLED: Final = "Render process gone."
"""What Chromium says instead of a crash where it does not know how the process of a page ended."""

log = Logger()


class Listener(Protocol):
    """A test that hears what happens in its context."""

    def attached(self, parent: str, session: str, info: dict[str, Any]) -> None:
        """Hear that a page or a frame is there, as a session; `parent` is that of its page."""

    def detached(self, session: str) -> None:
        """Hear that it is gone."""

    def heard(self, session: str, method: str, values: dict[str, Any]) -> None:
        """Hear what happened in it."""


class Browser:
    """A process with a profile of its own, which is removed with it.

    `owner`: user and group that it runs as, if not those of this process.
    """

    def __init__(
        self, *, reactor: Any, program: str, profile: Path, owner: tuple[int, int] | None
    ) -> None:
        self.runs = 0
        """How many tests have run in it."""
        self.users = 0
        """How many run in it now."""
        self.good = True
        """Whether it is of use for more tests: not where no page lives that it makes."""
        self._reactor = reactor
        self._program = program
        self._profile = profile
        self._owner = owner
        self._pipe = Pipe(self._heard, reactor=reactor)
        self._contexts: dict[str, Listener] = {}
        self._sessions: dict[str, Listener] = {}
        self.call = self._pipe.call

    @property
    def running(self) -> bool:
        """Whether the process is there and takes commands."""
        return self._pipe.listens

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._pipe.transport.pid if self._pipe.transport else None

    async def start(self) -> None:
        """Start the process and wait until it answers. Raises `Gone` with what it wrote."""
        try:
            self._spawn()
            await within(self._reactor, START, self._attach())
        except (Gone, DeadlinePassed):
            await to_the_end(self.stop())
            said = self._pipe.said.decode(errors="replace")
            raise Gone(f"{self._program} does not start: {said}") from None
        except BaseException:  # there is no such program, or nobody waits for it any more
            await to_the_end(self.stop())
            raise

    def _spawn(self) -> None:
        self._profile.mkdir(parents=True)
        if self._owner is not None:
            os.chown(self._profile, *self._owner)
        environment = {
            "HOME": str(self._profile),
            "TMPDIR": str(self._profile),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        command = list(command_line(self._program, self._profile))
        spawn(self._reactor, self._pipe, command, environment=environment, owner=self._owner)

    async def _attach(self) -> None:
        await self.call("Target.setAutoAttach", ATTACH)

    async def open(self, listener: Callable[[str], Listener], proxy: str) -> str:
        """Make a context whose only way out is a proxy; `listener` gets its id, which is returned."""
        made = await self.call(
            "Target.createBrowserContext",
            {"proxyServer": f"http://{proxy}", "proxyBypassList": "<-loopback>"},
        )
        context: str = made["browserContextId"]
        self._contexts[context] = listener(context)
        return context

    async def dispose(self, context: str) -> None:
        """Close everything in a context."""
        listener = self._contexts.pop(context, None)
        if self.running:
            await self.call("Target.disposeBrowserContext", {"browserContextId": context})
        for session, whose in tuple(self._sessions.items()):
            if whose is listener:
                del self._sessions[session]

    async def answers(self) -> None:
        """Return when the browser answers."""
        await self.call("Browser.getVersion")

    def kill(self) -> None:
        """End the process by force."""
        self._pipe.kill()

    def lost(self, session: str, why: Exception) -> None:
        """Fail the commands of a session."""
        self._pipe.drop(session, why)

    async def stop(self) -> None:
        """End the process and remove its profile."""
        self._pipe.hang_up()
        if self._pipe.running:
            try:
                await within(self._reactor, STOP, self._pipe.until_ended())
            except DeadlinePassed:
                self._pipe.kill()
        if self._pipe.transport is not None:
            await self._pipe.until_ended()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _heard(self, session: str, method: str, values: dict[str, Any]) -> None:
        if method == "Target.attachedToTarget":
            self._attached(session, values["sessionId"], values["targetInfo"])
        elif method == "Target.detachedFromTarget":
            gone = values["sessionId"]
            listener = self._sessions.pop(gone, None)
            if listener is not None:
                listener.detached(gone)
            self._pipe.drop(gone, Gone("the page was closed"))
        elif session in self._sessions:
            if method == "Inspector.detached" and values["reason"] == KILLED:
                method = "Inspector.targetCrashed"
            self._sessions[session].heard(session, method, values)
            if method == "Inspector.targetCrashed":
                said = self._pipe.said.decode(errors="replace")[-500:]
                log.warn("a page crashed; the browser said: {said}", said=said)
                # The test knows by now: who is told here goes on at once, and asks a page that is there.
                self._pipe.drop(session, Crashed("the page has crashed"))

    def _attached(self, parent: str, session: str, info: dict[str, Any]) -> None:
        listener = self._contexts.get(info.get("browserContextId", "")) or self._sessions.get(
            parent
        )
        if listener is None or info["type"] not in _KINDS:  # of no test, or a worker
            self._forget(session)
            return
        if session not in self._sessions:
            self._sessions[session] = listener
            listener.attached(parent, session, info)

    def _forget(self, session: str) -> None:
        for method, values, where in (
            ("Runtime.runIfWaitingForDebugger", {}, session),
            ("Target.detachFromTarget", {"sessionId": session}, ""),
        ):
            answer = self.call(method, values, session=where)
            _ = answer.addErrback(lambda _: None)
