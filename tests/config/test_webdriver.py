"""The endpoint of browsers elsewhere: what has to be said, so that nobody is surprised by what tests reach."""

import pytest

from awt.config import load
from awt.errors import ConfigError

GRID = "http://grid.example:4444"


def problems(**values: str) -> list[str]:
    """Return what is wrong with `[webdriver]`."""
    try:
        load(environ={f"AWT_WEBDRIVER_{key.upper()}": value for key, value in values.items()})
    except ConfigError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9515", "http://localhost:4444/wd/hub"])
def test_an_endpoint_on_this_machine_needs_no_more_than_its_address(url: str) -> None:
    found = load(environ={"AWT_WEBDRIVER_URL": url}).webdriver
    assert (found.announced, found.browser) == ("127.0.0.1", "chrome")


def test_without_an_endpoint_nothing_is_looked_at() -> None:
    assert problems(proxy_interface="nowhere") == []


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"url": "grid:4444"}, "url"),
        ({"url": "http://me:secret@grid.example/"}, "url"),
        ({"password": "secret"}, "user"),
        ({"password_file": "/nowhere/at/all", "user": "me"}, "password_file"),
        ({"capabilities": "{}"}, "capabilities"),
        ({"capabilities": "{"}, "capabilities"),
        ({"capabilities": "[1]"}, "capabilities"),
        ({"capabilities": '{"browserName": "chrome", "goog:chromeOptions": 5}'}, "capabilities"),
        *(
            (
                {
                    "capabilities": f'{{"browserName": "chrome", "goog:chromeOptions": {{"args": {args}}}}}'
                },
                "capabilities",
            )
            for args in ("5", '"--proxy-server=x"', "[5]")
        ),
        ({"proxy_interface": "eth0"}, "proxy_interface"),
        ({"proxy_address": "node.example"}, "proxy_interface"),
    ],
)
def test_what_is_wrong_is_said_of_its_key(values: dict[str, str], key: str) -> None:
    good = {"url": GRID, "proxy_address": "192.0.2.1"}
    (problem,) = problems(**good | values)
    assert problem.startswith(f"webdriver.{key}: ")


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, "proxy_address"),
        (
            {"proxy_address": "192.0.2.1", "capabilities": '{"browserName": "firefox"}'},
            "capabilities",
        ),
        (
            {
                "proxy_address": "192.0.2.1",
                "capabilities": '{"browserName": "chrome", "proxy": {"proxyType": "direct"}}',
            },
            "capabilities",
        ),
        (
            {
                "proxy_address": "192.0.2.1",
                "capabilities": '{"browserName": "chrome", "goog:chromeOptions":'
                ' {"args": ["--no-proxy-server"]}}',
            },
            "capabilities",
        ),
    ],
)
def test_a_node_whose_filter_is_not_assured_does_not_start_unless_that_is_meant(
    values: dict[str, str], key: str
) -> None:
    (problem,) = problems(url=GRID, **values)
    assert problem.startswith(f"webdriver.{key}: ")
    assert "webdriver.unfiltered = true" in problem
    meant = {name: value for name, value in values.items() if name != "proxy_address"}
    assert problems(url=GRID, unfiltered="true", **meant) == []


def test_what_is_unfiltered_has_no_proxy() -> None:
    (problem,) = problems(url=GRID, unfiltered="true", proxy_address="192.0.2.1")
    assert problem.startswith("webdriver.proxy_address: ")


def test_another_address_to_listen_on_is_one_of_this_node() -> None:
    assert problems(url=GRID, proxy_address="node.example", proxy_interface="192.0.2.1") == []


def test_a_password_shows_nowhere() -> None:
    found = load(
        environ={
            "AWT_WEBDRIVER_URL": "http://127.0.0.1:9515",
            "AWT_WEBDRIVER_USER": "me",
            "AWT_WEBDRIVER_PASSWORD": "hush-hush",
        }
    )
    assert found.webdriver.secret == "hush-hush"
    assert "hush-hush" not in repr(found)
