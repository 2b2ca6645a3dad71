"""What is said of a page that did not load."""

import pytest
from twisted.internet.testing import MemoryReactorClock

from awt.egress import EgressPolicy
from awt.executor.engines.problems import not_loaded
from awt.executor.proxy import FilterPort, Problem


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("net::ERR_TUNNEL_CONNECTION_FAILED", "refused_address"),
        ("net::ERR_EMPTY_RESPONSE at http://a.example/", "refused_address"),
        ("net::ERR_TOO_MANY_REDIRECTS", "too_many_redirects"),
        ("net::ERR_CERT_DATE_INVALID", "tls"),
        ("", "refused_address"),
    ],
)
def test_the_proxy_is_heard_only_where_the_browser_cannot_know_why(said: str, reason: str) -> None:
    port = FilterPort(reactor=MemoryReactorClock(), policy=EgressPolicy())
    port.problems.append(Problem("refused_address", "10.0.0.1", "allow_private_addresses"))
    assert not_loaded(said, port, "http://a.example/").reason == reason
