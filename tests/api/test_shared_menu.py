"""The menu of a user in memcached, as two server nodes have it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from awt.api import catalogue
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName
from awt.api.registry import Nothing
from awt.local import LocalCache
from awt.shared import PAUSE, SharedCache
from awt.testing.databases import Databases
from awt.testing.memcached import Memcached
from awt.testing.talk import World

WEBTEST = ServiceName(short_name="webtest")


class Nodes:
    """Two server nodes over one database and one memcached, which only this test uses."""

    def __init__(self, url: str, memcached: Memcached, stack: ExitStack) -> None:
        self.memcached = memcached
        self.now = 0.0
        self._caches = [
            SharedCache(
                servers=[memcached.address],
                prefix="menu",
                local=LocalCache(now=lambda: self.now),
                now=lambda: self.now,
                wait=1.0,
            )
            for _ in range(2)
        ]
        self.one, self.other = [
            stack.enter_context(World(url, cache=cache)) for cache in self._caches
        ]
        for cache in self._caches:
            stack.callback(cache.close)
        self.one.member("jabber", "ann@example.org")
        user = self.one.user("jabber", "ann@example.org")
        assert user is not None
        self.ann = Caller(who=Who.USER, user_id=user.id, session_id=1)

    def menus(self) -> list[list[str]]:
        """Return the menu as each node shows it."""
        found = [node.run(catalogue.menu, self.ann, Nothing()) for node in (self.one, self.other)]
        return [[line.short_name for line in menu.services] for menu in found]

    @contextmanager
    def away(self, how: str) -> Iterator[None]:
        """Have memcached away; afterwards the nodes ask it again."""
        getattr(self.memcached, how)()
        yield
        self.memcached.start() if how == "kill" else self.memcached.thaw()
        self.now += PAUSE


@pytest.fixture
def nodes(databases: Databases) -> Iterator[Nodes]:
    with ExitStack() as stack:
        url = stack.enter_context(databases.sqlite())
        yield Nodes(url, stack.enter_context(Memcached()), stack)


def test_a_change_at_one_node_is_seen_at_the_other_at_once(nodes: Nodes) -> None:
    assert nodes.menus() == [["base"]] * 2
    nodes.one.run(catalogue.add_service, nodes.ann, WEBTEST)
    assert nodes.menus() == [["base", "webtest"]] * 2
    nodes.other.run(catalogue.delete_service, nodes.ann, WEBTEST)
    assert nodes.menus() == [["base"]] * 2


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_a_change_without_memcached_is_seen_where_it_was_made_and_everywhere_once_that_is_back(
    nodes: Nodes, how: str
) -> None:
    nodes.one.run(catalogue.add_service, nodes.ann, WEBTEST)
    assert nodes.menus() == [["base", "webtest"]] * 2
    with nodes.away(how):
        nodes.one.run(catalogue.delete_service, nodes.ann, WEBTEST)
        assert nodes.menus()[0] == ["base"]
    assert nodes.menus() == [["base"]] * 2
