"""The way to the broker over TLS."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.amqp.factory import make_bus
from awt.amqp.link import Address
from awt.local import clock
from awt.testing.certificate import make_certificate
from awt.testing.process import PATIENCE
from awt.testing.rabbitmq import RabbitMQ
from tests.amqp.wire import open_connection, reactor, sleep


class Tls(TestCase):
    timeout = 120

    @pytest.fixture(autouse=True)
    def _server(self, tmp_path: Path) -> Iterator[None]:
        pem = make_certificate(tmp_path / "server.pem")
        self.ca_file = str(pem)
        with RabbitMQ(certificate=pem) as server:
            plain = server.vhost()
            self.url = plain.replace("amqp://", "amqps://").replace(
                f"127.0.0.1:{server.port}", f"localhost:{server.tls_port}"
            )
            yield

    async def test_a_trusted_broker_is_used_and_another_is_not(self) -> None:
        amqp = make_bus(
            url=self.url, ca_file=self.ca_file, reactor=reactor, clock=clock, may=_nobody
        )
        address = Address.parse(self.url, ca_file=self.ca_file)
        connection = await open_connection(address)
        channel = await connection.open_channel(confirms=True)
        await channel.queue_declare(queue="q", durable=True)
        await channel.publish(exchange="", key="q", body=b"x" * 300_000, properties={})
        got = await channel.get("q")
        assert got is not None
        self.assertEqual(len(got.body), 300_000)
        await connection.finish(seconds=2)
        await connection.disconnected.wait()
        amqp.start()
        while not amqp.bus.ready:
            await sleep(0.02)
        await amqp.stop()
        with self.assertRaises(Exception) as caught:
            opening = Deferred.fromCoroutine(open_connection(attrs.evolve(address, ca_file="")))
            await opening.addTimeout(PATIENCE, reactor)
        self.assertIn("certificate verify failed", repr(caught.exception))


async def _nobody(_user: str, _message: object) -> bool:
    return False
