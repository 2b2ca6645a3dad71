"""Why a page did not load, where the browser also looked for things of its own."""

import pytest

from awt.egress import EgressPolicy
from awt.executor.engines.problems import checked_status, not_loaded
from awt.executor.engines.surface import Failed
from awt.executor.forwarding import Problem
from awt.executor.proxy import FilterPort
from tests.executor.sites import reactor

PAGE = "http://shop.example/"
ITS_OWN = Problem("dns", "no such name", host="accounts.example")
OF_PAGE = Problem(
    "refused_address", "10.0.0.1", "test.allow_private_addresses", host="Shop.example"
)


def port(*problems: Problem) -> FilterPort:
    found = FilterPort(reactor=reactor, policy=EgressPolicy())
    found.problems.extend(problems)
    return found


def test_what_a_browser_wants_for_itself_is_not_the_reason() -> None:
    failed = not_loaded("net::ERR_TOO_MANY_REDIRECTS", port(ITS_OWN), PAGE)
    assert failed.reason == "too_many_redirects"
    with pytest.raises(Failed) as caught:
        checked_status(502, port(ITS_OWN), PAGE)
    assert (caught.value.reason, caught.value.detail) == ("http_status", "502")


def test_what_the_proxy_says_of_the_page_is_the_reason() -> None:
    failed = not_loaded("net::ERR_EMPTY_RESPONSE", port(OF_PAGE, ITS_OWN), PAGE)
    assert (failed.reason, failed.detail) == ("refused_address", "10.0.0.1")
    with pytest.raises(Failed) as caught:
        checked_status(502, port(OF_PAGE, ITS_OWN), PAGE)
    assert caught.value.reason == "refused_address"


def test_where_the_proxy_made_no_connection_it_may_have_been_for_where_a_redirect_led() -> None:
    failed = not_loaded("net::ERR_TUNNEL_CONNECTION_FAILED", port(OF_PAGE), "http://other.example/")
    assert failed.reason == "refused_address"
