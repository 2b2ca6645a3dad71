"""Methods over HTTP: what a site, something else or nothing answers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.task import deferLater
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import TestCase
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from awt.cli.access import SECONDS
from awt.cli.main import run
from awt.cli.options import parse
from awt.errors import Unavailable
from awt.fetch import fetch
from awt.testing.ports import free_port
from tests.told import Told

reactor: Any = _reactor
REFUSAL = {
    "error": {"code": "unknown_user", "message": "There is no\naccount \x1b x.", "fields": {}}
}
FIELDS = {
    "error": {
        "code": "bad_request",
        "message": "This is wrong.",
        "fields": {"a": "This is wrong.", "b": "This is needed."},
        "least": 1,
    }
}


class Answers(Resource):
    """Answers everything in the same way, and remembers what it was asked."""

    isLeaf = 1  # Twisted's way to say yes

    def __init__(self, status: int, body: bytes | None, **headers: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._status = status
        self._body = body
        self._headers = headers
        self.asked: list[tuple[str, Any, dict[str, str]]] = []

    def render(self, request: Request) -> Any:
        assert request.content is not None
        names = ("authorization", "idempotency-key", "content-type")
        headers = {name: request.getHeader(name) for name in names}
        sent = request.content.read()
        given = {name: value for name, value in headers.items() if value is not None}
        self.asked.append((request.uri.decode(), json.loads(sent) if sent else None, given))
        for name, value in self._headers.items():
            request.setHeader(name, value)
        request.setResponseCode(self._status)
        return NOT_DONE_YET if self._body is None else self._body


class Asking(TestCase):
    @pytest.fixture(autouse=True)
    def _terminal(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        self.capsys = capsys
        self.folder = tmp_path

    async def listen(self, answers: Resource, endpoint: str = "tcp:0") -> int:
        """Let something answer on a port of its own, and return that."""
        server = serverFromString(reactor, f"{endpoint}:interface=127.0.0.1")
        port: Any = await server.listen(Site(answers))
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    async def type(self, *argv: str, status: int, key: str | None = None) -> str:
        """Type a command; return what it printed."""
        found = await run(parse(argv, {} if key is None else {"AWT_KEY": key}), reactor)
        said = self.capsys.readouterr()
        assert found == status, said
        assert not (said.err if status == 0 else said.out)
        return said.out if status == 0 else said.err

    async def test_a_call_is_a_post_of_json_with_the_key(self) -> None:
        answers = Answers(200, b'{"points": 5}')
        url = f"http://127.0.0.1:{await self.listen(answers)}"
        call = ("call", "Adjust", "user=ann", "amount=5", "--url", url + "/")
        assert await self.type(*call, "--key", "secret", status=0) == "points: 5\n"
        await self.type(*call, "--idempotency-key", "once", "--json", key="other", status=0)
        await self.type("admin", "credit", "ann", "5", "--url", url, status=0)
        json_type = {"content-type": "application/json"}
        values = {"user": "ann", "amount": 5}
        assert answers.asked == [
            ("/api/Adjust", values, json_type | {"authorization": "Bearer secret"}),
            (
                "/api/Adjust",
                values,
                json_type | {"authorization": "Bearer other", "idempotency-key": "once"},
            ),
            ("/api/Adjust", values | {"reason": ""}, json_type),
        ]

    async def test_a_strange_name_of_a_method_stays_one_name(self) -> None:
        answers = Answers(404, json.dumps(REFUSAL).encode())
        url = f"http://127.0.0.1:{await self.listen(answers)}"
        await self.type("call", "../x?y=é z", "--url", url, status=1)
        assert answers.asked[0][0] == "/api/..%2Fx%3Fy%3D%C3%A9%20z"

    async def test_a_refusal_is_one_line_and_bad_fields_are_a_line_each(self) -> None:
        url = f"http://127.0.0.1:{await self.listen(Answers(404, json.dumps(REFUSAL).encode()))}"
        said = await self.type("call", "M", "--url", url, status=1)
        assert said == "awt: unknown_user: There is no account \\x1b x.\n"
        url = f"http://127.0.0.1:{await self.listen(Answers(400, json.dumps(FIELDS).encode()))}"
        said = await self.type("call", "M", "--url", url, status=1)
        assert said == (
            "awt: bad_request: a: This is wrong.\nawt: bad_request: b: This is needed.\n"
        )

    async def test_what_is_down_for_a_while_is_status_3(self) -> None:
        body = {"error": {"code": "unavailable", "message": "Later.", "fields": {}}}
        for status, answer in ((503, json.dumps(body)), (502, "<html>"), (500, "")):
            url = f"http://127.0.0.1:{await self.listen(Answers(status, answer.encode()))}"
            assert url in await self.type("call", "M", "--url", url, status=3)

    async def test_what_is_no_site_of_ours_is_status_2_and_not_followed(self) -> None:
        other = Answers(200, b"{}")
        elsewhere = f"http://127.0.0.1:{await self.listen(other)}"
        for answers in (
            Answers(200, b"<html>"),
            Answers(404, b"<html>"),
            Answers(403, b'{"error": "no"}'),
            Answers(400, b"[]"),
            Answers(301, b"", location=elsewhere),
            Answers(307, b"", location=elsewhere),
        ):
            url = f"http://127.0.0.1:{await self.listen(answers)}"
            said = await self.type("call", "M", "--url", url, status=2)
            assert said.startswith(f"awt: --url: {url}: answers ")
        assert other.asked == []

    async def test_what_is_no_address_is_status_2(self) -> None:
        for url in (
            "",
            "example.com",
            "ftp://example.com",
            "http://",
            "http://[",
            "http://x:y",
            "http://x:0",
            "http://x:99999",
            "http://пример.рф",
        ):
            said = await self.type("call", "M", "--url", url, status=2)
            assert said == "awt: --url: has to be http(s)://host[:port]\n"

    async def test_nothing_there_is_status_3(self) -> None:
        url = f"http://127.0.0.1:{free_port()}"
        said = await self.type("call", "M", "--url", url, status=3)
        assert said.startswith(f"awt: {url}/api/M: Connection was refused")
        said = await self.type("call", "M", "--url", "http://nowhere.invalid", status=3)
        assert said.startswith("awt: http://nowhere.invalid/api/M: DNS lookup failed")

    async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(self) -> None:
        key, certificate = certify(self.folder)
        answers = Answers(200, b"{}")
        port = await self.listen(answers, f"ssl:0:privateKey={key}:certKey={certificate}")
        url = f"https://localhost:{port}"
        said = await self.type("call", "M", "--url", url, "--key", "secret", status=3)
        assert "certificate verify failed" in said
        assert answers.asked == []
        self.flushWarnings()  # of Twisted, about its own reading of the certificate

    async def test_an_answer_that_never_ends_is_not_waited_for(self) -> None:
        answers = Answers(200, None)
        url = f"http://127.0.0.1:{await self.listen(answers)}"
        clock = Told()
        asked = asking(url, clock)
        while not answers.asked:
            await deferLater(reactor, 0.001)
        clock.advance(SECONDS)
        with pytest.raises(Unavailable, match="no answer in time"):
            await asked
        await deferLater(reactor, 0.01)  # the other side hears of it

    async def test_an_answer_that_begins_and_never_ends_leaves_no_connection(self) -> None:
        answers = Begins()
        url = f"http://127.0.0.1:{await self.listen(answers)}"
        clock = Told()
        asked = asking(url, clock)
        while not answers.requests:
            await deferLater(reactor, 0.001)
        # either while the beginning is on its way, or while the rest is waited for
        await deferLater(reactor, 0.05)
        clock.advance(SECONDS)
        with pytest.raises(Unavailable, match="no answer in time"):
            await asked
        await answers.left

    def test_nobody_who_accepts_is_no_answer_in_time(self) -> None:
        network = MemoryReactorClock()
        asked = asking("http://127.0.0.1:1/", network)
        network.advance(SECONDS)
        self.failureResultOf(asked, Unavailable)

    def test_a_cancellation_is_one_also_while_nobody_accepts(self) -> None:
        network = MemoryReactorClock()
        asked = asking("http://127.0.0.1:1/", network)
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertEqual(network.getDelayedCalls(), [])


def asking(url: str, clock: Any) -> Deferred[Any]:
    """Ask for a page by the time of a clock."""
    return Deferred.fromCoroutine(fetch("GET", url, seconds=SECONDS, reactor=clock))


class Begins(Resource):
    """Begins an answer; knows when whoever asked has left."""

    isLeaf = 1  # Twisted's way to say yes

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.requests: list[Request] = []
        self.left: Deferred[None] = Deferred()

    def render(self, request: Request) -> int:
        self.requests.append(request)
        _ = request.notifyFinish().addErrback(lambda _: self.left.callback(None))
        request.write(b"and so on")
        return NOT_DONE_YET


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private, public = folder / "key.pem", folder / "certificate.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return private, public
