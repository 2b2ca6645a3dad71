"""Conversations go on while the node is killed, frozen and stopped; then everything is counted."""

import random
import signal
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import HTTPConnection

import pytest

from awt.testing.scale import SCALE
from awt.testing.site import RunningNode
from awt.testing.website import Website
from tests.integration.crowd import PATIENCE, Crowd, count, facts

PEOPLE = 40 * SCALE
FAULTS = 3 * SCALE

WORDS = 11
"""What everybody says at least."""


@pytest.fixture
def website() -> Iterator[Website]:
    with Website() as running:
        yield running


@pytest.fixture
def node() -> Iterator[RunningNode]:
    with RunningNode(
        LIMITS_REGISTRATIONS_PER_HOUR="1000000", LIMITS_CALLS_PER_MINUTE="1000000"
    ) as running:
        yield running


def kill(node: RunningNode, crowd: Crowd) -> None:
    """The process is gone from one instruction to the next."""
    crowd.up.clear()
    node.kill()
    node.start()
    crowd.up.set()


def terminate(node: RunningNode, crowd: Crowd) -> None:
    """It is asked to end, and does."""
    crowd.up.clear()
    assert node.terminate() in {0, -signal.SIGTERM}
    node.start()
    crowd.up.set()


def freeze(node: RunningNode, crowd: Crowd) -> None:
    """It stands still, with requests on their way, and goes on."""
    node.freeze()
    asked = HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
    try:
        asked.request("GET", "/readyz")
        node.thaw()
        assert asked.getresponse().status == HTTPStatus.OK
    finally:
        asked.close()


@pytest.mark.parametrize("fault", [kill, terminate, freeze])
def test_nothing_accepted_is_lost_and_nothing_happens_twice(
    node: RunningNode,
    website: Website,
    fault: Callable[[RunningNode, Crowd], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(f"faults {fault.__name__}")
    moments = sorted(chance.sample(range(PEOPLE, PEOPLE * WORDS), FAULTS))
    happened = 0
    with Crowd(node, website, people=PEOPLE, seed=20261122) as crowd:
        for moment in moments:
            if crowd.wait_until_said(moment):
                fault(node, crowd)
                happened += 1
        crowd.finish()
    wrong = count(node, crowd.tally)
    tally = crowd.tally
    table = {
        "accepted (202)": len(tally.accepted),
        "posts whose answer was lost": sum(tally.unanswered.values()),
        "refused for now (503)": tally.refused,
        "activations whose answer was lost": tally.activations_lost,
        "streams opened": tally.streams,
        "pages fetched": len(website.paths),
        **facts(node),
        **{f"WRONG: {name}": number for name, number in wrong.items()},
    }
    lines = [f"{name:<50}{number:>7}" for name, number in table.items()]
    with capsys.disabled():
        sys.stdout.write(f"\n{fault.__name__}: {happened} times, {PEOPLE} conversations\n")
        sys.stdout.write("".join(f"  {line}\n" for line in lines))
    assert happened == FAULTS
    assert not any(wrong.values()), wrong
    assert "Traceback" not in node.log
