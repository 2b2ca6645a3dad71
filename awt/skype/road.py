"""The road to a compatible server: every request goes to the operator's address and nowhere else.

SkPy names the hosts of the network that was closed, in constants and in what a server answers. Here a
request for ``https://HOST/PATH`` goes to ``BASE/HOST/PATH``, redirections included, each within a time:
SkPy itself sets no timeout, and its registration asks for ever where the answers make no sense.
"""

import threading
import time
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

CONNECT: Final = 5.0
"""Seconds in which a connection has to be there."""
ANSWER: Final = 10.0
"""Seconds that an operation may take, all its requests together."""
POLL: Final = 45.0
"""The same for a poll, which the server holds for about 30."""
REQUESTS: Final = 12
"""Requests that one operation may make: signing in needs six."""


BODY: Final = 4 * 1024 * 1024
"""Bytes of an answer; more are of no server that means well."""
_CHUNK: Final = 65536


class TooMuch(requests.RequestException):
    """An operation went round in circles, took too long, or its answer has no end."""


class Road(HTTPAdapter):
    """Sends the requests of one account to one server."""

    def __init__(self, base_url: str) -> None:
        super().__init__(pool_maxsize=8)
        self._base = base_url.rstrip("/") + "/"
        self._operation = threading.local()

    def begin(self, seconds: float) -> None:
        """Begin an operation of this thread: all its requests together have that long."""
        self._operation.ends = time.monotonic() + seconds
        self._operation.requests = 0

    def send(self, request: Any, *args: Any, **settings: Any) -> Any:
        """Send a request, to the server and in time; return its answer, read to the end."""
        if not request.url.startswith(self._base):
            request.url = self._base + request.url.partition("://")[2]
        count = self._operation.requests = self._operation.requests + 1
        if count > REQUESTS:
            raise TooMuch(f"sends us round in circles, {REQUESTS} requests long", request=request)
        left = self._left(request)
        settings["timeout"] = (min(CONNECT, left), left)
        answer = super().send(request, *args, **settings)
        try:
            answer._content = self._body(answer.raw, request)  # noqa: SLF001 - what has been read
        except HTTPError as error:
            raise requests.ConnectionError(error, request=request) from error
        except TooMuch:
            answer.close()
            raise
        return answer

    def _body(self, raw: Any, request: Any) -> bytes:
        """Return what comes; `iter_content` waits for whole chunks, for ever where it comes in drops."""
        body = bytearray()
        while chunk := raw.read1(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > BODY:
                raise TooMuch("answers without an end", request=request)
            self._left(request)
        return bytes(body)

    def _left(self, request: Any) -> float:
        left: float = self._operation.ends - time.monotonic()
        if left <= 0:
            raise TooMuch("does not answer in time", request=request)
        return left
