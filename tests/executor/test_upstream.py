"""What the action `proxy` may name."""

import pytest

from awt.executor.upstream import BadProxy, Upstream, upstream_of

PROXIES = {"us": "http://me:w%40rd@p1.example:8080", "default": "10.0.0.9:3128"}


@pytest.mark.parametrize(
    ("region", "data", "found"),
    [
        ("us", "", Upstream(host="p1.example", port=8080, credentials="me:w@rd", trusted=True)),
        ("default", "", Upstream(host="10.0.0.9", port=3128, trusted=True)),
        ("custom", "proxy.example:1080", Upstream(host="proxy.example", port=1080)),
        ("custom", "http://proxy.example", Upstream(host="proxy.example", port=3128)),
        ("custom", "[2001:db8::1]:80", Upstream(host="2001:db8::1", port=80)),
        ("custom", " ", None),
    ],
)
def test_a_region_is_the_operators_and_custom_is_the_tests_own(
    region: str, data: str, found: Upstream | None
) -> None:
    assert upstream_of(region, data, PROXIES) == found


def test_without_an_entry_default_is_straight() -> None:
    assert upstream_of("default", "", {}) is None


@pytest.mark.parametrize(
    ("region", "data", "reason"),
    [
        ("fr", "", "unknown_region"),
        ("custom", "http://proxy.example/proxy.pac", "unsupported"),
        ("custom", "proxy.example/x", "unsupported"),
        ("custom", "socks5://proxy.example:1", "unsupported"),
        ("custom", "proxy.example:0", "bad_proxy"),
        ("custom", "proxy.example:99999", "bad_proxy"),
        ("custom", ":80", "bad_proxy"),
    ],
)
def test_what_is_no_proxy_is_refused_with_a_reason(region: str, data: str, reason: str) -> None:
    with pytest.raises(BadProxy) as caught:
        upstream_of(region, data, PROXIES)
    assert caught.value.reason == reason


def test_the_password_of_a_proxy_is_not_shown() -> None:
    found = upstream_of("us", "", PROXIES)
    assert "w@rd" not in repr(found)
