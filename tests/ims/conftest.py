"""A node whose assistants are on every network at once, and people on them."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from awt.testing.prosody import Prosody
from awt.testing.site import RunningNode
from awt.testing.skype import SkypeServer
from awt.testing.xmpp_user import XmppUser

SERVICES = ("base", "webtest", "demo")
NUMBERS = itertools.count(1)

People = Callable[..., XmppUser]


def skype_bot(service: str) -> str:
    """Return the account of an assistant on Skype."""
    return f"awt.{service}"


class EverywhereNode(RunningNode):
    """A node with a file of configuration: each assistant has an account of its own on Skype."""

    def __init__(self, prosody: Prosody, skype: SkypeServer) -> None:
        super().__init__(LIMITS_RESEND_PER_MINUTE="3")
        tables = [
            f'[xmpp]\ncomponent = "{prosody.endpoint}"\ndomain = "{prosody.domain}"',
            f'secret = "{prosody.secret}"',
            f'[skype]\nbase_url = "{skype.url}"\ncontacts_seconds = 1',
        ]
        for service in SERVICES:
            skype.account(skype_bot(service), service)
            tables.append(
                f'[skype.{service}]\nuser = "{skype_bot(service)}"\npassword = "{service}"'
            )
        self._file = self.directory / "awt.toml"
        self._file.write_text("\n".join(tables))

    def command(self) -> Sequence[str]:
        """Return twistd's command line."""
        return [*super().command(), f"--config={self._file}"]


@pytest.fixture(scope="package")
def prosody() -> Iterator[Prosody]:
    """A Jabber server of this folder's own: an assistant is connected once."""
    with Prosody() as running:
        yield running


@pytest.fixture(scope="package")
def skype() -> Iterator[SkypeServer]:
    """A server of the Skype HTTP API."""
    with SkypeServer() as running:
        yield running


@pytest.fixture(scope="package")
def node(prosody: Prosody, skype: SkypeServer) -> Iterator[RunningNode]:
    """A node that nobody stops."""
    with EverywhereNode(prosody, skype) as running:
        for service in SERVICES:
            bot = skype_bot(service)
            skype.until(lambda bot=bot: skype.listens(bot), f"{bot} listens")  # type: ignore[misc]
        yield running


@pytest.fixture
def people(prosody: Prosody) -> Iterator[People]:
    """Return people with Jabber clients whom no assistant knows."""
    with ExitStack() as stack:

        def make(name: str = "person") -> XmppUser:
            jid = f"{name}{next(NUMBERS)}@{prosody.domain}"
            return stack.enter_context(XmppUser(jid, port=prosody.port))

        yield make
