"""What every cache does, whoever keeps it."""

import threading
import time
import uuid
from abc import ABC, abstractmethod

import pytest

from awt.ports import Cache
from awt.testing.process import PATIENCE, until

STRANGE = ("a b", "é☃", "x" * 300, "\r\nflush_all\r\n", "\udcff", "a\0b")
"""Names that memcached takes for no name."""
SECONDS = 60


class CacheContract(ABC):
    """Held by each kind of cache; `cache` makes one that nobody has used."""

    @abstractmethod
    def cache(self) -> Cache:
        """Return a cache of the kind."""

    @pytest.fixture
    def kept(self) -> Cache:
        return self.cache()

    @pytest.fixture
    def key(self) -> str:
        return str(uuid.uuid4())

    def test_a_counter_counts_from_one(self, kept: Cache, key: str) -> None:
        assert kept.count(key) == 0
        assert [kept.increment(key, seconds=SECONDS) for _ in range(3)] == [1, 2, 3]
        assert kept.count(key) == 3
        assert kept.increment(key + "x", seconds=SECONDS) == 1

    def test_a_counter_ends_its_time_after_its_first(self, kept: Cache, key: str) -> None:
        began = time.monotonic()
        counts = [kept.increment(key, seconds=2)]

        def begins_anew() -> bool:
            counts.append(kept.increment(key, seconds=2))
            return counts[-1] < counts[-2]

        until(begins_anew, seconds=PATIENCE, what="the end of a counter that is counted")
        assert time.monotonic() - began > 0.9

    def test_what_is_deleted_is_gone(self, kept: Cache, key: str) -> None:
        kept.increment(key, seconds=SECONDS)
        kept.delete(key)
        assert kept.count(key) == 0
        assert kept.increment(key, seconds=SECONDS) == 1
        kept.set(key + "x", "one", seconds=SECONDS)
        kept.delete(key + "x")
        assert kept.get(key + "x") is None

    def test_a_value_is_the_last_that_was_set_until_its_time_is_up(
        self, kept: Cache, key: str
    ) -> None:
        assert kept.get(key) is None
        kept.set(key, "one", seconds=SECONDS)
        kept.set(key, "два\r\n\0", seconds=SECONDS)
        assert kept.get(key) == "два\r\n\0"
        kept.set(key, "three", seconds=1)
        until(lambda: kept.get(key) is None, seconds=PATIENCE, what="the end of a value")

    def test_a_value_that_is_renewed_is_another_one_each_time(self, kept: Cache, key: str) -> None:
        seen = set()
        for _ in range(3):
            kept.renew(key, seconds=SECONDS)
            assert kept.get(key) == kept.get(key)
            seen.add(kept.get(key))
        assert len(seen - {None, ""}) == 3

    @pytest.mark.parametrize("strange", STRANGE)
    def test_any_text_is_a_key(self, kept: Cache, key: str, strange: str) -> None:
        assert kept.increment(key + strange, seconds=SECONDS) == 1
        assert kept.increment(key + strange, seconds=SECONDS) == 2
        assert kept.count(key) == 0
        kept.set(key + strange + "v", "1", seconds=SECONDS)
        assert kept.get(key + strange + "v") == "1"

    def test_what_many_threads_count_at_once_is_counted_once_each(
        self, kept: Cache, key: str
    ) -> None:
        counted: list[int] = []

        def count() -> None:
            for _ in range(50):
                counted.append(kept.increment(key, seconds=SECONDS))  # noqa: PERF401 - one by one

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert kept.count(key) == 400
        assert max(counted) == 400

    def test_what_works_is_not_away(self, kept: Cache) -> None:
        until(lambda: not kept.away(), seconds=PATIENCE, what="an answer in time")
