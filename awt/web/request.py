"""A request whose body is bounded while it is read."""

import re
from typing import Any, Final

from twisted.web.http import parse_qs
from twisted.web.server import Request

from awt.errors import Refused, bad_field

BODY: Final = 256 * 1024
"""Largest body, in bytes."""
OF_NODES: Final = 2 * 1024 * 1024 + 1024
"""Largest body of what nodes send: a screenshot, the results of a long test."""
_OF_NODES: Final = (b"/api/tasks/", b"/api/FinishTask", b"/api/Heartbeat")
FIELDS: Final = 50
"""Most fields of a form; none of ours has as many, and to read them takes the reactor's time."""
PATIENCE: Final = 64 * 1024 * 1024
"""Bytes beyond which we stop listening to a body that is too large."""
_TOKEN: Final = re.compile(rb"^/+shared/+[^/]*", re.IGNORECASE)


class BoundedRequest(Request):
    """Keeps no more of a body than allowed; ``too_large`` says that there was more."""

    too_large = False
    _received = 0
    _most = BODY

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Note a length that is announced; what is larger gets no room."""
        path = getattr(self.channel, "_path", b"")  # no other has it before the headers are over
        self._most = OF_NODES if path.startswith(_OF_NODES) else BODY
        self.too_large = length is not None and length > self._most
        super().gotLength(0 if self.too_large else length)  # type: ignore[no-untyped-call]

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep a part of the body while there is room."""
        self._received += len(data)
        if self._received > self._most:
            self.too_large = True
        if self.too_large:
            if self._received > PATIENCE:
                self.channel.loseConnection()
            return
        super().handleContentChunk(data)  # type: ignore[no-untyped-call]

    def getRequestHostname(self) -> bytes:  # noqa: N802 - Twisted's name
        """Return a name for the router, which would fail at many that are sent; no page hangs on it."""
        return b"site"

    def finish(self) -> None:
        """End the answer, unless it has ended or nobody hears it any more."""
        if not self._disconnected and not self.finished:
            super().finish()  # type: ignore[no-untyped-call]

    def write(self, data: bytes) -> Any:
        """Write nothing once the other side is gone, or the answer is complete."""
        return None if self._disconnected or self.finished else super().write(data)  # type: ignore[no-untyped-call]


def shown_path(request: Any) -> str:
    """Return the path of a request as logs may have it: without the token of a link that is shared.

    The tokens of all other links stand in the query, which no log has.
    """
    return _TOKEN.sub(b"/shared/***", request.path).decode("ascii", "replace")


def check_size(request: Any) -> None:
    """Refuse a request whose body was larger than we keep: ``too_large``."""
    if request.too_large:
        raise Refused("too_large", most=request._most)  # noqa: SLF001 - ours


def read_form(request: Any) -> None:
    """Put the fields of a form that was sent to those of the query. Errors: ``bad_request``.

    Twisted would do it for every request, whatever its size, and for kinds that no form of ours has.
    """
    kind = (request.getHeader(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind != b"application/x-www-form-urlencoded":
        return
    body = request.content.read()
    if body.count(b"&") + body.count(b";") >= FIELDS:
        raise bad_field("$", "many")
    request.args.update(parse_qs(body, keep_blank_values=True))
