"""The Chrome DevTools Protocol over a pipe: a browser that ends when its other end is gone.

With `--remote-debugging-pipe` Chromium reads commands from its file descriptor 3 and writes answers
and events to 4, JSON with a NUL after each. There is no port that others could find.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from awt.executor.engines.surface import Failed

MAX_MESSAGE: Final = 64 * 2**20
"""Longest message of a browser, in bytes; a screenshot takes a few million at most."""

REST: Final = 0.5
"""Seconds after the end of a browser in which the last of its output is read."""

_WRITE: Final = 3
_READ: Final = 4
_LOG: Final = 4096

log = Logger()


class Gone(Exception):
    """The browser, or the page that was spoken to, is not there any more."""


class Crashed(Gone):
    """The process of the page that was spoken to has crashed."""


class ProtocolError(Failed):
    """The browser refused a command, and nobody expected it to."""

    def __init__(self, message: str) -> None:
        super().__init__("other", message)


class _Message(msgspec.Struct):
    id: int | None = None
    method: str = ""
    params: dict[str, Any] = {}
    session: str = msgspec.field(default="", name="sessionId")
    result: dict[str, Any] = {}
    error: dict[str, Any] = {}


_DECODER: Final = msgspec.json.Decoder(_Message)

OnEvent = Callable[[str, str, dict[str, Any]], None]
"""Hears the session ("" for the browser itself), the method and the parameters of an event."""


class Pipe(ProcessProtocol):
    """One browser process and the commands that are under way.

    `said` is the end of what it has written for people. `running`: the process is there. `listens`: it
    takes commands; one that was killed stops that before its end is told.
    """

    def __init__(self, on_event: OnEvent, *, reactor: Any) -> None:
        self.running = False
        self.listens = False
        self.said = b""
        self._ended = False
        self._waiting: list[Deferred[None]] = []
        self._on_event = on_event
        self._reactor = reactor
        self._closing: IDelayedCall | None = None
        self._ids = itertools.count(1)
        self._calls: dict[int, tuple[str, Deferred[dict[str, Any]]]] = {}
        self._pieces: list[bytes] = []
        self._size = 0

    def call(
        self, method: str, parameters: Mapping[str, Any] | None = None, *, session: str = ""
    ) -> Deferred[dict[str, Any]]:
        """Send a command; the result fires with its answer, or fails with `ProtocolError` or `Gone`."""
        number = next(self._ids)
        answer: Deferred[dict[str, Any]] = Deferred(lambda _: self._forget(number))
        if not self.listens:
            answer.errback(Gone("the browser does not run"))
            return answer
        self._calls[number] = (session, answer)
        message = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        assert self.transport is not None
        self.transport.writeToChild(_WRITE, msgspec.json.encode(message) + b"\0")
        return answer

    def _forget(self, number: int) -> None:
        self._calls.pop(number, None)

    def drop(self, session: str, why: Exception) -> None:
        """Fail the commands of a session that will not be answered."""
        for number, (whose, _) in tuple(self._calls.items()):
            if whose == session and number in self._calls:
                self._calls.pop(number)[1].errback(Failure(why))

    def kill(self) -> None:
        """End the process by force."""
        if self.running:
            assert self.transport is not None
            with suppress(ProcessExitedAlready):  # its end has not been told yet
                self.transport.signalProcess("KILL")

    def hang_up(self) -> None:
        """Close the pipe, by which the browser ends."""
        if self.running:
            assert self.transport is not None
            self.transport.closeChildFD(_WRITE)

    async def until_ended(self) -> None:
        """Return when the process is gone."""
        if not self._ended:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            try:
                await waiting
            finally:
                if waiting in self._waiting:
                    self._waiting.remove(waiting)

    def connectionMade(self) -> None:  # noqa: N802
        """Take note that the process runs."""
        self.running = self.listens = True

    def childConnectionLost(self, childFD: int) -> None:  # noqa: N802, N803
        """Take note that the browser has closed its end; who writes to it now gets a KeyError."""
        if childFD == _WRITE:
            self.listens = False

    def childDataReceived(self, childFD: int, data: bytes) -> None:  # noqa: N802, N803
        """Take what the browser has written."""
        if childFD != _READ:
            self.said = (self.said + data)[-_LOG:]
            return
        *whole, rest = data.split(b"\0")
        for piece in whole:
            self._pieces.append(piece)
            message = b"".join(self._pieces)
            self._pieces.clear()
            self._size = 0
            self._received(message)
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
            if self._size > MAX_MESSAGE:
                log.error("the browser sends a message without end")
                self.kill()

    def _received(self, raw: bytes) -> None:
        try:
            message = _DECODER.decode(raw)
        except msgspec.DecodeError:
            log.failure("the browser sent what is no message: {start}", start=repr(raw[:200]))
            return
        if message.id is None:
            self._on_event(message.session, message.method, message.params)
            return
        _, answer = self._calls.pop(message.id, ("", None))
        if answer is None:
            return
        if message.error:
            answer.errback(ProtocolError(str(message.error.get("message", message.error))))
        else:
            answer.callback(message.result)

    def processExited(self, reason: Failure) -> None:  # noqa: ARG002, N802
        """Wait for nobody else: what a browser has started may live on and keep its output open."""
        self._closing = self._reactor.callLater(REST, self._close)

    def _close(self) -> None:
        assert self.transport is not None
        for number in (0, 1, 2, _WRITE, _READ):
            self.transport.closeChildFD(number)

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        """Fail what waits for an answer."""
        if self._closing is not None and self._closing.active():
            self._closing.cancel()
        self.running = self.listens = False
        calls, self._calls = self._calls, {}
        for _, answer in calls.values():
            answer.errback(Failure(Gone(str(reason.value))))
        self._ended = True
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)


def spawn(
    reactor: Any,
    pipe: Pipe,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    owner: tuple[int, int] | None,
) -> None:
    """Start a browser at the other end of a pipe, as the user and group `owner` if given."""
    uid, gid = owner or (None, None)
    reactor.spawnProcess(
        pipe,
        command[0],
        list(command),
        env=dict(environment),
        uid=uid,
        gid=gid,
        childFDs={0: "w", 1: "r", 2: "r", _WRITE: "w", _READ: "r"},
    )
