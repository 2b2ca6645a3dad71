"""The suite: a server node, client nodes of two services, real servers between them and their users."""

import http.client
from collections.abc import Iterator

import pytest

from awt.testing.mariadb import MariaDB
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.suite import Suite
from awt.testing.website import Website
from awt.testing.xmpp_user import XmppUser


@pytest.fixture(scope="module")
def suite(mariadb: MariaDB, rabbitmq: RabbitMQ, prosody: Prosody) -> Iterator[Suite]:
    with Suite(mariadb=mariadb, rabbitmq=rabbitmq, prosody=prosody) as nodes:
        yield nodes


def join(suite: Suite, somebody: XmppUser, bot: str) -> None:
    """Become a member: write to the assistant and click its link."""
    somebody.say(bot, "hello")
    link = somebody.expect(bot, "http").link
    with suite.server.browser() as browser:
        assert browser.click(link).status == http.client.SEE_OTHER


def test_a_stranger_becomes_a_member_and_checks_a_page(suite: Suite, prosody: Prosody) -> None:
    with Website() as website, XmppUser("ann@localhost", port=prosody.port) as ann:
        join(suite, ann, prosody.bot("base"))
        ann.say(prosody.bot("webtest"), f"#check {website.url}/")
        card = ann.expect(prosody.bot("webtest"), "200")
        assert website.url in card.body
