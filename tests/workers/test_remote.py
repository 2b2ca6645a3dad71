"""Asking a program over HTTP: what is sent, what may come back, and where it may lead."""

import socket
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from awt.egress import EgressPolicy
from awt.model.remote import Offer, Response
from awt.workers.remote import KEY, BadAnswer, NoAnswer, RemoteClient

reactor: Any = _reactor
BODY = b'{"id": "1"}'
Answer = Callable[[Any], bytes | int]


class Program(Resource):
    """Answers by its ``answer``, and remembers what it was asked."""

    isLeaf = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked: list[tuple[bytes, bytes, str | None]] = []
        self.answer: Answer = lambda _request: b'{"text": "HELLO"}'

    def render_POST(self, request: Any) -> bytes | int:
        given = request.getHeader("Awt-Signature")
        self.asked.append((request.uri, request.content.read(), given))
        return self.answer(request)


def status(code: int) -> Answer:
    def answer(request: Any) -> bytes:
        request.setResponseCode(code)
        return b"no"

    return answer


class Asking(TestCase):
    timeout = 120

    def setUp(self) -> None:
        self.program = Program()
        self.port = reactor.listenTCP(0, Site(self.program), interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)
        self.host = f"127.0.0.1:{self.port.getHost().port}"
        self.url = f"http://{self.host}/x"

    def client(self, *hosts: str, private: bool = True, seconds: float = 10) -> RemoteClient:
        allowed = [ip_network("127.0.0.0/8")] if private else []
        return RemoteClient(
            hosts=hosts or (self.host,),
            policy=EgressPolicy(allow_private_addresses=allowed, key=KEY),
            reactor=reactor,
            seconds=seconds,
        )

    async def refusal(self, kind: type[Exception], client: RemoteClient | None = None) -> str:
        """Return why a request failed, and in which way."""
        with pytest.raises((NoAnswer, BadAnswer)) as caught:
            await (client or self.client()).post(self.url, BODY, {})
        assert caught.type is kind, caught.value
        return str(caught.value)

    async def test_a_request_is_posted_with_its_headers_and_the_answer_read(self) -> None:
        self.program.answer = lambda _: (
            b'{"text": "A", "choices": [{"label": "l", "send": "s", "more": 1}], "own": 2}'
        )
        answer = await self.client().post(self.url, BODY, {"Awt-Signature": "v1=00"})
        assert answer == Response(text="A", choices=[Offer("l", "s")])
        assert self.program.asked == [(b"/x", BODY, "v1=00")]

    async def test_trouble_of_the_program_passes_and_a_no_is_a_no(self) -> None:
        for code in (500, 503, 599):
            self.program.answer = status(code)
            assert str(code) in await self.refusal(NoAnswer)
        for code in (201, 301, 302, 400, 403, 404, 429):
            self.program.answer = status(code)
            assert str(code) in await self.refusal(BadAnswer)

    async def test_an_answer_that_is_none_is_refused(self) -> None:
        texts = (
            b"",
            b"hello",
            b"[]",
            b"{}",
            b'{"text": 1}',
            b'{"text": ""}',
            b'{"text": "\xff"}',
            b'{"text": "' + b"x" * 4097 + b'"}',
            b'{"text": "a", "choices": [{"label": ""}]}',
            b'{"text": "a", "choices": [%s]}' % b",".join([b'{"label":"a","send":"b"}'] * 21),
        )
        for text in texts:
            self.program.answer = lambda _, text=text: text  # type: ignore[misc]
            assert "is none" in await self.refusal(BadAnswer), text

    async def test_no_more_than_64_kib_are_read(self) -> None:
        for size in (65537, 10**6):
            self.program.answer = lambda _, size=size: b" " * size  # type: ignore[misc]
            assert "too long" in await self.refusal(BadAnswer)
        text = b'{"text": "A"}'
        self.program.answer = lambda _: text + b" " * (65536 - len(text))
        assert (await self.client().post(self.url, BODY, {})).text == "A"

    async def test_who_says_nothing_in_time_is_cut_off(self) -> None:
        self.program.answer = lambda _: NOT_DONE_YET
        assert "within 0.2 s" in await self.refusal(NoAnswer, self.client(seconds=0.2))

        def drip(request: Any) -> int:
            request.write(b'{"text"')
            return NOT_DONE_YET

        self.program.answer = drip
        assert "within 0.2 s" in await self.refusal(NoAnswer, self.client(seconds=0.2))

    async def test_nobody_there_may_be_there_later(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        assert "refused" in await self.refusal(NoAnswer, self.client(f"127.0.0.1:{port}"))

    async def test_only_listed_hosts_are_asked(self) -> None:
        assert "remote.hosts" in await self.refusal(BadAnswer, self.client("bots.example.com"))
        assert self.program.asked == []

    async def test_a_private_address_is_refused_where_the_socket_is_opened(self) -> None:
        said = await self.refusal(BadAnswer, self.client(private=False))
        assert "127.0.0.1" in said
        assert KEY in said
        port = self.port.getHost().port
        self.url = f"http://localhost:{port}/"
        client = self.client(f"localhost:{port}", private=False)
        assert KEY in await self.refusal(BadAnswer, client)
        assert self.program.asked == []

    async def test_a_redirection_keeps_the_request_and_is_judged_anew(self) -> None:
        def lead(target: str, code: int = 307) -> Answer:
            def answer(request: Any) -> bytes:
                if request.uri != b"/x":
                    return b'{"text": "THERE"}'
                request.setResponseCode(code)
                request.setHeader("Location", target)
                return b""

            return answer

        for code in (307, 308):
            self.program.asked.clear()
            self.program.answer = lead("/y", code)
            answer = await self.client().post(self.url, BODY, {"Awt-Signature": "v1=00"})
            assert answer.text == "THERE"
            assert self.program.asked[1] == (b"/y", BODY, "v1=00")
        self.program.answer = lead("http://192.0.2.1/")
        assert "remote.hosts" in await self.refusal(BadAnswer)
        port = self.port.getHost().port
        self.program.answer = lead(f"http://127.0.0.2:{port}/y")
        only_one = RemoteClient(
            hosts=(self.host, f"127.0.0.2:{port}"),
            policy=EgressPolicy(allow_private_addresses=[ip_network("127.0.0.1/32")], key=KEY),
            reactor=reactor,
        )
        assert "127.0.0.2 is private" in await self.refusal(BadAnswer, only_one)
        self.program.answer = lead("/x")
        assert "without end" in await self.refusal(BadAnswer)
