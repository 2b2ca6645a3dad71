"""One node for all tests of the site, and people who come to it from networks of their own."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator

import pytest

from awt.testing.site import Browser, RunningNode

Someone = Callable[..., Browser]


@pytest.fixture(scope="session")
def node() -> Iterator[RunningNode]:
    """The node; nothing that a test does to it may end in a traceback."""
    with RunningNode(WEB_BEHIND_PROXY="true", REMOTE_HOSTS="shop.example") as running:
        yield running
        assert "Traceback" not in running.log, running.log[-5000:]


@pytest.fixture(scope="session")
def _networks() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def someone(node: RunningNode, _networks: Iterator[int]) -> Someone:
    """Make a browser that was never here, in a network that nobody else is in."""

    def make(language: str = "en", **headers: str) -> Browser:
        number = next(_networks)
        address = f"10.{number // 256}.{number % 256}.7"
        return node.browser(language=language, headers={"X-Forwarded-For": address, **headers})

    return make


@pytest.fixture
def visitor(someone: Someone) -> Browser:
    """Somebody without an account."""
    return someone()


@pytest.fixture
def member(someone: Someone) -> Browser:
    """Somebody with an account, signed in, without a login name or password."""
    browser = someone()
    browser.join()
    return browser


@pytest.fixture
def sql(node: RunningNode) -> Callable[[str], None]:
    """Run a statement in the database behind the node's back."""

    def run(statement: str) -> None:
        with sqlite3.connect(node.database, timeout=20) as connection:
            connection.execute(statement)
        connection.close()

    return run
