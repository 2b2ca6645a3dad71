"""A node is killed or stopped at a chosen moment; what it was at is finished by its next life, once."""

import http.client
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from awt.testing.process import PATIENCE, ServerError, until
from awt.testing.site import Browser, RunningNode, was_read
from awt.testing.website import Website
from tests.integration import crashing
from tests.integration.crowd import LOST, count


class FragileNode(RunningNode):
    """A node that, while ``crash`` is set to a queue and a moment, kills itself there."""

    crash: Sequence[str] = ()

    def command(self) -> Sequence[str]:
        if not self.crash:
            return super().command()
        return [sys.executable, str(Path(crashing.__file__)), *self.crash]


@pytest.fixture
def website() -> Iterator[Website]:
    with Website() as running:
        yield running


@pytest.fixture(scope="module")
def node() -> Iterator[FragileNode]:
    with FragileNode(SECURITY_BCRYPT_ROUNDS="12") as running:
        yield running


@pytest.fixture
def member(node: FragileNode) -> Browser:
    if not node.running:  # a test before this one failed
        node.restart()
    browser = node.browser()
    browser.join()
    return browser


def points(member: Browser) -> int:
    return int(member.call("GetAccount").json()["points"])


def assert_nothing_wrong(node: RunningNode) -> None:
    wrong = {name: number for name, number in count(node).items() if number}
    assert not wrong


def live_until_the_crash(node: FragileNode) -> None:
    """Start a node that finds in its queues what it is to crash at."""
    with suppress(ServerError):  # most often it is gone before it is ready
        node.start()
        until(lambda: not node.running, seconds=PATIENCE, what="the crash")
        node.kill()


def test_kills_between_commit_and_delivery_lose_nothing_and_double_nothing(
    node: FragileNode, member: Browser
) -> None:
    outward = "user_op.base.webchat"
    node.crash = ("api", "before")
    node.restart()
    with suppress(*LOST):  # it may die before its 202 is on its way
        member.say("#whoami")
    until(lambda: not node.running, seconds=PATIENCE, what="the crash")
    node.kill()
    for node.crash in (("api", "after"), (outward, "before"), (outward, "after")):
        live_until_the_crash(node)
        assert f"crash: {node.crash[0]} {node.crash[1]}" in node.log
    node.crash = ()
    node.start()
    with member.events() as events:
        while (said := events.next()).text != "#whoami":
            pass
        assert events.answers(said.id).text
        assert not [
            e for e in events.quiet() if said.id in {e.id, e.reply_to} or e.sender == "user"
        ]
    assert_nothing_wrong(node)


def test_a_kill_during_a_fetch_ends_in_a_truthful_card_and_the_right_price(
    node: FragileNode, member: Browser, website: Website
) -> None:
    with website.hold():
        said = member.say(f'#check {website.url}/ "Here it is"')
        website.fetched(1)
        node.kill()
        node.start()
        website.fetched(2)
    with member.events() as events:
        started, card = events.answers(said), events.answers(said)
    assert website.url in started.text
    assert "Works" in card.text
    assert points(member) == 200 - 3
    [task] = member.call("ListTasks").json()["tasks"]
    assert (task["status"], task["attempt"]) == ("succeeded", 2)
    assert_nothing_wrong(node)


def test_a_task_whose_node_was_lost_three_times_fails_and_costs_nothing(
    node: FragileNode, member: Browser, website: Website
) -> None:
    with website.hold():
        said = member.say(f"#check {website.url}/")
        for attempt in (1, 2, 3):
            website.fetched(attempt)
            node.kill()
            node.start()
    with member.events() as events:
        _started, card = events.answers(said), events.answers(said)
    assert "Failed" in card.text
    assert points(member) == 200
    [task] = member.call("ListTasks").json()["tasks"]
    assert (task["status"], task["attempt"]) == ("failed", 3)
    assert {result["reason"] for result in task["results"]} == {"node_lost"}
    assert len(website.paths) == 3
    assert_nothing_wrong(node)


def test_a_stop_finishes_requests_hands_tasks_back_and_closes_what_is_open(
    node: FragileNode, member: Browser, website: Website
) -> None:
    member.submit("/settings", "/settings/login", login="newcomer")
    member.submit("/settings", "/settings/password", new="correct horse", again="correct horse")
    kept = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    kept.request("GET", "/healthz")
    kept.getresponse().read()  # and stays open
    stranger = node.browser()
    form = stranger.get("/login").form("/login")
    with website.hold(), member.events() as stream:
        said = member.say(f"#check {website.url}/")
        website.fetched(1)
        signing_in = stranger.send(
            "/login", form | {"login": "newcomer", "password": "correct horse"}
        )
        until(lambda: was_read(signing_in), seconds=PATIENCE, what="the request to be read")
        assert node.terminate() in {0, -signal.SIGTERM}
        assert signing_in.getresponse().status == http.client.SEE_OTHER
        signing_in.close()
        assert stream.ended.wait(PATIENCE)
        node.start()
        website.fetched(2)
    kept.close()
    with member.events() as events:
        _started, card = events.answers(said), events.answers(said)
    assert "Works" in card.text
    assert points(member) == 200 - 2
    [task] = member.call("ListTasks").json()["tasks"]
    assert task["attempt"] == 1, "a stop in order is no lost node"
    assert_nothing_wrong(node)


def test_a_service_that_is_added_while_the_node_runs_answers(
    node: FragileNode, member: Browser
) -> None:
    bought = member.call("AddService", {"short_name": "demo"})
    assert bought.status == http.client.OK, json.loads(bought.body)
    assert member.ask("#help", service="demo").service == "demo"
    assert_nothing_wrong(node)
