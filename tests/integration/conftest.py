"""One suite for all tests of this folder that want it, at servers that they may kill."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from attrs import asdict

from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.suite import SERVICES, Suite
from tests.integration.rows import FAULT, Row

READERS = "readers"
"""Component of the Jabber server for people without a client of their own."""


@pytest.fixture(scope="package")
def suite() -> Iterator[Suite]:
    """The suite of this folder; whoever kills one of its servers leaves it in order."""
    with ExitStack() as stack:
        yield stack.enter_context(
            Suite(
                mariadb=stack.enter_context(MariaDB()),
                rabbitmq=stack.enter_context(RabbitMQ()),
                prosody=stack.enter_context(Prosody(services=(*SERVICES, READERS))),
                memcached=stack.enter_context(Memcached()),
                LIMITS_REGISTRATIONS_PER_HOUR="1000000",
                LIMITS_CALLS_PER_MINUTE="1000000",
                LIMITS_MESSAGES_PER_MINUTE="1000",
                LIMITS_NEWS_PER_SECOND="100",
            )
        )


@pytest.fixture
def rows(record_property: Callable[[str, object], None]) -> Iterator[list[Row]]:
    """The rows of the table of faults, which is printed at the end of the run."""
    found: list[Row] = []
    yield found
    for row in found:
        record_property(FAULT, asdict(row))
