"""XMPP and Skype side by side on one client node, over a real broker: neither hurts the other."""

import http.client
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from attrs import frozen

from awt.testing.mariadb import MariaDB
from awt.testing.process import PATIENCE, ServerError
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.skype import Person, SkypeServer
from awt.testing.suite import SKYPE_BOT, Suite
from awt.testing.xmpp_user import XmppUser

_NUMBERS = itertools.count(1)


@frozen(kw_only=True)
class Member:
    """Somebody with one account, on both networks."""

    jabber: XmppUser
    skype: Person
    bot: str
    """The address of the base assistant on XMPP."""

    def say(self, im: str, text: str) -> None:
        """Say something on one of them."""
        if im == "jabber":
            self.jabber.say(self.bot, text)
        else:
            self.skype.say(SKYPE_BOT, text)

    def hear(self, im: str, text: str, *, seconds: float = PATIENCE) -> str:
        """Return the next answer there that has a text in it."""
        if im == "jabber":
            return self.jabber.expect(self.bot, text, seconds=seconds).body
        return self.skype.expect(SKYPE_BOT, text, seconds=seconds).text

    def heard(self, im: str) -> list[str]:
        """Return all that was said there."""
        if im == "jabber":
            return [stanza.body for stanza in self.jabber.inbox if stanza.body]
        return [message.text for message in self.skype.inbox]

    def ask(self, im: str, text: str, answer: str) -> None:
        """Ask something that is answered."""
        self.say(im, text)
        self.hear(im, answer)


@pytest.fixture(scope="module")
def prosody() -> Iterator[Prosody]:
    """A Jabber server of this file's own, to be killed."""
    with Prosody() as running:
        yield running


@pytest.fixture(scope="module")
def network() -> Iterator[SkypeServer]:
    """A Skype server of this file's own, to be cut."""
    with SkypeServer() as running:
        yield running


@pytest.fixture(scope="module")
def suite(prosody: Prosody, network: SkypeServer) -> Iterator[Suite]:
    """A server node and the client node of the base service."""
    with ExitStack() as stack:
        mariadb, rabbitmq = stack.enter_context(MariaDB()), stack.enter_context(RabbitMQ())
        nodes = Suite(
            mariadb=mariadb,
            rabbitmq=rabbitmq,
            prosody=prosody,
            skype=network,
            services=("base",),
        )
        yield stack.enter_context(nodes)


@pytest.fixture
def member(suite: Suite, network: SkypeServer) -> Iterator[Member]:
    """Somebody who registered with both addresses, and opened the link of each."""
    name = f"both{next(_NUMBERS)}"
    with XmppUser(f"{name}@{suite.domain}", port=suite.xmpp_port) as jabber:
        skype, bot = network.person(name), suite.bot("base")
        browser = suite.server.browser()
        answer = browser.call("CreateAccount", {"jabber": jabber.jid, "skype": name})
        assert answer.status == http.client.OK, answer.text
        for link in (jabber.expect(bot, "http").link, skype.expect(SKYPE_BOT, "http").link):
            assert browser.click(link).status == http.client.SEE_OTHER
        yield Member(jabber=jabber, skype=skype, bot=bot)


def test_what_is_asked_on_one_im_is_answered_there_and_nowhere_else(member: Member) -> None:
    for im, other, zone in (
        ("jabber", "skype", "Etc/GMT+1"),
        ("skype", "jabber", "Etc/GMT+2"),
        ("jabber", "skype", "Etc/GMT+3"),
    ):
        member.ask(im, f"#tz {zone}", zone)
        member.ask(other, "#lang", "We speak")
        assert not [text for text in member.heard(other) if zone in text]


@pytest.mark.parametrize(("first", "last"), [("jabber", "skype"), ("skype", "jabber")])
def test_what_is_sent_unasked_goes_to_the_im_that_was_active_last(
    first: str, last: str, member: Member, suite: Suite
) -> None:
    with suite.mariadb.connect(suite.database) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE user_im SET last_active = 1")  # it is written once a minute
        connection.commit()
    member.ask(first, "#whoami", member.skype.name)
    member.ask(last, "#whoami", member.skype.name)
    for method in ("BlockUser", "UnblockUser"):
        suite.awt("call", method, f"user={member.jabber.jid}")
    assert "http" in member.hear(last, "password")
    with pytest.raises((ServerError, TimeoutError)):
        member.hear(first, "/forgot_password", seconds=0.1)


def test_an_account_that_is_closed_on_one_im_is_let_go_on_both(
    member: Member, network: SkypeServer
) -> None:
    member.skype.agree(SKYPE_BOT)
    member.ask("skype", "#delaccount", "Close your account?")
    member.say("skype", "yes")
    member.hear("jabber", "Your account is closed")
    member.jabber.expect_presence(member.bot, "unsubscribe")
    contacts = network.accounts[SKYPE_BOT].contacts
    network.until(lambda: member.skype.name not in contacts, "the contact has ended")


def test_either_network_is_down_and_the_other_answers(
    member: Member, network: SkypeServer, prosody: Prosody
) -> None:
    def no_skype() -> Callable[[], object]:
        network.cut()
        return network.mend

    def come_back() -> None:
        prosody.start()
        member.jabber.reconnect(seconds=PATIENCE)

    def no_jabber() -> Callable[[], object]:
        prosody.kill()
        return come_back

    for down, other, take_down in (("skype", "jabber", no_skype), ("jabber", "skype", no_jabber)):
        back = take_down()
        for number in range(3):
            member.ask(other, f"#tz Etc/GMT-{number}", f"Etc/GMT-{number}")
        back()
        _answers_again(member, down)


def test_a_client_node_that_is_killed_comes_back_on_both(member: Member, suite: Suite) -> None:
    suite.clients["base"].kill()
    member.say("skype", "#tz Etc/GMT+9")
    suite.clients["base"].start()
    member.hear("skype", "Etc/GMT+9")
    _answers_again(member, "jabber")
    assert sum("Etc/GMT+9" in message.text for message in member.skype.inbox) == 1


def _answers_again(member: Member, im: str) -> None:
    """Ask until there is an answer: what is said to an assistant that is away comes back on XMPP."""
    for _ in range(30):
        member.say(im, "#whoami")
        try:
            member.hear(im, member.skype.name, seconds=2)
        except (ServerError, TimeoutError):
            continue
        return
    raise AssertionError(f"no answer on {im}")
