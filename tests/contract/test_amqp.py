"""The bus over RabbitMQ keeps to the contract."""

from collections.abc import Iterator

import pytest
from twisted.trial.unittest import TestCase

from awt.testing.databases import Databases
from awt.testing.rabbitmq import RabbitMQ
from tests.contract.amqp import AmqpLife
from tests.contract.bus import BusContract, Life, World


class AmqpOnSqlite(BusContract, TestCase):
    def life(self, world: World) -> Life:
        return AmqpLife(world, broker=self.broker)

    @pytest.fixture(autouse=True)
    def _servers(self, databases: Databases, rabbitmq: RabbitMQ) -> Iterator[None]:
        self.broker = rabbitmq.vhost()
        with databases.sqlite() as self.url:
            yield


class AmqpOnMariaDB(AmqpOnSqlite):
    @pytest.fixture(autouse=True)
    def _servers(self, databases: Databases, rabbitmq: RabbitMQ) -> Iterator[None]:
        self.broker = rabbitmq.vhost()
        with databases.mariadb() as self.url:
            yield
