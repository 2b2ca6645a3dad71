"""The buses that keep to the contract."""

from collections.abc import Iterator

import pytest
from twisted.trial.unittest import TestCase

from awt.testing.databases import Databases
from tests.contract.bus import BusContract, InProcessLife, Life, World


class InProcessOnSqlite(BusContract, TestCase):
    def life(self, world: World) -> Life:
        return InProcessLife(world)

    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.sqlite() as self.url:
            yield


class InProcessOnMariaDB(BusContract, TestCase):
    def life(self, world: World) -> Life:
        return InProcessLife(world)

    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.mariadb() as self.url:
            yield
