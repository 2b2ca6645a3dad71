"""The caches that keep to the contract."""

from collections.abc import Iterator

import pytest

from awt.local import LocalCache
from awt.ports import Cache
from awt.shared import SharedCache
from awt.testing.memcached import Memcached
from awt.testing.process import PATIENCE, until
from tests.contract.cache import CacheContract


class TestLocalCache(CacheContract):
    def cache(self) -> Cache:
        return LocalCache()


class TestSharedCache(CacheContract):
    @pytest.fixture(autouse=True)
    def _server(self, memcached: Memcached) -> Iterator[None]:
        self.shared = SharedCache(
            servers=[memcached.address], prefix="test", local=LocalCache(), wait=20
        )
        yield
        until(lambda: not self.shared.away(), seconds=PATIENCE, what="an answer in time")
        self.shared.close()

    def cache(self) -> Cache:
        return self.shared
