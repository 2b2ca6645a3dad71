"""A node that runs tests and has nothing but the address of the server and a token."""

import http.client
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from awt.testing.process import until
from awt.testing.site import Browser, RunningNode
from awt.testing.suite import ClientNode
from awt.testing.website import Website

PATIENCE = 60.0
"""Seconds in which a task is over: longer than a lease."""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningNode]:
    """A node that runs no tests itself."""
    with RunningNode(PARTS="w1,web,scheduler", LIMITS_ACTION_SECONDS="60") as node:
        yield node


@pytest.fixture
def ann(server: RunningNode) -> Iterator[Browser]:
    with server.browser() as browser:
        browser.join()
        yield browser


def introduce(server: RunningNode, name: str, *words: str) -> str:
    """Add a node; return its token."""
    return server.awt("node", "add", name, *words).split()[-1]


def executor(server: RunningNode, token: str) -> ClientNode:
    return ClientNode(
        SERVICE="webtest", SERVER_URL=server.url, SERVER_TOKEN=token, EXECUTOR_SLOTS="1"
    )


def start(ann: Browser, url: str) -> int:
    return int(ann.call("RunTest", {"url": url, "type": "http"}).json()["id"])


def task(ann: Browser, number: int) -> dict[str, Any]:
    found: dict[str, Any] = ann.call("GetTask", {"id": number}).json()
    return found


def over(ann: Browser, number: int) -> dict[str, Any]:
    until(
        lambda: task(ann, number)["finished_at"] is not None,
        seconds=PATIENCE,
        what=f"end of task {number}",
    )
    return task(ann, number)


def test_a_node_of_its_own_runs_tests_and_survives_what_happens_to_it(
    server: RunningNode, ann: Browser
) -> None:
    token = introduce(server, "c1-1", "--types", "http")
    with Website() as website, executor(server, token) as node:
        first = over(ann, start(ann, website.url))
        assert (first["status"], first["node"], first["attempt"]) == ("succeeded", "c1-1", 1)

        with website.hold():  # killed while it runs a test: the next life gives it back
            number = start(ann, website.url)
            website.fetched(2)
            node.kill()
            node.start()
        assert (over(ann, number)["status"], task(ann, number)["attempt"]) == ("succeeded", 2)

        with website.hold():  # cancelled: the only slot is free again
            number = start(ann, website.url)
            website.fetched(4)
            assert ann.call("CancelTask", {"id": number}).json()["status"] == "cancelled"
            start(ann, website.url)
            website.fetched(5)

        with website.hold():  # the server is away for a while
            number = start(ann, website.url)
            website.fetched(6)
            server.restart()
        assert over(ann, number)["status"] == "succeeded"
        assert "Traceback" not in node.log
    assert task(ann, number)["node"] == "c1-1"


def test_of_two_nodes_with_one_token_the_later_works_and_the_other_says_why_not(
    server: RunningNode, ann: Browser
) -> None:
    token = introduce(server, "c2-1")
    with Website() as website, executor(server, token) as first, executor(server, token) as second:
        until(
            lambda: "Another process" in first.log or "node_replaced" in first.log,
            seconds=PATIENCE,
            what="why",
        )
        assert over(ann, start(ann, website.url))["status"] == "succeeded"
        assert "node_replaced" not in second.log
        assert "Traceback" not in first.log + second.log


def as_node(server: RunningNode, token: str, verb: str, path: str, body: bytes) -> tuple[int, Any]:
    with server.browser() as browser:
        headers = {"Authorization": f"Bearer {token}"}
        answer = browser.request(verb, path, body=body, headers=headers)
        return answer.status, answer.json()


def picture() -> bytes:
    data = io.BytesIO()
    Image.effect_noise((1280, 800), 50).convert("RGB").save(data, "JPEG")
    return data.getvalue()


def test_a_claim_waits_for_a_task_and_its_screenshots_are_its_owners_alone(
    server: RunningNode, ann: Browser
) -> None:
    token = introduce(server, "c3-1")
    ask = json.dumps({"types": ["http"], "free_slots": 1, "instance": "x", "wait_seconds": 20})

    def claim() -> tuple[float, Any]:
        began = time.monotonic()
        _, claimed = as_node(server, token, "POST", "/api/ClaimTasks", ask.encode())
        return time.monotonic() - began, claimed

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(claim)
        number = start(ann, "http://example.org/")
        waited, claimed = waiting.result()
    assert [each["id"] for each in claimed["tasks"]] == [number]
    assert waited < 20, "the call was answered when there was something"

    path = f"/api/tasks/{number}/shots/2?attempt=1"
    jpeg = picture()
    assert len(jpeg) > 256 * 1024
    assert as_node(server, token, "PUT", path, jpeg) == (200, {})
    assert as_node(server, token, "PUT", path, b"<svg>")[0] == http.client.BAD_REQUEST
    assert as_node(server, token, "PUT", path, jpeg + b"\0" * 2**21)[0] == 413
    for wrong in ("shots/2?attempt=2", "shots/2", "shots/999?attempt=1", "shots/0?attempt=1"):
        assert as_node(server, token, "PUT", f"/api/tasks/{number}/{wrong}", jpeg)[0] in {400, 404}
    assert ann.request("PUT", path, body=jpeg).status == http.client.FORBIDDEN
    assert [shot["number"] for shot in task(ann, number)["shots"]] == [2]
    done = {"task": number, "attempt": 1, "results": [{"status": "succeeded"}]}
    assert as_node(server, token, "POST", "/api/FinishTask", json.dumps(done).encode())[0] == 200
    assert as_node(server, token, "PUT", path, jpeg)[0] == http.client.NOT_FOUND
