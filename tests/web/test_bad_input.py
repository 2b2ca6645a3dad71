"""Bad input of every kind: a named error each, never a traceback, nothing lost."""

import json
import re
import socket
from collections.abc import Callable, Iterator

import pytest

from awt.testing.process import PATIENCE
from awt.testing.site import Browser, RunningNode

DEEP = b"[" * 100_000 + b"]" * 100_000
BAD_JSON = {
    "broken": b'{"limit": ',
    "not json": b"limit=5",
    "a list": b"[]",
    "a string": b'"limit"',
    "a number": b"7",
    "null": b"null",
    "nan": b'{"limit": NaN}',
    "two values": b"{}{}",
    "invalid utf-8": b'{"limit": "\xff\xfe"}',
    "a lone surrogate": b'{"limit": "\\ud800"}',
    "nul": b'{"limit": "\\u0000"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "deep": DEEP,
    "deep in a field": b'{"limit": ' + DEEP + b"}",
    "unknown field": b'{"nosuch": 1}',
    "wrong type": b'{"limit": "five"}',
    "a fraction": b'{"limit": 1.5}',
    "a flag": b'{"limit": true}',
    "far too large": b'{"limit": ' + b"9" * 400 + b"}",
    "larger than the database": b'{"limit": 10, "before": 99999999999999999999}',
    "below zero": b'{"limit": -1}',
    "binary": bytes(range(256)),
}
MULTIPART = (
    b"POST /login HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n"
    b"Content-Type: multipart/form-data%b\r\n\r\n%b"
)
LOGINS = ("ab", "A" * 33, "with space", "nul\x00", "\u202eevil", "юзер", "a/b", "", " ")
ADDRESSES = ("", "x", "@", "a@", "@b", "a@b@c\x00", "a b@c", "a" * 2000 + "@b", "x@" + "é" * 300)
URLS = ("", "x" * 5000, "ftp://a/", "http://", "http://a b/", "javascript:alert(1)", "http://\x00/")


@pytest.fixture(scope="module")
def member(node: RunningNode) -> Browser:
    """One member for all: nothing of this changes an account."""
    browser = node.browser(headers={"X-Forwarded-For": "10.255.1.1"})
    browser.join()
    return browser


def error_of(browser: Browser, method: str, params: object) -> tuple[int, str]:
    answer = browser.call(method, params)
    return answer.status, answer.json().get("error", {}).get("code", "")


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
def test_a_body_that_is_no_good_json_is_refused(member: Browser, body: bytes) -> None:
    answer = member.call("ListTasks", body)
    assert (answer.status, answer.json()["error"]["code"]) == (400, "bad_request")
    assert answer.json()["error"]["fields"]


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("Nosuch", {}, 404, "unknown_method"),
        ("getaccount", {}, 404, "unknown_method"),
        ("x" * 500, {}, 404, "unknown_method"),
        ("GetAccount", {"x": 1}, 400, "bad_request"),
        ("Hear", {}, 403, "forbidden"),
        ("BlockUser", {}, 403, "forbidden"),
        ("AddService", {"short_name": "nosuch"}, 404, "unknown_service"),
        ("AddService", {"short_name": "x\x00" * 9000}, 404, "unknown_service"),
        ("EndSession", {"id": 2**62}, 404, "unknown_session"),
        ("RevokeKey", {"id": -5}, 404, "unknown_key"),
        ("UpdateAccount", {"lang": "xx"}, 400, "bad_request"),
        ("UpdateAccount", {"timezone": "../../etc/passwd"}, 400, "bad_request"),
        ("ChangePassword", {"new": "short"}, 400, "bad_request"),
        ("ChangePassword", {"new": "ё" * 40}, 400, "bad_request"),
        ("ChangePassword", {"new": "nul\x00nul\x00nul"}, 400, "bad_request"),
        ("CreateKey", {"name": ""}, 400, "bad_request"),
        ("CreateKey", {"name": "x" * 81}, 400, "bad_request"),
        *(("SetLogin", {"login": login}, 400, "bad_request") for login in LOGINS),
        *(("RunTest", {"url": url}, 400, "bad_request") for url in URLS),
        *(("CreateAccount", {"jabber": each}, 400, "bad_request") for each in ADDRESSES),
        *(("CreateAccount", {"skype": each}, 400, "bad_request") for each in ADDRESSES),
        ("CreateAccount", {"addresses": [{"kind": "fax", "address": "1"}]}, 400, "bad_request"),
        ("CreateAccount", {"addresses": [{"kind": "jabber"}]}, 400, "bad_request"),
        ("CreateAccount", {"addresses": "me"}, 400, "bad_request"),
        ("Login", {"login": "x" * 5000, "password": "y" * 5000}, 409, "wrong_login"),
        ("Login", {"login": "nul\x00@\x00", "password": "\x00"}, 409, "wrong_login"),
        ("Activate", {"user_hash": "", "salt": ""}, 410, "link_not_active"),
        ("Activate", {"user_hash": "\x00", "salt": "\u202e" * 999}, 410, "link_not_active"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_name(
    member: Browser, method: str, params: object, status: int, code: str
) -> None:
    assert error_of(member, method, params) == (status, code)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        2**63,
        "x" * 70_000,
        "\x00\u202e",
        [[]],
        {"": ""},
    ],
    ids=repr,
)
def test_no_value_in_any_field_of_any_method_breaks_it(
    someone: Callable[..., Browser], value: object
) -> None:
    browser = someone()
    document = browser.get("/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, each in document["paths"].items():
        body = each["post"]["requestBody"]["content"]["application/json"]["schema"]
        fields = schemas[body["$ref"].rpartition("/")[2]].get("properties", {})
        filled = dict.fromkeys(fields, value)
        for params in [filled, *({name: value} for name in fields)]:
            answer = browser.send_json(path, params)
            assert answer.status < 500, (path, params, answer.text)
            assert answer.status < 400 or answer.json()["error"]["code"], path


HEADERS = (
    "User-Agent",
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Cookie",
    "Host",
    "Idempotency-Key",
    "Last-Event-ID",
    "Origin",
    "Sec-Fetch-Site",
    "X-CSRF-Token",
    "X-Forwarded-For",
)
STRANGE = (b"\xff\xfe", b"", b"\xe2\x28\xa1", b"a" * 9000, b"[::1", b"a..b:99999999", b"\x00")


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_breaks_a_page_or_a_call(node: RunningNode, header: str) -> None:
    for value in STRANGE:
        for line, body in (
            (b"GET /faq HTTP/1.1", b""),
            (b"POST /api/GetAccount HTTP/1.1", b"{}"),
            (b"POST /login HTTP/1.1", b"login=x"),
            (b"HEAD /chat/events HTTP/1.1", b""),
        ):
            length = b"Content-Length: %d" % len(body)
            lines = [line, header.encode() + b": " + value, length, b"Connection: close"]
            answer = raw(node, b"\r\n".join([*lines, b"", body]))
            assert int(answer[9:12]) in {200, 400, 401, 403}, (line, value, answer[:200])


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 3000 + b"\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"\xff\xff / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"CONNECT evil:80 HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nConnection: close\r\n\r\n",
        MULTIPART % (b"; boundary=x", b"--x--"),
        MULTIPART % (b"; boundary=x", b"--x\r\n"),
        MULTIPART % (b"", b"abcde"),
    ],
)
def test_what_is_hardly_http_is_refused_or_hung_up_on(node: RunningNode, request_: bytes) -> None:
    answer = raw(node, request_)
    assert not answer or answer[9:10] == b"4", answer[:200]
    assert b"Traceback" not in answer


@pytest.mark.parametrize("size", [256 * 1024 + 1, 9_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused_and_not_kept(
    visitor: Browser, node: RunningNode, size: int, *, chunked: bool
) -> None:
    before = memory(node)
    data = b'{"x": "' + b"y" * size + b'"}'
    head = b"POST /api/GetAccount HTTP/1.1\r\nConnection: close\r\n"
    if chunked:
        parts = [data[at : at + 65536] for at in range(0, len(data), 65536)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        sent = head + b"Transfer-Encoding: chunked\r\n\r\n" + body
    else:
        sent = head + b"Content-Length: %d\r\n\r\n" % len(data) + data
    answer = raw(node, sent)
    assert answer.startswith(b"HTTP/1.1 413")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "too_large"
    assert memory(node) - before < 16 * 1024
    assert visitor.get("/healthz").status == 200


@pytest.mark.parametrize("separator", ["&", ";"])
def test_a_form_with_more_fields_than_any_of_ours_is_not_read(
    visitor: Browser, separator: str
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"a{separator}".encode() * 100_000
    assert visitor.request("POST", "/login", body=body, headers=kind).status == 400
    assert visitor.request("POST", "/api/ListServices", body=body, headers=kind).status == 400


def test_a_form_in_many_parts_is_none_of_ours(visitor: Browser) -> None:
    token = visitor.get("/faq").form("/lang") | {"lang": "ru"}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in token.items()
    ]
    body = "".join([*parts, "--x--\r\n"]).encode()
    kind = {"Content-Type": "multipart/form-data; boundary=x" + "; a*0=b" * 1000}
    assert visitor.request("POST", "/lang", body=body, headers=kind).status == 403
    assert visitor.post("/lang", token).status == 303


def test_the_largest_body_that_is_allowed_is_read(visitor: Browser) -> None:
    body = b'{"login": "' + b"x" * (256 * 1024 - 29) + b'", "password": ""}'
    assert len(body) <= 256 * 1024
    assert visitor.call("Login", body).status == 409


def test_a_body_that_comes_slowly_is_waited_for_and_holds_nobody_up(
    visitor: Browser, node: RunningNode
) -> None:
    body = b'{"service": "base", "text": "slow"}'
    with socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE) as connection:
        head = b"POST /chat/messages HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(body))
        for at in range(len(body)):
            connection.sendall(body[at : at + 1])
            if at % 10 == 0:
                assert visitor.get("/healthz").status == 200
        assert connection.recv(65536).startswith(b"HTTP/1.1 202")


def test_who_hangs_up_leaves_nothing_behind(node: RunningNode, visitor: Browser) -> None:
    sessions = visitor.get("/metrics").text
    for line in (b"GET /chat/events", b"GET /", b"POST /api/GetAccount"):
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE)
            connection.sendall(line + b" HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
            connection.close()
    assert visitor.ask("hi").link
    assert sessions


def test_a_message_sent_among_all_that_is_answered_all_the_same(member: Browser) -> None:
    said = []
    with member.events() as events:
        for body in list(BAD_JSON.values())[:10]:
            said.append(member.say("#balance"))
            member.send_json("/chat/messages", body)
        for message_id in said:
            assert events.answers(message_id).reply_to == message_id


def raw(node: RunningNode, request: bytes) -> bytes:
    """Send bytes and return all that comes back until the other side hangs up."""
    return b"".join(_raw(node, request))


def _raw(node: RunningNode, request: bytes) -> Iterator[bytes]:
    with socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(request)
            while part := connection.recv(65536):
                yield part
        except (ConnectionResetError, BrokenPipeError):
            return


def memory(node: RunningNode) -> int:
    """Return what the process has in memory, in KiB."""
    with open(f"/proc/{node.pid}/status", encoding="ascii") as status:  # noqa: PTH123
        found = re.search(r"VmRSS:\s+(\d+)", status.read())
    assert found
    return int(found[1])
