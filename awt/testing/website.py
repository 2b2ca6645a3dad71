"""A website of the test's own, for programs that fetch pages; it may keep them waiting."""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from awt.testing.process import ServerError

PAGE: Final = b"<!doctype html><title>A page</title><p>Here it is.</p>"
PATIENCE: Final = 30.0
"""Seconds to wait for somebody who fetches a page."""


class Website:
    """Answers every path of ``url`` with a page, in threads; a context manager.

    ``with website.hold(): ...`` keeps those waiting who come inside; `fetched` waits for them to come.
    """

    def __init__(self, page: bytes = PAGE) -> None:
        self.page = page
        self.paths: list[str] = []
        """What was asked for, in order."""
        self._came = threading.Condition()
        self._open = threading.Event()
        self._open.set()
        website = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                website._answer(self)

            def handle(self) -> None:
                with suppress(ConnectionError):  # who asked is gone
                    super().handle()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fetched(self, times: int, *, seconds: float = PATIENCE) -> None:
        """Wait until pages were asked for this often in all; a ServerError when they are not."""
        with self._came:
            if not self._came.wait_for(lambda: len(self.paths) >= times, timeout=seconds):
                raise ServerError(f"{self.url} was asked {len(self.paths)} times, not {times}")

    def hold(self) -> "Hold":
        """Return a context in which nobody is answered."""
        return Hold(self._open)

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="website", daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        with self._came:
            self.paths.append(request.path)
            self._came.notify_all()
        self._open.wait(PATIENCE)
        request.send_response(200)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(self.page)))
        request.end_headers()
        request.wfile.write(self.page)


class Hold:
    """Closes a website for as long as it is entered."""

    def __init__(self, gate: threading.Event) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        self._gate.clear()

    def __exit__(self, *_: object) -> None:
        self._gate.set()
