"""Rules that name two IMs, over the real queues: each is kept whichever of the two comes first.

A transport joins by a class with the methods of `Side` and its line in `SIDES`.
"""

import itertools
import re
from collections.abc import Callable
from typing import Protocol

import pytest

from awt.testing.process import PATIENCE, until
from awt.testing.prosody import Prosody
from awt.testing.site import Browser, Event, RunningNode
from awt.testing.skype import Person, SkypeServer
from awt.testing.xmpp_user import Stanza, XmppUser
from tests.ims.conftest import NUMBERS, People, skype_bot

LINK = re.compile(r"https?://\S+[?&]user_hash=\S+")
CODE = re.compile(r"^[A-Z2-9]{4}-[A-Z2-9]{4}$", re.MULTILINE)


class Side(Protocol):
    """Somebody on an IM, who reads what each assistant says line by line."""

    def say(self, text: str, *, service: str = "base") -> None:
        """Say something, and do not wait for the answer."""

    def ask(self, text: str, *, service: str = "base") -> str:
        """Say something and return the next line of that assistant, which is the answer."""

    def hear(self, text: str, *, service: str = "base") -> str:
        """Return the next line of an assistant that has a text in it."""

    def click(self, link: str) -> None:
        """Open a link in a browser of this side, and press the button."""

    def attach(self, other: "Side") -> None:
        """Make this one an address of the account of another: both ends agree."""

    def gone(self) -> None:
        """Wait until this side is told that the account is closed."""


class Web:
    """Somebody in the chat on the site."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._last: dict[str, str] = {}

    def say(self, text: str, *, service: str = "base") -> None:
        self._browser.say(text, service=service)

    def ask(self, text: str, *, service: str = "base") -> str:
        message_id = self._browser.say(text, service=service)
        event = self._next(service, "")
        assert event.reply_to == message_id, event.text
        return event.text

    def hear(self, text: str, *, service: str = "base") -> str:
        return self._next(service, text).text

    def _next(self, service: str, text: str) -> Event:
        with self._browser.events(last_id=self._last.get(service, "")) as events:
            while True:
                event = events.next()
                if (event.sender, event.service) == ("assistant", service) and text in event.text:
                    self._last[service] = event.id
                    return event

    def click(self, link: str) -> None:
        assert self._browser.click(link).status == 303

    def attach(self, other: Side) -> None:
        self.click(link_in(other.ask("#loginlink")))
        self._last.clear()

    def gone(self) -> None:
        def is_out() -> bool:
            return self._browser.get("/dashboard").location == "/login"

        until(is_out, seconds=PATIENCE, what="the end of the session")


class Jabber:
    """Somebody with a Jabber client."""

    def __init__(self, user: XmppUser, prosody: Prosody, browser: Browser) -> None:
        self._user = user
        self._prosody = prosody
        self._browser = browser
        self._read: dict[str, set[str]] = {}

    def say(self, text: str, *, service: str = "base") -> None:
        self._user.say(self._prosody.bot(service), text)

    def ask(self, text: str, *, service: str = "base") -> str:
        self.say(text, service=service)
        return self.hear("", service=service)

    def hear(self, text: str, *, service: str = "base") -> str:
        bot, read = self._prosody.bot(service), self._read.setdefault(service, set())

        def fits(stanza: Stanza) -> bool:
            if stanza.sender != bot or not stanza.body or stanza.id in read:
                return False
            if text not in stanza.body:
                read.add(stanza.id)
                return False
            return True

        found = self._user.next(fits, skip=False, what=text)
        read.add(found.id)
        return found.body

    def click(self, link: str) -> None:
        assert self._browser.click(link).status == 303

    def attach(self, other: Side) -> None:
        assert self._user.jid in other.ask(f"#im add {self._user.jid}")
        found = CODE.search(self.hear("enter this code"))
        assert found
        assert self._user.jid in other.ask(f"#im code {found.group()}")
        self.hear("Accept my request")

    def gone(self) -> None:
        self.hear("Your account is closed")


class Skype:
    """Somebody with a Skype client."""

    def __init__(self, person: Person, browser: Browser) -> None:
        self._person = person
        self._browser = browser
        self._read: dict[str, int] = {}

    def say(self, text: str, *, service: str = "base") -> None:
        self._person.say(skype_bot(service), text)

    def ask(self, text: str, *, service: str = "base") -> str:
        self.say(text, service=service)
        return self.hear("", service=service)

    def hear(self, text: str, *, service: str = "base") -> str:
        found = self._person.after(self._read.get(service, 0), skype_bot(service), text)
        self._read[service] = found.number
        return found.text

    def click(self, link: str) -> None:
        assert self._browser.click(link).status == 303

    def attach(self, other: Side) -> None:
        name = self._person.name
        assert name in other.ask(f"#im add skype {name}")
        found = CODE.search(self.hear("enter this code"))
        assert found
        assert name in other.ask(f"#im code {found.group()}")
        self.hear("Accept my request")

    def gone(self) -> None:
        self.hear("Your account is closed")


SIDES: dict[str, Callable[[RunningNode, Prosody, People, SkypeServer], Side]] = {
    "webchat": lambda node, *_: Web(node.browser()),
    "jabber": lambda node, prosody, people, _: Jabber(people(), prosody, node.browser()),
    "skype": lambda node, _, __, skype: Skype(
        skype.person(f"person{next(NUMBERS)}"), node.browser()
    ),
}
PAIRS = list(itertools.permutations(SIDES, 2))


def link_in(text: str) -> str:
    """Return the link in a text."""
    found = LINK.search(text)
    assert found, text
    return found.group()


@pytest.fixture(params=PAIRS, ids="-".join)
def names(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each pair of IMs, in both orders."""
    return tuple(request.param)


@pytest.fixture
def pair(
    names: tuple[str, str],
    node: RunningNode,
    prosody: Prosody,
    people: People,
    skype: SkypeServer,
) -> tuple[Side, Side]:
    """Somebody who has an account on the first IM and has added the second."""
    first, second = (SIDES[name](node, prosody, people, skype) for name in names)
    first.click(link_in(first.ask("hello")))
    first.hear("Your account is active")
    second.attach(first)
    return first, second


def test_both_ims_are_one_account_with_one_balance(pair: tuple[Side, Side]) -> None:
    answers = [side.ask("#balance").splitlines()[0] for side in pair]
    assert answers[0] == answers[1]
    for side in pair:
        text = side.ask("#im")
        assert "confirmed" in text
        assert "Chat on the site: connected" in text


def test_the_answer_comes_where_it_was_asked_for_and_nowhere_else(pair: tuple[Side, Side]) -> None:
    for asking, other in (pair, pair[::-1]):
        assert "Your time zone" in asking.ask("#tz")
        assert "We speak" in other.ask("#lang")


def test_a_service_that_is_added_on_one_comes_to_the_other(pair: tuple[Side, Side]) -> None:
    first, second = pair
    first.ask("#add webtest")
    for side in pair:
        side.hear("Hello, this is", service="webtest")
    assert "(webtest)" in second.ask("#menu", service="webtest")


def test_a_service_that_is_removed_on_one_is_gone_on_the_other(pair: tuple[Side, Side]) -> None:
    first, second = pair
    first.ask("#add webtest")
    second.hear("Hello, this is", service="webtest")
    assert "removed" in second.ask("#del webtest")
    first.hear("Hello, this is", service="webtest")
    assert "#add webtest" in first.ask("#menu", service="webtest")
    first.ask("#add webtest")
    second.hear("Hello, this is", service="webtest")


def test_a_menu_is_answered_where_it_was_shown(pair: tuple[Side, Side]) -> None:
    first, second = pair
    first.ask("#menu")
    second.ask("#lang")
    assert "we speak" in second.ask("1").lower() or "говорим" in second.ask("1")
    assert "Services" in first.ask("1")


def test_the_language_is_that_of_the_account(pair: tuple[Side, Side]) -> None:
    first, second = pair
    first.ask("#lang ru")
    assert "баллов" in second.ask("#balance")


def test_closing_the_account_on_one_closes_it_on_the_other(pair: tuple[Side, Side]) -> None:
    first, second = pair
    first.ask("#delaccount")
    first.say("yes")
    second.gone()


def test_the_points_of_an_invite_are_seen_on_both(
    pair: tuple[Side, Side], people: People, prosody: Prosody, node: RunningNode
) -> None:
    first, second = pair
    friend = people("friend")
    bot = prosody.bot("base")
    assert friend.jid in second.ask(f"#invite {friend.jid}")
    asked = friend.expect_presence(bot, "subscribe")
    assert "invited_by=" in (asked.xml.findtext("{jabber:client}status") or "")
    friend.expect(bot, "just authorise this assistant")
    friend.authorise(bot)
    assert node.browser().click(friend.expect(bot).link).status == 303
    friend.expect(bot, "Your account is active")
    client = first if isinstance(second, Web) else second  # a visit of the site is no client
    assert "You get 100 points and have 300 now" in client.hear(friend.jid)
    for side in pair:
        assert "You have 300 points" in side.ask("#points")
    assert f"{friend.jid}: came" in first.ask("#invites")
