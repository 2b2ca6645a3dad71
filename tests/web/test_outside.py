"""The site on its own: behind TLS, without a proxy, stopped and started again."""

import http.client
import socket
import threading
import time

from awt.testing.process import ServerError
from awt.testing.site import Event, RunningNode


def test_under_https_every_cookie_is_secure_and_the_browser_is_told_to_stay() -> None:
    with RunningNode(SITE_URL="https://awt.example") as node, node.browser() as browser:
        answer = browser.get("/")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        [cookie] = answer.headers.get_all("Set-Cookie", [])
        flags = cookie.split("; ")[1:]
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)
        link = browser.ask("hi").link
        assert link.startswith("https://awt.example/activate?")
        page = browser.get(link.removeprefix("https://awt.example"))
        answer = browser.submit(page, "/activate")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            assert "; Secure" in cookie
        own = browser.call("GetAccount", origin="https://awt.example")
        assert own.status == 200


def test_without_a_proxy_nobody_says_where_he_comes_from() -> None:
    with RunningNode(LIMITS_LOGIN_FAILURES="2") as node:
        statuses = []
        for number in range(4):
            with node.browser(headers={"X-Forwarded-For": f"192.0.{number}.1"}) as browser:
                answer = browser.call("Login", {"login": "nobody", "password": "wrong wrong"})
                statuses.append(answer.status)
                assert "Strict-Transport-Security" not in answer.headers
                assert "Secure" not in browser.get("/").headers["Set-Cookie"]
        assert statuses == [409, 409, 429, 429]


def test_behind_a_proxy_the_last_address_counts_and_no_other() -> None:
    with RunningNode(LIMITS_LOGIN_FAILURES="2", WEB_BEHIND_PROXY="true") as node:
        statuses = []
        for number in range(4):
            chain = f"192.0.{number}.1, 198.51.100.{number}"
            with node.browser(headers={"X-Forwarded-For": chain}) as browser:
                answer = browser.call("Login", {"login": "nobody", "password": "wrong wrong"})
                statuses.append(answer.status)
        assert statuses == [409, 409, 429, 429]
        with node.browser(headers={"X-Forwarded-For": "192.0.0.1"}) as browser:
            assert browser.call("Login", {"login": "nobody", "password": "w"}).status == 409


def test_a_stop_waits_for_nobody_who_only_listens() -> None:
    with RunningNode() as node, node.browser() as browser:
        browser.join()
        kept = http.client.HTTPConnection("127.0.0.1", node.port)
        kept.request("GET", "/faq")
        kept.getresponse().read()
        half = socket.create_connection(("127.0.0.1", node.port))
        half.sendall(b"POST /chat/messages HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        deaf = browser.copy()
        streams = [deaf.events() for _ in range(5)]
        began = time.monotonic()
        node.terminate(seconds=10)
        assert time.monotonic() - began < 8
        for stream in streams:
            assert stream.ended.wait(1)
            stream.close()
        kept.close()
        half.close()
        assert "Traceback" not in node.log


def test_a_request_in_hand_is_answered_before_the_node_stops() -> None:
    with RunningNode(LIMITS_LOGIN_FAILURES="1", WEB_BEHIND_PROXY="true") as node:
        right = {"login": "in-hand", "password": "correct horse battery"}
        node.browser(headers={"X-Forwarded-For": "10.0.0.1"}).join(**right)
        guesser = node.browser(headers={"X-Forwarded-For": "10.0.1.1"})
        assert guesser.call("Login", right | {"password": "a wrong guess"}).status == 409
        statuses: list[int] = []

        def sign_in() -> None:  # an account with failures makes one wait for a second
            owner = node.browser(headers={"X-Forwarded-For": "10.0.2.1"})
            statuses.append(owner.call("Login", right).status)

        thread = threading.Thread(target=sign_in)
        thread.start()
        time.sleep(0.3)
        node.terminate(seconds=10)
        thread.join()
        assert statuses == [200]


def test_a_stream_goes_on_after_a_kill_without_a_loss_or_a_double() -> None:
    with RunningNode() as node, node.browser() as browser:
        browser.join()
        seen: list[Event] = []
        said = []
        last = ""
        for turn in range(3):
            with browser.events(last_id=last) as events:
                said.append(browser.say(f"#whoami {turn}"))
                while turn == 1 and seen[-1].reply_to != said[-1]:
                    seen.append(events.next())
                node.kill()
                seen += events.quiet(seconds=1)
                last = events.last_id
            node.start()
        with browser.events(last_id=last) as events:
            while {e.reply_to for e in seen if e.reply_to} < set(said):
                try:
                    seen.append(events.next())
                except ServerError:
                    break
            seen += events.quiet()
        answers = [event.reply_to for event in seen if event.reply_to in said]
        assert sorted(answers) == sorted(said)
        ids = [event.id for event in seen]
        assert len(ids) == len(set(ids))
