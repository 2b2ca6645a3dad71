"""The bus over RabbitMQ keeps to the contract."""

from collections.abc import Iterator

import pytest
from twisted.trial.unittest import TestCase

from awt.testing.databases import Databases
from awt.testing.rabbitmq import RabbitMQ
from tests.contract.amqp import AmqpLife
from tests.contract.bus import BusContract


class AmqpOnSqlite(BusContract, TestCase):
    life: type[AmqpLife]

    @pytest.fixture(autouse=True)
    def _servers(self, databases: Databases, rabbitmq: RabbitMQ) -> Iterator[None]:
        self.__class__.life = type("Life", (AmqpLife,), {"broker_url": rabbitmq.vhost()})
        with databases.sqlite() as self.url:
            yield
