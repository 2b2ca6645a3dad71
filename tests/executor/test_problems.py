"""What is said of a page that did not load."""

import pytest
from twisted.internet.testing import MemoryReactorClock

from awt.egress import EgressPolicy
from awt.executor.engines.problems import not_loaded
from awt.executor.forwarding import Problem
from awt.executor.proxy import FilterPort


@pytest.mark.parametrize(
    ("said", "host", "reason"),
    [
        ("net::ERR_TUNNEL_CONNECTION_FAILED", "a.example", "refused_address"),
        ("net::ERR_TUNNEL_CONNECTION_FAILED", "b.example", "refused_address"),
        ("net::ERR_EMPTY_RESPONSE at http://a.example/", "a.example", "refused_address"),
        ("", "a.example", "refused_address"),
        ("net::ERR_TOO_MANY_REDIRECTS", "b.example", "too_many_redirects"),
        ("net::ERR_CERT_DATE_INVALID", "b.example", "tls"),
    ],
)
def test_what_the_browser_looked_for_besides_is_not_to_blame(
    said: str, host: str, reason: str
) -> None:
    port = FilterPort(reactor=MemoryReactorClock(), policy=EgressPolicy())
    port.problems.append(
        Problem("refused_address", "10.0.0.1", "test.allow_private_addresses", host=host)
    )
    assert not_loaded(said, port, "http://a.example/").reason == reason
