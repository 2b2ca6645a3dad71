"""A request whose body is bounded while it is read."""

from typing import Any, Final

from twisted.web.server import Request

BODY: Final = 256 * 1024
"""Largest body, in bytes."""
PATIENCE: Final = 64 * 1024 * 1024
"""Bytes beyond which we stop listening to a body that is too large."""


class BoundedRequest(Request):
    """Keeps no more of a body than allowed; ``too_large`` says that there was more."""

    too_large = False
    _received = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Note a length that is announced; what is larger gets no room."""
        self.too_large = length is not None and length > BODY
        super().gotLength(0 if self.too_large else length)  # type: ignore[no-untyped-call]

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keep a part of the body while there is room."""
        self._received += len(data)
        if self._received > BODY:
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
