"""The database cannot be written for a while: the site says so, and afterwards everything goes on."""

import http.client
import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from awt.testing.process import PATIENCE
from awt.testing.site import Answer, Browser, Event, Events, RunningNode
from awt.testing.website import Website
from tests.integration.crowd import LOST, count

SMALL = 48 * 1024
"""Bytes: more than the log of a test, less than the database's files."""


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    with RunningNode() as running:
        yield running


@pytest.fixture
def member(node: RunningNode) -> Browser:
    browser = node.browser()
    browser.join()
    return browser


def assert_refused_for_now(answer: Answer) -> None:
    assert answer.status == http.client.SERVICE_UNAVAILABLE
    assert answer.json()["error"]["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0


def opened(node: RunningNode) -> sqlite3.Connection:
    return sqlite3.connect(node.database, isolation_level=None, timeout=PATIENCE)


def say(member: Browser, text: str) -> Answer:
    return member.send_json("/chat/messages", {"service": "base", "text": text})


def answers(events: Events, wanted: dict[str, int]) -> dict[str, list[Event]]:
    """Wait for a number of answers to each of some messages, in any order; return those of each."""
    found: dict[str, list[Event]] = {message: [] for message in wanted}
    while any(len(found[message]) < number for message, number in wanted.items()):
        event = events.next(seconds=PATIENCE)
        if event.reply_to in wanted:
            found[event.reply_to].append(event)
    return found


def assert_nothing_wrong(node: RunningNode) -> None:
    wrong = {name: number for name, number in count(node).items() if number}
    assert not wrong


def test_a_database_that_somebody_else_writes_is_waited_for(
    node: RunningNode, member: Browser
) -> None:
    with Website() as website, closing(opened(node)) as db:
        with website.hold():
            checked = member.say(f"#check {website.url}/")
            website.fetched(1)
            db.execute("BEGIN EXCLUSIVE")
        refusals: list[Answer] = []
        people = [
            threading.Thread(target=lambda: refusals.append(say(member, "#help"))) for _ in range(3)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        for answer in refusals:
            assert_refused_for_now(answer)
        assert member.get("/").status == http.client.OK, "reading goes on"
        db.execute("ROLLBACK")
    said = member.say("#whoami")
    with member.events() as events:
        told = answers(events, {checked: 2, said: 1})[checked]
    assert any("Works" in each.text for each in told), "what was refused for now comes later"
    assert len(website.paths) == 1, "the result was kept until it could be told"
    assert_nothing_wrong(node)


def test_a_stop_does_not_wait_for_who_keeps_the_database(
    node: RunningNode, member: Browser
) -> None:
    with Website() as website, closing(opened(node)) as db:
        with website.hold(), member.events() as events:
            checked = member.say(f"#check {website.url}/")
            website.fetched(1)
            events.answers(checked)
            db.execute("BEGIN EXCLUSIVE")
            people = [threading.Thread(target=say_in_vain, args=(member,)) for _ in range(3)]
            for person in people:
                person.start()
            node.terminate()
            for person in people:
                person.join()
            db.execute("ROLLBACK")
            node.start()
            website.fetched(2)
        with member.events(last_id=events.last_id) as events:
            assert "Works" in events.answers(checked).text
    assert_nothing_wrong(node)


def say_in_vain(member: Browser) -> None:
    with suppress(*LOST):
        assert_refused_for_now(say(member, "#help"))


def test_a_full_disk_refuses_and_loses_nothing(node: RunningNode, member: Browser) -> None:
    _, hard = resource.prlimit(node.pid, resource.RLIMIT_FSIZE)
    accepted, refused = [member.say("#whoami")], list[Answer]()
    resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (SMALL, hard))
    try:
        while not refused and len(accepted) < 50:
            answer = say(member, "#help")
            if answer.status == http.client.ACCEPTED:
                accepted.append(answer.json()["id"])
            else:
                refused.append(answer)
    finally:
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (hard, hard))
    [answer] = refused
    assert_refused_for_now(answer)
    accepted.append(member.say("#balance"))
    with member.events() as events:
        answers(events, dict.fromkeys(accepted, 1))
    assert_nothing_wrong(node)
