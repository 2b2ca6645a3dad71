"""A node beside a Prosody, and people with Jabber clients."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from awt.testing.prosody import Prosody
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser

_NUMBERS = itertools.count(1)

People = Callable[..., XmppUser]


def settings(prosody: Prosody) -> dict[str, str]:
    """Return the settings of a node that is connected to a server."""
    return {
        "XMPP_COMPONENT": prosody.endpoint,
        "XMPP_DOMAIN": prosody.domain,
        "XMPP_SECRET": prosody.secret,
        "LIMITS_RESEND_PER_MINUTE": "3",
    }


@pytest.fixture(scope="session")
def node(prosody: Prosody) -> Iterator[RunningNode]:
    """A node that nobody stops."""
    with RunningNode(**settings(prosody)) as running:
        yield running


@pytest.fixture
def people(prosody: Prosody) -> Iterator[People]:
    """Return people who are online, each with an address that nobody had before."""
    with ExitStack() as stack:

        def make(name: str = "ann", **options: Any) -> XmppUser:
            jid = f"{name}{next(_NUMBERS)}@{prosody.domain}"
            return stack.enter_context(XmppUser(jid, port=prosody.port, **options))

        yield make


@pytest.fixture
def ann(people: People) -> XmppUser:
    """Somebody whom no assistant knows."""
    return people()


@pytest.fixture
def bot(node: RunningNode, prosody: Prosody) -> str:
    """The address of the base assistant, whose node runs."""
    return prosody.bot("base")


@pytest.fixture
def member(ann: XmppUser, bot: str, node: RunningNode) -> XmppUser:
    """Somebody with an active account, who has read everything."""
    join(ann, bot, node)
    return ann


def join(user: XmppUser, bot: str, node: RunningNode) -> None:
    """Register in the chat and click the link."""
    user.say(bot, "hello")
    node.browser().click(user.expect(bot).link)
    user.expect(bot, "Your account is active")
    user.skip()
