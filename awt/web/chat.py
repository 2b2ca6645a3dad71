"""The web chat: messages come in by POST, answers go out as server-sent events.

The stream is read from the history, so that a page that comes back with ``Last-Event-ID`` misses nothing
(the EventSource part of the HTML standard).
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec
from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.web.http import Request
from zope.interface import implementer

from awt.api.registry import Params
from awt.background import Tasks
from awt.db import chat, outbox, services, sessions, users
from awt.db.chat import Line
from awt.db.engine import Database
from awt.db.tx import Tx
from awt.errors import Refused, Unavailable, bad_field
from awt.model.address import network_factor
from awt.model.messages import API, Hear
from awt.model.names import TEXT_MAX, clean_text
from awt.model.times import iso
from awt.ports import Signals
from awt.web.visit import Visit, enter, guest_of

LAST: Final = 50
"""Lines that a page gets when it comes for the first time."""
BATCH: Final = 200
COMMENT: Final = 15.0
"""Seconds between two comments, which keep a quiet stream alive."""
RETRY: Final = 2000
"""Milliseconds after which a page comes back when a stream has ended."""
STREAMS: Final = 12
"""Streams that one chat may have open."""
STREAMS_OF_NETWORK: Final = 200
"""Streams that one network may have open: each is a connection for good, and costs no row."""

CHATS_OF_NETWORK: Final = 10
"""One network may write as much in a day as so many chats."""


class Said(Params, frozen=True):
    """The body of a post."""

    service: str
    text: str


class Heard(msgspec.Struct, frozen=True):
    """The answer to a post: the id that the answers reply to."""

    id: str


def check(said: Said) -> str:
    """Return the text to keep. Errors: ``bad_request`` (``text``), ``too_large``."""
    if len(said.text) > TEXT_MAX:
        raise Refused("too_large", most=TEXT_MAX)
    text = clean_text(said.text).strip()
    if not text:
        raise bad_field("text", "empty")
    return text


def post(tx: Tx, visit: Visit, service: str, text: str, trace: str) -> tuple[str, str | None]:
    """Keep what somebody wrote and send it on its way, at once; return its id and a new cookie's token.

    Errors: ``unknown_service``, ``too_many``.
    """
    found = services.by_name(tx, service)
    if found is None or not found.enabled:
        raise Refused("unknown_service", service=service[:32])
    guest, token = enter(tx, visit)
    address = guest.caller.chat_address
    if address is None:  # a program with a key: it has methods to call
        raise Refused("forbidden")
    _limit(tx, address, visit.network)
    message_id = tx.chance.uuid()
    tx.trace = trace
    chat.add(tx, address, message_id=message_id, service=service, sender=chat.USER, text=text)
    body = Hear(
        service=service,
        im="webchat",
        address=address,
        text=text,
        message_id=message_id,
        received_at=tx.now,
        lang=guest.caller.lang,
    )
    outbox.send(tx, API, body, message_id=message_id)
    return message_id, token


def _limit(tx: Tx, address: str, network: str) -> None:
    """Count a message of an address, in its minute and its day, and in the day of its network.

    So neither one chat nor many of one network fill the disk. Errors: ``too_many``.
    """
    limits = tx.settings.limits
    of_network = limits.chat_messages_per_day * CHATS_OF_NETWORK * network_factor(network)
    for key, seconds, most in (
        (f"post:{address}", 60, limits.messages_per_minute),
        (f"post-day:{address}", 86_400, limits.chat_messages_per_day),
        (f"post-day-of:{network}", 86_400, of_network),
    ):
        if tx.cache.increment(key, seconds=seconds) > most:
            raise Refused("too_many", retry_after=min(seconds, 3600))


def reader(tx: Tx, visit: Visit) -> tuple[str | None, int | None]:
    """Return whose chat a browser may read, and the session that allows it.

    Both are None for a browser without a cookie, or with one that has ended.
    """
    guest = guest_of(tx, visit)
    return guest.caller.chat_address, guest.session.id if guest.session else None


def _may_read(tx: Tx, session_id: int | None, address: str) -> bool:
    """Tell whether a stream may go on: a stranger's only until his chat went over to an account."""
    if session_id is None:
        return users.by_address(tx, "webchat", address) is None
    return sessions.is_live(sessions.by_id(tx, session_id), tx.now)


def head(request: Request) -> None:
    """Write the headers of a stream."""
    request.setHeader("Content-Type", "text/event-stream; charset=utf-8")
    request.setHeader("X-Accel-Buffering", "no")  # nginx would keep events back


def encode(line: Line) -> bytes:
    """Return a line as an event."""
    corrects = {"corrects": line.corrects} if line.corrects else {}
    data = msgspec.json.encode(
        {
            "id": line.message_id,
            "reply_to": line.reply_to,
            "service": line.service,
            "from": line.sender,
            "text": line.text,
            "time": iso(line.created_at),
            "choices": line.choices,
            "image": line.image,
        }
        | corrects
    )
    return b"id: %b\ndata: %b\n\n" % (line.message_id.encode(), data)


@implementer(IPushProducer)
class Stream:
    """One open event stream: first the history, then every line as it is added.

    A reader that is too slow is not written to; it gets what it missed from the history.
    """

    def __init__(
        self,
        *,
        request: Request,
        address: str,
        session_id: int | None,
        last: str | None,
        database: Database,
        signals: Signals,
        reactor: IReactorTime,
        tasks: Tasks,
        on_end: Callable[["Stream"], None],
    ) -> None:
        self._request = request
        self._address = address
        self._session_id = session_id
        self._last_id = last
        self._last_row: int | None = None
        self._database = database
        self._tasks = tasks
        self._on_end = on_end
        self._reading = False
        self._more = False
        self._paused = False
        self._ended = False
        self._late: list[Line] = []  # told while the history is read
        self._missed: int | None = None  # the first of those told while the reader was slow
        self._written: OrderedDict[int, None] = OrderedDict()
        self._deaf = [
            signals.listen(chat.topic(address), self._told),
            signals.listen(sessions.ENDED, self._session_ended),
        ]
        self._comments = LoopingCall(self._comment)
        self._comments.clock = reactor

    def start(self) -> None:
        """Write the history, then what comes."""
        request = self._request
        request.write(b"retry: %d\n\n" % RETRY)
        _gone = request.notifyFinish().addBoth(lambda _: self.end())
        request.registerProducer(self, streaming=True)
        _running = self._comments.start(COMMENT, now=False)
        self._read()

    def end(self) -> None:
        """Close the stream."""
        if self._ended:
            return
        self._ended = True
        for deaf in self._deaf:
            deaf()
        if self._comments.running:
            self._comments.stop()
        if not self._request._disconnected and not self._request.finished:  # noqa: SLF001
            self._request.unregisterProducer()
            self._request.finish()
        self._on_end(self)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Write nothing for a while: the reader is slow."""
        self._paused = True
        late, self._late = self._late, []
        for line in late:
            self._miss(line)

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Go on with what was missed."""
        self._paused = False
        self._read()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Do nothing: the reader is gone, and the request says so at once."""

    def _comment(self) -> None:
        if not self._paused:
            self._request.write(b": \n\n")
        self._tasks.spawn(self._look_at_session(), "looking at a session")

    async def _look_at_session(self) -> None:
        """End with a session that another process has ended."""
        if not await self._database.read(_may_read, self._session_id, self._address):
            self._close()

    def _session_ended(self, ended: tuple[int, str]) -> None:
        session_id, address = ended
        if session_id == self._session_id or (
            self._session_id is None and address == self._address
        ):
            self._close()

    def _close(self) -> None:
        """Tell the page that its session is over, and end."""
        if not self._ended:
            self._request.write(b"event: ended\ndata: {}\n\n")
            self.end()

    def _told(self, line: Line) -> None:
        if self._paused:
            self._miss(line)
        elif self._reading:
            self._late.append(line)
        else:
            self._write(line)

    def _miss(self, line: Line) -> None:
        """Leave a line to the history, which is read from there when the reader goes on."""
        self._missed = line.id if self._missed is None else min(self._missed, line.id)

    def _write(self, line: Line) -> None:
        """Write a line, once. A faster twin's line may have a greater number and come first."""
        if line.id in self._written:
            return
        self._written[line.id] = None
        if len(self._written) > BATCH:
            self._written.popitem(last=False)
        self._last_row = max(self._last_row or 0, line.id)
        self._request.write(encode(line))

    def _read(self) -> None:
        self._more = True
        if not self._reading and not self._ended:
            self._reading = True
            self._tasks.spawn(self._catch_up(), "reading chat history")

    async def _catch_up(self) -> None:
        try:
            while self._more and not self._paused and not self._ended:
                self._more = False
                if self._missed is not None and self._last_row is not None:
                    self._last_row = min(self._last_row, self._missed - 1)
                self._missed = None
                found = await self._database.read(
                    _history, self._address, self._last_row, self._last_id, self._session_id
                )
                if found is None:
                    self._close()
                if found is None or self._ended:
                    return
                lines, start = found
                self._last_id = None
                self._last_row = start if self._last_row is None else self._last_row
                for line in lines:
                    self._write(line)
                self._more = self._more or len(lines) == BATCH
            late, self._late = self._late, []
            if not self._paused:
                for line in late:
                    self._write(line)
        except Unavailable:  # the page comes back by itself
            self.end()
        except Exception:
            self.end()
            raise
        finally:
            self._reading = False


def _history(
    tx: Tx, address: str, last_row: int | None, last_id: str | None, session_id: int | None
) -> tuple[list[Line], int] | None:
    """Return the lines that a stream has not written, and the row to count on from.

    None where its session ended after it was asked for and before it began to listen.
    """
    if not _may_read(tx, session_id, address):
        return None
    if last_row is None and last_id is not None:
        last_row = chat.row_of(tx, address, last_id)
    if last_row is None:
        lines = chat.after(tx, address, None, limit=LAST)
        return lines, 0
    return chat.after(tx, address, last_row, limit=BATCH), last_row
