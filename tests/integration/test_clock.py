"""Somebody sets the clock of a node's machine back: what was waited for comes when it would have come."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from awt.testing.site import RunningNode
from awt.testing.website import Website

BACK = """
import os, time
seconds, nanoseconds = time.time, time.time_ns

def back():
    return 3600 if os.path.exists("clock-is-back") else 0

time.time = lambda: seconds() - back()
time.time_ns = lambda: nanoseconds() - back() * 10**9
"""
"""What Python runs before anything else: it stands for the clock of the machine."""


class OddNode(RunningNode):
    """A node whose clock goes back by an hour when it is told to."""

    def environment(self) -> Mapping[str, str]:
        (self.directory / "sitecustomize.py").write_text(BACK)
        return {**super().environment(), "PYTHONPATH": str(self.directory)}

    def set_back(self) -> None:
        """Set its clock back."""
        Path(self.directory, "clock-is-back").touch()


@pytest.fixture
def node() -> Iterator[OddNode]:
    with OddNode(LIMITS_ACTION_SECONDS="2") as running:
        yield running


def test_deadlines_pass_although_the_clock_was_set_back_meanwhile(node: OddNode) -> None:
    with node.browser() as member, Website() as website:
        member.join()
        with member.events() as events, website.hold():
            said = member.say(f"#check {website.url}/")
            website.fetched(1)
            node.set_back()
            _started, card = events.answers(said), events.answers(said)
        assert "did not answer in time" in card.text
        said = member.say(f"#check {website.url}/")
        with member.events() as events:
            _started, card = events.answers(said), events.answers(said)
        assert "Works" in card.text
