"""A node beside a server of the Skype HTTP API, and people on it."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from awt.testing.site import RunningNode
from awt.testing.skype import Person, SkypeServer

BOT = "awt.base"
PASSWORD = "the bot's own"

_NUMBERS = itertools.count(1)

People = Callable[..., Person]


def settings(skype: SkypeServer) -> dict[str, str]:
    """Return the settings of a node whose base assistant signs in there."""
    return {
        "SKYPE_BASE_URL": skype.url,
        "SKYPE_USER": BOT,
        "SKYPE_PASSWORD": PASSWORD,
        "SKYPE_CONTACTS_SECONDS": "1",
        "LIMITS_RESEND_PER_MINUTE": "3",
    }


@pytest.fixture(scope="package")
def skype() -> Iterator[SkypeServer]:
    """A server with an account for the base assistant."""
    with SkypeServer() as running:
        running.account(BOT, PASSWORD)
        yield running


@pytest.fixture(scope="package")
def node(skype: SkypeServer) -> Iterator[RunningNode]:
    """A node whose base assistant listens."""
    with RunningNode(**settings(skype)) as running:
        skype.until(lambda: skype.listens(BOT), "the assistant listens")
        yield running


@pytest.fixture(autouse=True)
def healthy(skype: SkypeServer) -> Iterator[None]:
    """Leave no fault of a test to the next one."""
    yield
    skype.thaw()
    skype.heal()


@pytest.fixture
def people(skype: SkypeServer, node: RunningNode) -> People:
    """Return people whom no assistant knows."""
    return lambda: skype.person(f"person{next(_NUMBERS)}")


@pytest.fixture
def ann(people: People) -> Person:
    """Somebody whom no assistant knows."""
    return people()


@pytest.fixture
def member(ann: Person, node: RunningNode) -> Person:
    """Somebody with an active account."""
    join(ann, node)
    return ann


def join(person: Person, node: RunningNode) -> None:
    """Register in the chat and click the link."""
    person.say(BOT, "hello")
    node.browser().click(person.expect(BOT, "http").link)
    person.expect(BOT, "Your account is active")
