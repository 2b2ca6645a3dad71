"""What a forward proxy takes for a request, and what of it goes on."""

import pytest

from awt.executor.heads import BadHead, read_answer, read_request
from awt.executor.upstream import Upstream

THROUGH = Upstream(host="p1.example", credentials="me:word", trusted=True)


@pytest.mark.parametrize(
    ("target", "host", "port", "first"),
    [
        (b"http://a.example", "a.example", 80, b"GET / HTTP/1.1\r\nHost: a.example\r\n"),
        (
            b"http://a.example:8080?q",
            "a.example",
            8080,
            b"GET /?q HTTP/1.1\r\nHost: a.example:8080\r\n",
        ),
        (
            b"HTTP://[2001:db8::1]:81/x#y",
            "2001:db8::1",
            81,
            b"GET /x HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n",
        ),
        (b"http://me:word@a.example/", "a.example", 80, b"GET / HTTP/1.1\r\nHost: a.example\r\n"),
        (
            b"http://a.example/http://b.example/",
            "a.example",
            80,
            b"GET /http://b.example/ HTTP/1.1\r\n",
        ),
        (b"http://a.example/@b.example/", "a.example", 80, b"GET /@b.example/ HTTP/1.1\r\n"),
    ],
)
def test_a_target_is_split_as_the_site_will_read_it(
    target: bytes, host: str, port: int, first: bytes
) -> None:
    found = read_request(b"GET " + target + b" HTTP/1.1")
    assert (found.host, found.port) == (host, port)
    assert found.wire(None).startswith(first)
    assert b"word" not in found.wire(None)


def test_the_site_that_is_connected_is_the_one_that_the_request_names() -> None:
    found = read_request(
        b"GET http://a.example/ HTTP/1.1\r\nHost: intern.example\r\nHost: c.example"
    )
    assert found.wire(None) == b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


def test_what_is_for_this_proxy_goes_no_further() -> None:
    found = read_request(
        b"GET http://a.example/ HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\nConnection: X-Own, close"
        b"\r\nX-Own: 1\r\nUpgrade: websocket\r\nTE: trailers\r\nProxy-Connection: keep-alive\r\nX-On: 2"
    )
    assert found.credentials == b"Basic eDp5"
    assert found.wire(None) == (
        b"GET / HTTP/1.1\r\nHost: a.example\r\nX-On: 2\r\nConnection: close\r\n\r\n"
    )


def test_the_next_proxy_is_told_who_we_are_and_not_who_asked_us() -> None:
    found = read_request(b"CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic eDp5")
    assert found.wire(None) == b""
    assert found.wire(THROUGH) == (
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n"
        b"Proxy-Authorization: Basic bWU6d29yZA==\r\n\r\n"
    )


def test_a_body_cannot_lose_its_length() -> None:
    found = read_request(
        b"POST http://a.example/ HTTP/1.1\r\nConnection: content-length\r\nContent-Length: 4"
    )
    assert found.length == 4
    assert b"\r\nContent-Length: 4\r\n" in found.wire(None)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1",
        b"GET https://a.example/ HTTP/1.1",
        b"GET http:///x HTTP/1.1",
        b"GET http://a@b@c/ HTTP/1.1",
        b"GET http://a\\@b/ HTTP/1.1",
        b"GET http://a:1:2/ HTTP/1.1",
        b"GET http://a:0/ HTTP/1.1",
        b"GET http://a:65536/ HTTP/1.1",
        b"GET http://a%2eexample/ HTTP/1.1",
        b"GET http://[::1%25lo]/ HTTP/1.1",
        b"GET http://[::1/ HTTP/1.1",
        b"GET http://a\tb/ HTTP/1.1",
        b"GET http://a/\x00 HTTP/1.1",
        b"GET http://\xd0\xb0/ HTTP/1.1",
        b"GET  http://a/ HTTP/1.1",
        b"GET http://a/ HTTP/2.0",
        b"GET http://a/ HTTP/1.1 ",
        b"G\x01T http://a/ HTTP/1.1",
        b"CONNECT a HTTP/1.1",
        b"CONNECT http://a:80 HTTP/1.1",
        b"CONNECT me@a:80 HTTP/1.1",
        b"CONNECT a:80/x HTTP/1.1",
    ],
)
def test_a_line_with_two_readings_is_no_request(head: bytes) -> None:
    with pytest.raises(BadHead) as caught:
        read_request(head)
    assert caught.value.status == b"400 Bad Request"


@pytest.mark.parametrize(
    "header",
    [
        b"X : 1",
        b" X: 1",
        b"X",
        b": 1",
        b"X: 1\nHost: b",
        b"X: 1\rHost: b",
        b"X: \x00",
        b"Content-Length: 1\r\nContent-Length: 1",
        b"Content-Length: 1, 1",
        b"Content-Length: +1",
        b"Content-Length: -1",
        b"Content-Length: 0x1",
        b"Content-Length: " + b"9" * 40,
        b"X: 1\r\n folded",
    ],
)
def test_a_header_with_two_readings_is_no_request(header: bytes) -> None:
    with pytest.raises(BadHead):
        read_request(b"POST http://a.example/ HTTP/1.1\r\n" + header)


def test_a_body_of_unknown_length_is_not_implemented() -> None:
    for coding in (b"chunked", b"identity", b"chunked, gzip", b""):
        with pytest.raises(BadHead) as caught:
            read_request(b"POST http://a.example/ HTTP/1.1\r\nTransfer-Encoding: " + coding)
        assert caught.value.status == b"501 Not Implemented"


def test_an_answer_goes_on_without_what_was_for_us() -> None:
    found = read_answer(
        b"HTTP/1.1 200 OK\nConnection: keep-alive, X-Own\nX-Own: 1\nProxy-Authenticate: Basic\n"
        b"Proxy-Status: awt; error=dns_error\nSet-Cookie: a=b\n\nbody"
    )
    assert found is not None
    assert (found.status, found.after) == (b"200", b"body")
    assert found.wire(b"Connection: close") == (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n"
    )


def test_half_an_answer_is_waited_for() -> None:
    assert read_answer(b"HTTP/1.1 200 OK\r\nX: 1\r\n") is None
