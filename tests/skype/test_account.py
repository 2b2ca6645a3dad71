"""An account against a server that is unkind: no node, no reactor."""

import gc
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from awt.skype import road
from awt.skype.account import Account, Away, Broken, Denied, Impossible
from awt.testing.process import PATIENCE, until
from awt.testing.scale import SCALE
from awt.testing.skype import Person, SkypeServer

BOT, PASSWORD = "bot", "secret"
POLLS = 480 * SCALE
"""Quick polls; those of a quiet day are 2,880, so AWT_TEST_SCALE=6 is 24 hours."""


@pytest.fixture
def server() -> Iterator[SkypeServer]:
    with SkypeServer() as running:
        running.account(BOT, PASSWORD)
        yield running


@pytest.fixture
def ann(server: SkypeServer) -> Person:
    return server.person("ann")


@pytest.fixture
def account(server: SkypeServer) -> Account:
    """An account that has signed in."""
    return signed_in(server)


def signed_in(server: SkypeServer) -> Account:
    found = Account(base_url=server.url, user=BOT, password=PASSWORD)
    found.sign_in()
    return found


def test_what_was_said_before_is_found_through_all_pages_and_the_oldest_comes_first(
    server: SkypeServer, ann: Person
) -> None:
    numbers = [ann.say(BOT, f"{number}") for number in range(250)]
    others = [server.person(f"person{number}") for number in range(120)]
    for other in others:
        other.say(BOT, "hello")
    account = signed_in(server)
    unread = {each.user: each for each in account.unread()}
    assert unread.keys() == {"ann", *(other.name for other in others)}
    assert [m["content"] for m in account.messages(unread["ann"])] == [f"{n}" for n in range(250)]
    account.mark_read("ann", numbers[-2], 0)
    [unread_now] = [each for each in account.unread() if each.user == "ann"]
    assert [m["content"] for m in account.messages(unread_now)] == ["249"]


def test_a_registration_at_another_host_stays_with_the_operators_server(
    server: SkypeServer, ann: Person
) -> None:
    elsewhere = "https://db5.evil.example/v1/users/ME/endpoints/%7B1-2%7D"
    server.fail("POST v1/users/ME/endpoints", status=201, headers={"Location": elsewhere})
    account = signed_in(server)
    assert "db5.evil.example" in server.hosts
    ann.say(BOT, "hello")
    assert len(account.poll()) == 1


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "http://169.254.169.254/latest", "//evil.example/x", "/x"]
)
def test_a_redirection_stays_with_the_operators_server(
    target: str, server: SkypeServer, account: Account
) -> None:
    server.fail("GET contacts", status=302, headers={"Location": target})
    with pytest.raises((Away, Impossible)):
        account.contacts()
    assert server.hosts <= {
        "api.skype.com",
        "client-s.gateway.messenger.live.com",
        "contacts.skype.com",
        "evil.example",
        "169.254.169.254",
        "x",
    }


def test_tokens_are_renewed_before_they_end_and_short_ones_not_all_the_time(
    server: SkypeServer,
) -> None:
    assert not signed_in(server).ends
    server.accounts[BOT].life = 100
    short = signed_in(server)
    assert not short.ends
    server.accounts[BOT].life = 0
    assert signed_in(server).ends


def test_tokens_that_were_taken_back_are_no_reason_to_give_up(
    server: SkypeServer, account: Account
) -> None:
    server.revoke(BOT)
    for call in (account.poll, account.contacts, account.unread):
        with pytest.raises(Away):
            call()


@pytest.mark.parametrize(
    ("fault", "error", "seconds"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, Away, 7.0),
        ({"status": 429, "headers": {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}}, Away, 10.0),
        ({"status": 429, "headers": {"Retry-After": "9" * 400}}, Away, 600.0),
        ({"status": 503}, Away, 0.0),
        ({"status": 500}, Broken, None),
        ({"status": 404}, Impossible, None),
        ({"status": 404, "body": b'{"errorCode": 729}'}, Away, 0.0),
        ({"status": 200, "body": b"<html>"}, Away, 0.0),
        ({"status": 200, "body": b"[]"}, Away, 0.0),
        ({"status": 200, "body": b'{"contacts": 7}'}, Away, 0.0),
        ({"status": 200, "body": b"{}"}, Away, 0.0),
        ({"status": 200, "body": b"[" * 100_000}, Away, 0.0),
        ({"status": 200, "body": b"9" * 10_000}, Away, 0.0),
        ({"cut": True}, Away, 0.0),
    ],
)
def test_every_bad_answer_has_its_meaning(
    fault: dict[str, Any],
    error: type[Exception],
    seconds: float | None,
    server: SkypeServer,
    account: Account,
) -> None:
    """Above all, a list of contacts that is missing is not one that is empty: nobody has left."""
    server.fail("GET contacts/v2/users", **fault)
    with pytest.raises(error) as raised:
        account.contacts()
    assert getattr(raised.value, "seconds", None) == seconds


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 401}, Denied),
        ({"status": 403}, Denied),
        ({"status": 404}, Impossible),
        ({"status": 429, "headers": {"Retry-After": "1"}}, Away),
        ({"status": 200, "body": b"{}"}, Away),
        ({"status": 200, "body": b'{"skypetoken": 5, "expiresIn": 1e400}'}, Away),
        ({"status": 200, "body": b'{"skypetoken": "x", "expiresIn": "soon"}'}, Away),
    ],
)
def test_what_the_door_says_is_told_apart(
    fault: dict[str, Any], error: type[Exception], server: SkypeServer
) -> None:
    server.fail("POST login", **fault)
    with pytest.raises(error):
        signed_in(server)


def test_a_registration_without_an_end_has_one(server: SkypeServer) -> None:
    server.fail("POST v1/users/ME/endpoints", times=1000, status=201)
    with pytest.raises(Away, match="round in circles"):
        signed_in(server)
    assert server.requests.count("POST v1/users/ME/endpoints") <= road.REQUESTS


def test_an_answer_without_an_end_and_one_that_drips_are_given_up() -> None:
    for chunk, pause in ((b"x" * 65536, 0.0), (b"x", 0.05)):
        with Spout(chunk, pause) as url, requests.Session() as session:
            way = road.Road(url)
            session.mount("http://", way)
            way.begin(1.0)
            with pytest.raises(road.TooMuch):
                session.post(f"{url}/x")


def test_nothing_grows_with_the_days(server: SkypeServer, ann: Person) -> None:
    """Polls, messages, acknowledgements, read marks, cookies, and a new sign-in now and then."""
    account = signed_in(server)
    cookies = {"Set-Cookie": "a=b; Max-Age=9999999"}

    def live(polls: int) -> None:
        for number in range(polls):
            read = ann.say(BOT, f"message {number}")
            server.fail("poll", status=200, headers=cookies, body=b"{}")
            account.poll()
            [event] = account.poll()
            account.acknowledge(event["resource"]["ackrequired"])
            account.mark_read("ann", read, read)
            if number % 100 == 0:
                account.sign_in()
                account.contacts()
                account.requests()
            server.forget()

    tracemalloc.start()
    try:
        live(200)
        before = threading.active_count(), *memory()
        live(POLLS)
        objects, size = memory()
    finally:
        tracemalloc.stop()
    until(
        lambda: threading.active_count() <= before[0] + 2,
        seconds=PATIENCE,
        what="threads of connections that were closed to end",
    )
    assert objects - before[1] < POLLS / 2, "an object stays with each poll"
    assert size - before[2] < POLLS * 256, "bytes stay with each poll"


def memory() -> tuple[int, int]:
    """Return how many objects of the client side there are, and the bytes of all that it made."""
    gc.collect()
    ours = ("awt.skype", "skpy", "requests", "urllib3", "http.c")
    objects = sum(str(type(each).__module__).startswith(ours) for each in gc.get_objects())
    made_by = ("*/skpy/*", "*/awt/skype/*", "*/requests/*", "*/urllib3/*", "*/http/c*")
    only = [tracemalloc.Filter(inclusive=True, filename_pattern=name) for name in made_by]
    snapshot = tracemalloc.take_snapshot().filter_traces(only)
    return objects, sum(found.size for found in snapshot.statistics("filename"))


class Spout:
    """A server whose every answer has no end; a context manager that returns its address."""

    def __init__(self, chunk: bytes, pause: float) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response(200)
                self.end_headers()
                try:
                    while not stopped.wait(pause):
                        self.wfile.write(chunk)
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        stopped = self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._end: Callable[[], None] = self._server.shutdown
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._end()
        self._server.server_close()
