"""Whether pages stay as fast with a million users as with a thousand (SQLite)."""

import http.client
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, Self

from awt.testing.site import Browser, RunningNode
from benchmarks.crowd import populate
from benchmarks.measure import Figure, ms, percentile
from benchmarks.people import FREE, PATIENCE

FEW: Final = 1_000
MANY: Final = 1_000_000
READERS: Final = 50
"""Accounts, spread over all, that look at pages."""
TIMES: Final = 400
"""How often each page is asked for."""
PAGES: Final = {"/": False, "/dashboard": True, "/services": True}
"""Paths, and whether one is signed in there."""
RATIO: Final = 1.3
"""Goal for p95, as a multiple."""


def run() -> Iterator[Figure]:
    """Measure. Requests to the small and to the large site take turns."""
    with ExitStack() as stack:
        few = stack.enter_context(CrowdedSite(FEW))
        began = time.perf_counter()
        many = stack.enter_context(CrowdedSite(MANY))
        size = many.node.database.stat().st_size / 1e9
        yield Figure(
            what=f"{MANY:,} users ready",
            found=f"{time.perf_counter() - began:.0f} s, {size:.1f} GB",
        )
        for path, signed_in in PAGES.items():
            pairs = [
                (few.get(path, reader), many.get(path, reader))
                for reader in (n % READERS if signed_in else None for n in range(TIMES))
            ]
            small = percentile([a for a, _ in pairs], 95)
            large = percentile([b for _, b in pairs], 95)
            yield Figure(
                what=f"GET {path}, {'signed in' if signed_in else 'a visitor'}, p95 of {TIMES}",
                found=f"{ms(small)} -> {ms(large)}: {large / small:.2f}",
                goal=f"<= {RATIO}",
                good=large / small <= RATIO,
            )


class CrowdedSite:
    """A node whose database has many users; a context manager that runs it."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.node = RunningNode(**FREE)
        self._tokens: list[str] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=PATIENCE)

    def get(self, path: str, reader: int | None) -> float:
        """Fetch a page as one of the readers, or as a visitor without a cookie; return the seconds."""
        headers = {} if reader is None else {"Cookie": f"awt_session={self._tokens[reader]}"}
        began = time.perf_counter()
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        answer.read()
        spent = time.perf_counter() - began
        assert answer.status == http.client.OK, (path, answer.status, answer.getheaders())
        return spent

    def __enter__(self) -> Self:
        """Let one member live on the node, copy him, and start again."""
        try:
            self.node.start()
            browser = Browser(self.node.url)
            browser.join()
            with browser.events() as events:
                asked = browser.say(f"#check {self.node.url}/faq")
                events.answers(asked)
                events.answers(asked)  # the card, once the test has run
            self.node.terminate()
            self._tokens = populate(self.node.database, count=self._count, readers=READERS)
            self.node.start()
        except BaseException:
            self.node.stop()
            raise
        for path in PAGES:
            self.get(path, 0)
        return self

    def __exit__(self, *_: object) -> None:
        """End the node and remove its files."""
        self._connection.close()
        self.node.stop()
