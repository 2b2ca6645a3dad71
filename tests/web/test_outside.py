"""The site on its own: behind TLS, without a proxy, stopped and started again."""

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from awt.testing.process import PATIENCE, until
from awt.testing.site import Event, RunningNode, was_read

RIGHT = {"login": "in-hand", "password": "correct horse battery"}


@pytest.fixture(scope="module")
def alone() -> Iterator[RunningNode]:
    """A site that speaks TLS through something that is no proxy of ours."""
    with RunningNode(SITE_URL="https://awt.example", LIMITS_LOGIN_FAILURES="2") as node:
        yield node


def test_under_https_every_cookie_is_secure_and_the_browser_is_told_to_stay(
    alone: RunningNode,
) -> None:
    browser = alone.browser()
    answer = browser.get("/")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    [cookie] = answer.headers.get_all("Set-Cookie", [])
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; ")[1:])
    link = browser.ask("hi").link
    assert link.startswith("https://awt.example/activate?")
    page = browser.get(link.removeprefix("https://awt.example"))
    answer = browser.submit(page, "/activate")
    for cookie in answer.headers.get_all("Set-Cookie", []):
        assert "; Secure" in cookie
    assert browser.call("GetAccount", origin="https://awt.example").status == 200


def test_under_http_no_cookie_is_secure(node: RunningNode) -> None:
    answer = node.browser().get("/")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


def guess(node: RunningNode, forwarded: str) -> int:
    """Try a wrong password and return the status."""
    browser = node.browser(headers={"X-Forwarded-For": forwarded})
    return browser.call("Login", {"login": "nobody-at-all", "password": "wrong wrong"}).status


def test_without_a_proxy_nobody_says_where_he_comes_from(alone: RunningNode) -> None:
    assert [guess(alone, f"192.0.{n}.1") for n in range(4)] == [409, 409, 429, 429]


def test_behind_a_proxy_the_last_address_counts_and_no_other(node: RunningNode) -> None:
    tried = [guess(node, f"192.0.{n}.1, 198.51.100.{n}") for n in range(12)]
    assert tried == [409] * 10 + [429] * 2
    assert guess(node, "192.0.0.1") == 409


def test_a_stop_answers_what_is_in_hand_and_waits_for_nobody_who_only_listens() -> None:
    with RunningNode(LIMITS_LOGIN_FAILURES="1", WEB_BEHIND_PROXY="true") as node:
        browser = node.browser(headers={"X-Forwarded-For": "10.0.0.1"})
        browser.join(**RIGHT)
        kept = http.client.HTTPConnection("127.0.0.1", node.port)
        kept.request("GET", "/faq")
        kept.getresponse().read()
        half = socket.create_connection(("127.0.0.1", node.port))
        half.sendall(b"POST /chat/messages HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        streams = [browser.events() for _ in range(5)]
        guesser = node.browser(headers={"X-Forwarded-For": "10.0.1.1"})
        assert guesser.call("Login", RIGHT | {"password": "a wrong guess"}).status == 409
        signing = http.client.HTTPConnection("127.0.0.1", node.port)
        headers = {"X-Forwarded-For": "10.0.2.1", "Content-Type": "application/json"}
        # an account with failures makes one wait for a second
        signing.request("POST", "/api/Login", json.dumps(RIGHT), headers)
        until(lambda: was_read(signing), seconds=PATIENCE, what="the request to be read")
        node.terminate()
        assert signing.getresponse().status == 200
        for stream in streams:
            assert stream.ended.wait(PATIENCE)
            stream.close()
        signing.close()
        kept.close()
        half.close()
        assert "Traceback" not in node.log


def test_a_stream_goes_on_after_a_kill_without_a_loss_or_a_double() -> None:
    with RunningNode() as node, node.browser() as browser:
        browser.join()
        seen: list[Event] = []
        said = []
        last = ""
        for turn in range(2):
            with browser.events(last_id=last) as events:
                said.append(browser.say(f"#whoami {turn}"))
                while turn == 1 and (not seen or seen[-1].reply_to != said[-1]):
                    seen.append(events.next())
                node.kill()
                seen += events.quiet(seconds=1)
                last = events.last_id
            node.start()
        with browser.events(last_id=last) as events:
            while not set(said) <= {e.reply_to for e in seen}:
                seen.append(events.next())
            seen += events.quiet()
        answers = [event.reply_to for event in seen if event.reply_to in said]
        assert sorted(answers) == sorted(said)
        ids = [event.id for event in seen]
        assert len(ids) == len(set(ids))
