"""Counters that nodes share: what holds when memcached is down, hangs, comes back, forgets."""

import time
import uuid
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from awt.local import LocalCache
from awt.shared import PAUSE, Server, SharedCache
from awt.testing.memcached import Memcached
from awt.testing.ports import free_port

HOUR = 3600
PATIENT = 20.0
"""Seconds that a server which answers may take, on a machine that does much else."""
HASTY = 0.5
"""The same where the server hangs, and each of them is waited for."""


class Nodes:
    """Two nodes with one memcached, and the clock of their circuits."""

    def __init__(self, *servers: str, wait: float = PATIENT) -> None:
        self.clock = Clock()
        self.a, self.b = (
            SharedCache(
                servers=servers,
                prefix="test",
                local=LocalCache(),
                now=self.clock.seconds,
                wait=wait,
            )
            for _ in "ab"
        )

    def close(self) -> None:
        self.a.close()
        self.b.close()


@pytest.fixture
def server() -> Iterator[Memcached]:
    with Memcached() as running:
        yield running


@pytest.fixture
def nodes(server: Memcached) -> Iterator[Nodes]:
    made = Nodes(server.address)
    yield made
    made.close()


@pytest.fixture
def hasty(server: Memcached) -> Iterator[Nodes]:
    """Nodes that wait for a server that hangs no longer than a test may."""
    made = Nodes(server.address, wait=HASTY)
    yield made
    made.close()


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


def times(cache: SharedCache, key: str, number: int) -> list[int]:
    return [cache.increment(key, seconds=HOUR) for _ in range(number)]


class Contested(deque[Any]):
    """Connections that other threads take between a look and a grip."""

    def __len__(self) -> int:
        return 1


def test_connections_that_other_threads_take_are_theirs() -> None:
    server = Server("127.0.0.1:1", now=Clock().seconds)
    server._idle = Contested()
    server.close()


def test_two_nodes_count_together(nodes: Nodes, key: str) -> None:
    assert times(nodes.a, key, 3) == [1, 2, 3]
    assert times(nodes.b, key, 2) == [4, 5]
    assert nodes.a.count(key) == 5
    nodes.b.set(key + "v", "1", seconds=HOUR)
    assert nodes.a.get(key + "v") == "1"


def test_installations_with_another_prefix_count_apart(server: Memcached, key: str) -> None:
    one, other = (
        SharedCache(servers=[server.address], prefix=prefix, local=LocalCache(), wait=PATIENT)
        for prefix in ("one", "other")
    )
    assert times(one, key, 2) == [1, 2]
    assert times(other, key, 1) == [1]
    one.close()
    other.close()


def test_a_server_that_is_down_takes_no_count_away(
    server: Memcached, nodes: Nodes, key: str
) -> None:
    times(nodes.a, key, 7)
    assert times(nodes.b, key, 1) == [8]
    server.kill()
    assert times(nodes.a, key, 1) == [8], "what it had counted itself, and one more"
    assert times(nodes.b, key, 1) == [9], "what it had seen, and one more"
    assert nodes.b.count(key) == 9
    nodes.b.set(key + "v", "1", seconds=HOUR)
    assert nodes.b.get(key + "v") == "1"
    nodes.b.delete(key + "v")
    assert nodes.b.get(key + "v") is None
    assert nodes.a.away() == [server.address]


def test_what_was_renewed_without_a_server_is_afterwards_what_nobody_saw(
    server: Memcached, nodes: Nodes, key: str
) -> None:
    server.kill()
    nodes.a.renew(key, seconds=HOUR)
    old = nodes.a.get(key)
    assert old == nodes.a.get(key), "while there is no server it stays"
    server.start()
    nodes.b.renew(key, seconds=HOUR)
    theirs = nodes.b.get(key)
    nodes.clock.advance(PAUSE)
    new = nodes.a.get(key)
    assert len({None, old, theirs, new}) == 4
    assert nodes.b.get(key) == nodes.a.get(key) == new


def test_what_is_renewed_late_ends_at_its_time(server: Memcached, key: str) -> None:
    clock = Clock()
    late = SharedCache(
        servers=[server.address],
        prefix="test",
        local=LocalCache(now=clock.seconds),
        now=clock.seconds,
        wait=PATIENT,
    )
    server.kill()
    late.renew(key, seconds=HOUR)
    server.start()
    clock.advance(HOUR - 0.5)
    assert late.get(key)
    place, name = late._place(key)
    answer = place.ask(lambda client: client.raw_command(f"mg {name} t", "\r\n"))
    assert answer in {b"HD t1", b"HD t0", b"EN"}, "not -1, which is never"
    late.close()


def test_a_server_that_never_was_there_limits_as_one_that_is(key: str) -> None:
    nodes = Nodes(f"127.0.0.1:{free_port()}")
    assert times(nodes.a, key, 5) == [1, 2, 3, 4, 5]


def test_a_server_that_begins_anew_is_told_what_was_counted_for_a_while(
    server: Memcached, nodes: Nodes, key: str
) -> None:
    clock = Clock()
    old = SharedCache(
        servers=[server.address],
        prefix="test",
        local=LocalCache(now=clock.seconds),
        wait=PATIENT,
    )
    times(old, key, 7)
    clock.advance(10)
    server.restart()
    assert times(old, key, 1) == [8]
    assert times(nodes.b, key, 1) == [9]
    old.close()


def test_only_the_first_call_waits_for_a_server_that_hangs(
    server: Memcached, hasty: Nodes, key: str
) -> None:
    times(hasty.a, key, 1)
    server.freeze()
    began = time.monotonic()
    assert times(hasty.a, key, 100) == list(range(2, 102))
    took = time.monotonic() - began
    assert took >= HASTY
    assert took < 50 * HASTY, "a hundred would have waited 100 times"
    server.thaw()


def test_one_call_tries_a_server_again_when_the_pause_is_over(
    server: Memcached, hasty: Nodes, nodes: Nodes, key: str
) -> None:
    server.freeze()
    times(hasty.a, key, 1)
    hasty.clock.advance(PAUSE)
    began = time.monotonic()
    times(hasty.a, key, 1)
    assert time.monotonic() - began >= HASTY
    times(hasty.a, key, 1)
    server.thaw()
    assert times(nodes.b, key, 1)[0] <= 3, "what hung may have been done, or not"
    hasty.clock.advance(PAUSE)
    assert times(hasty.a, key, 1) == [4]
    assert nodes.b.count(key) >= 2, "and it counts with the others again"


def test_counts_of_a_server_that_hung_are_never_below_those_of_here(
    server: Memcached, hasty: Nodes, key: str
) -> None:
    times(hasty.a, key, 2)
    server.freeze()
    times(hasty.a, key, 5)
    server.thaw()
    hasty.clock.advance(PAUSE)
    assert hasty.a.count(key) == 7
    assert times(hasty.a, key, 1) == [8]


def test_a_restart_is_not_even_noticed(server: Memcached, nodes: Nodes, key: str) -> None:
    times(nodes.a, key, 3)
    server.restart()
    assert nodes.a.away() == []
    assert times(nodes.a, key, 1) == [4]
    assert nodes.b.count(key) > 0


def test_each_key_has_its_server_whoever_else_is_down(server: Memcached) -> None:
    with Memcached() as other:
        nodes = Nodes(server.address, other.address)
        keys = [str(uuid.uuid4()) for _ in range(40)]
        for key in keys:
            assert times(nodes.a, key, 1) == [1]
        other.kill()
        together = [key for key in keys if times(nodes.b, key, 1) == [2]]
        assert 0 < len(together) < len(keys)
        other.start()
        assert all(nodes.a.count(key) == 2 for key in together)
        assert nodes.a.away() == []
        nodes.close()


def test_an_answer_that_is_none_is_a_server_that_is_away(mute: str, key: str) -> None:
    nodes = Nodes(mute)
    assert times(nodes.a, key, 2) == [1, 2]
    assert nodes.a.count(key) == 2
    assert nodes.a.get(key + "x") is None
    nodes.close()


@pytest.fixture
def mute(server: Memcached, key: str) -> str:
    """A memcached that has something else than a number where we count."""
    cache = SharedCache(servers=[server.address], prefix="test", local=LocalCache())
    cache.set(key, "no number", seconds=HOUR)
    cache.close()
    return server.address
