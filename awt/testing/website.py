"""A website of the test's own, for programs that fetch pages; it may keep them waiting."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from awt.testing.process import PATIENCE, ServerError, until

PAGE: Final = b"<!doctype html><title>A page</title><p>Here it is.</p>"


class _Server(ThreadingHTTPServer):
    """Knows its open connections."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        self.open.discard(request)


class Website:
    """Answers every path of ``url`` with a page, in threads; a context manager.

    ``with website.hold(): ...`` keeps those waiting who come inside; `fetched` waits for them to come.
    ``pages`` are answers to paths of their own, in place of the page. ``asked`` is called, in a thread, with
    the path of each request and the port that it came from, before it is answered.
    """

    def __init__(
        self,
        page: bytes = PAGE,
        *,
        pages: Mapping[str, bytes] | None = None,
        asked: Callable[[str, int], None] | None = None,
    ) -> None:
        self.page = page
        self.pages = pages or {}
        self._asked = asked
        self.paths: list[str] = []
        """What was asked for, in order."""
        self._came = threading.Condition()
        self._held: tuple[str, threading.Event] | None = None
        """What the paths begin with that are not answered, until when."""
        website = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                website._answer(self)

            def handle(self) -> None:
                with suppress(ConnectionError):  # who asked is gone
                    super().handle()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = _Server(Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fetched(self, times: int, *, path: str = "/", seconds: float = PATIENCE) -> None:
        """Wait until pages were asked for this often in all; a ServerError when they are not.

        Only those count whose path begins with ``path``.
        """
        with self._came:
            if not self._came.wait_for(lambda: self._count(path) >= times, timeout=seconds):
                raise ServerError(f"{path} was asked for {self._count(path)} times, not {times}")

    @contextmanager
    def hold(self, path: str = "/") -> Iterator[None]:
        """Answer nobody inside who asks for what begins with ``path``."""
        with self._came:
            self._held = path, threading.Event()
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Answer everybody."""
        with self._came:
            held, self._held = self._held, None
        if held is not None:
            held[1].set()

    def _count(self, path: str) -> int:
        return sum(each.startswith(path) for each in self.paths)

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
        self.release()
        self._server.shutdown()
        self._server.server_close()
        for connection in tuple(self._server.open):
            with suppress(OSError):  # it has ended meanwhile
                connection.shutdown(socket.SHUT_RD)  # nobody asks any more
        until(lambda: not self._server.open, seconds=PATIENCE, what="the end of the last answer")

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        if self._asked is not None:
            self._asked(path, request.client_address[1])
        with self._came:
            self.paths.append(path)
            self._came.notify_all()
            held = self._held
        if held is not None and path.startswith(held[0]):
            held[1].wait(PATIENCE)
        page = self.pages.get(path.partition("?")[0], self.page)
        request.send_response(200)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(page)))
        request.end_headers()
        request.wfile.write(page)
