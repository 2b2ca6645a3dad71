"""The network, and we, fail in the middle: nothing that was taken is lost, nothing happens twice."""

import time
from collections.abc import Callable

import pytest

from awt.testing.process import PATIENCE, ServerError, until
from awt.testing.scale import SCALE
from awt.testing.site import RunningNode
from awt.testing.skype import Person, SkypeServer
from tests.skype.conftest import BOT, People, join

PEOPLE = 8 * SCALE
TEXTS = 5
"""Commands that each of them writes."""
STOP = 7.0
"""Seconds that a node may take to stop, whatever hangs."""
ZONE = "Etc/GMT"
RESENT = {"node is killed"}
"""Faults after which a text goes out again, under its id: nobody can know that the network has it."""
BACK = " goes back: "
"""What the log says of a text that goes out again because the network did not say that it has it."""
REFUSED = "does not take the name and password"


def cut(skype: SkypeServer, _node: RunningNode) -> None:
    skype.cut()
    skype.mend()


def freeze(skype: SkypeServer, _node: RunningNode) -> None:
    skype.freeze()
    time.sleep(3)  # what is tried is that it lasts
    skype.thaw()


def endless_registration(skype: SkypeServer, _node: RunningNode) -> None:
    skype.fail("POST v1/users/ME/endpoints", times=15, status=201)
    skype.revoke(BOT)


FAULTS: dict[str, Callable[[SkypeServer, RunningNode], None]] = {
    "server is cut": cut,
    "server freezes": freeze,
    "node is killed": lambda _skype, node: node.restart(),
    "tokens are revoked": lambda skype, _node: skype.revoke(BOT),
    "polls are dropped": lambda skype, _node: skype.fail("/poll", times=5, cut=True),
    "answers are dropped": lambda skype, _node: skype.fail(
        "POST v1/users/ME/conversations/8:", times=2, cut=True
    ),
    "polls are nonsense": lambda skype, _node: skype.fail(
        "/poll", times=3, status=200, body=b"<html>"
    ),
    "server is ill": lambda skype, _node: skype.fail("", times=3, status=503),
    "server is busy": lambda skype, _node: skype.fail(
        "", times=2, status=429, headers={"Retry-After": "1"}
    ),
    "registration is endless": endless_registration,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_said_is_answered_and_happens_once_whatever_fails(
    fault: str,
    skype: SkypeServer,
    node: RunningNode,
    people: People,
    request: pytest.FixtureRequest,
) -> None:
    crowd = [people() for _ in range(PEOPLE)]
    back = node.log.count(BACK)
    for person in crowd:
        person.say(BOT, "hello")
    for person in crowd:
        node.browser().click(person.expect(BOT, "http").link)
        person.expect(BOT, "Your account is active")
    for number in range(TEXTS):
        for person in crowd:
            person.say(BOT, f"#tz {ZONE}+{number + 1}")
        if number == 1:
            FAULTS[fault](skype, node)
        if number == 3:
            FAULTS[fault](skype, node)
    for person in crowd:
        for number in range(TEXTS):
            person.expect(BOT, f"{ZONE}+{number + 1}")
    skype.heal()
    twice = sum(_came_twice(person) for person in crowd)
    assert twice <= node.log.count(BACK) - back or fault in RESENT
    writer = request.config.get_terminal_writer()
    with request.getfixturevalue("capsys").disabled():
        writer.write(f" [{fault}: {PEOPLE * TEXTS} texts, {twice} answers came twice] ")


def _came_twice(person: Person) -> int:
    """Return how many answers came once too often, when nothing more is to come."""
    person.say(BOT, "#lang")
    person.expect(BOT, "We speak")
    answers = [message.client_id for message in person.inbox if ZONE in message.text]
    assert len(set(answers)) == TEXTS, "an effect happened twice"
    return len(answers) - TEXTS


def test_a_wrong_password_is_said_in_one_line_and_not_tried_in_a_hurry(
    skype: SkypeServer,
) -> None:
    settings = {"SKYPE_BASE_URL": skype.url, "SKYPE_USER": BOT, "SKYPE_PASSWORD": "wrong"}
    before = skype.requests.count("POST login/skypetoken")
    with RunningNode(**settings) as other:
        skype.until(
            lambda: skype.requests.count("POST login/skypetoken") >= before + 2, "it tries again"
        )
        until(lambda: REFUSED in other.log, seconds=PATIENCE, what=REFUSED)
        assert other.log.count(REFUSED) == 1
        assert "Traceback" not in other.log
        assert other.browser().get("/").status == 200


def test_a_server_that_is_away_hurts_nobody_else() -> None:
    skype = SkypeServer()
    skype.account(BOT, "x")
    skype.cut()
    settings = {"SKYPE_BASE_URL": skype.url, "SKYPE_USER": BOT, "SKYPE_PASSWORD": "x"}
    with RunningNode(**settings) as node:
        browser = node.browser()
        browser.join()
        assert "Balance" in browser.ask("#whoami").text
        skype.mend()
        person = skype.person("late")
        skype.until(lambda: skype.listens(BOT), "the assistant listens")
        join(person, node)
    skype.stop()
    with pytest.raises(ServerError):
        person.expect(BOT, "anything more", seconds=0.1)


def test_messages_that_were_written_while_nobody_listened_are_answered(
    skype: SkypeServer, node: RunningNode, member: Person
) -> None:
    node.kill()
    member.say(BOT, "#whoami")
    node.start()
    member.expect(BOT, member.name)


def test_a_node_stops_in_time_while_the_network_does_not_answer(
    skype: SkypeServer, node: RunningNode, member: Person
) -> None:
    asked = len(skype.requests)
    member.say(BOT, "#whoami")
    member.say(BOT, "#help")
    skype.until(lambda: len(skype.requests) > asked, "something is asked")
    skype.freeze()
    began = time.monotonic()
    node.terminate(seconds=30)
    took = time.monotonic() - began
    assert "did not stop cleanly" not in node.log
    skype.thaw()
    node.start()
    member.expect(BOT, "#menu")
    member.say(BOT, "#tz Etc/GMT+7")
    member.expect(BOT, "Etc/GMT+7")
    assert took < 3 * STOP, took  # as often, for a machine that does much else
