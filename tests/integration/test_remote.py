"""A service that is another program: the one of the documentation, as it stands there, and worse ones."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Moment
from threading import Thread
from typing import Any

import msgspec
import pytest

from awt.model.remote import signature
from awt.testing.ports import free_port
from awt.testing.process import PATIENCE, Server
from awt.testing.site import Browser, Event, RunningNode
from tests.docs.documents import blocks, read

DOCUMENT = read("docs/remote.md")


class Example(Server):
    """The program of the documentation."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.secret = ""
        [text] = blocks(DOCUMENT, "python")
        self.file = self.directory / "service.py"
        self.file.write_text(text)

    def command(self) -> Sequence[str]:
        return [sys.executable, str(self.file)]

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "PORT": str(self.port), "SECRET": self.secret}

    def ready(self) -> bool:
        try:
            with Browser(f"http://127.0.0.1:{self.port}", seconds=2) as browser:
                return browser.get("/").status == 501
        except OSError:
            return False


class Program(ThreadingHTTPServer):
    """A program whose answers a test decides: ``plan`` has the status of each request to come."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plan: list[int] = []
        self.calls: list[dict[str, Any]] = []
        self.held: Moment | None = None
        self.came = Moment()
        Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Program  # type: ignore[mutable-override]

    def do_POST(self) -> None:
        call = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(call)
        self.server.came.set()
        if self.server.held is not None:
            self.server.held.wait(30)
        status = self.server.plan.pop(0) if self.server.plan else 200
        self.send_response(status)
        self.end_headers()
        self.wfile.write(msgspec.json.encode({"text": f"heard {call['text']}"}))

    def log_message(self, *_: object) -> None:
        pass


def settings(port: int) -> dict[str, str]:
    return {"REMOTE_HOSTS": f"127.0.0.1:{port}", "REMOTE_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8"}


def operate(node: RunningNode, *words: str) -> str:
    """Run the command ``awt`` beside a node; return the last word that it prints."""
    return node.awt(*words).split()[-1]


def add(node: RunningNode, name: str, port: int) -> str:
    """Add a service as the documentation says and return its secret."""
    lines = next(text for text in blocks(DOCUMENT, "sh") if "service add" in text).splitlines()
    last = ""
    for line in lines:
        text = line.replace("capitals", name).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        last = operate(node, *text.split()[1:])
    return last


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    running = Program()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def node(program: Program) -> Iterator[RunningNode]:
    with RunningNode(**settings(program.server_port)) as running:
        add(running, "parrot", program.server_port)
        yield running


@pytest.fixture
def member(node: RunningNode, program: Program) -> Browser:
    program.plan.clear()
    program.calls.clear()
    browser = node.browser()
    browser.join()
    return browser


def test_the_program_of_the_documentation_works_as_it_stands_there() -> None:
    with ExitStack() as stack:
        example = Example()
        stack.callback(example.stop)
        node = stack.enter_context(RunningNode(**settings(example.port)))
        example.secret = add(node, "capitals", example.port)
        example.start()
        with node.browser() as browser:
            browser.join()
            answer = browser.ask("hello there", service="capitals")
            assert answer.text == "HELLO THERE"
            assert answer.choices == [{"label": "Again", "send": "hello there"}]
            operate(node, "admin", "service", "secret", "capitals")
            answer = browser.ask("and now?", service="capitals")
            assert "does not answer" in answer.text
        assert "answers 403" in node.log
        assert example.secret not in node.log


def test_the_verification_of_the_documentation_makes_our_signature() -> None:
    [line] = [text for text in blocks(DOCUMENT, "sh") if "openssl" in text]
    given = {"TIMESTAMP": "1795321792", "BODY": '{"text": "é %s"}', "SECRET": "s3cret"}
    done = subprocess.run(
        ["/bin/sh", "-c", line], env={**os.environ, **given}, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == signature("s3cret", "1795321792", given["BODY"].encode())


def test_the_examples_of_the_documentation_are_of_the_form_that_is_sent(
    member: Browser, program: Program
) -> None:
    [example] = blocks(DOCUMENT, "json")
    said = msgspec.json.decode(example)
    member.ask("hello", service="parrot")
    [call] = program.calls
    assert list(call) == list(said)
    assert re.fullmatch(r"[0-9a-f]{32}", call["user"])
    assert {len(call[name]) - len(said[name]) for name in ("id", "user", "time")} == {0}


def test_a_program_in_trouble_is_asked_again_under_the_same_id_and_nobody_overtakes(
    member: Browser, program: Program
) -> None:
    program.plan[:] = [503]
    with member.events() as events:
        first = member.say("first", service="parrot")
        second = member.say("second", service="parrot")
        told = list[Event]()
        while second not in [event.reply_to for event in told]:
            told.append(events.next())
    heard = [(event.reply_to, event.text) for event in told if event.text.startswith("heard")]
    assert heard == [(first, "heard first"), (second, "heard second")]
    assert [call["text"] for call in program.calls] == ["first", "first", "second"]
    assert program.calls[0]["id"] == program.calls[1]["id"]


def test_a_node_that_is_killed_while_a_program_works_asks_again_and_tells_once(
    node: RunningNode, member: Browser, program: Program
) -> None:
    program.held = Moment()
    program.came.clear()
    message_id = member.say("work", service="parrot")
    assert program.came.wait(PATIENCE)
    node.kill()
    program.held.set()
    program.held = None
    node.start()
    with member.events() as events:
        answer = events.answers(message_id)
        assert answer.text == "heard work"
        next_id = member.say("more", service="parrot")
        assert events.answers(next_id).text == "heard more"
    with member.events() as again:
        told = []
        while next_id not in told:
            told.append(again.next().reply_to)
    assert told.count(message_id) == 1
    assert len({call["id"] for call in program.calls if call["text"] == "work"}) == 1
    assert "Traceback" not in node.log
