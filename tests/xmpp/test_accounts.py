"""Registration and the account's life over a real server, in both directions."""

import pytest

from awt.testing.prosody import Prosody
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser
from tests.xmpp.conftest import People, join


def test_a_stranger_writes_is_asked_for_authorisation_and_gets_a_link(
    ann: XmppUser, bot: str, node: RunningNode
) -> None:
    message_id = ann.say(bot, "hello")
    ann.receipt(message_id)
    asked = ann.expect_presence(bot, "subscribe")
    said = ann.expect(bot)
    assert said.link in (asked.xml.findtext("{jabber:client}status") or "")
    assert node.browser().click(said.link).status == 303
    assert "Your account is active" in ann.expect(bot).body
    ann.say(bot, "#whoami")
    assert ann.jid in ann.expect(bot).body


def test_a_stranger_adds_the_assistant_is_accepted_and_told_to_write(
    ann: XmppUser, bot: str
) -> None:
    ann.subscribe(bot)
    ann.expect_presence(bot, "subscribed")
    ann.expect_presence(bot, "")
    assert "Write anything" in ann.expect(bot).body
    ann.authorise(bot)
    ann.ping(bot)
    assert ann.roster() == {bot: "both"}
    ann.say(bot, "anything")
    assert ann.expect(bot).link


def test_somebody_registers_on_the_site_and_the_assistant_comes_to_him(
    ann: XmppUser, bot: str, node: RunningNode
) -> None:
    browser = node.browser()
    answer = browser.call("CreateAccount", {"jabber": ann.jid})
    assert answer.status == 200, answer.text
    ann.expect_presence(bot, "subscribe")
    link = ann.expect(bot).link
    ann.authorise(bot)
    assert browser.click(link).status == 303
    ann.expect(bot, "Your account is active")


def test_an_account_that_waits_is_told_to_activate(ann: XmppUser, bot: str) -> None:
    ann.say(bot, "hello")
    first = ann.expect(bot).link
    ann.say(bot, "and now?")
    assert ann.expect(bot).link != first
    ann.subscribe(bot)
    assert ann.expect(bot).link


def test_a_paid_service_takes_no_stranger(ann: XmppUser, prosody: Prosody, bot: str) -> None:
    ann.say(prosody.bot("demo"), "hello")
    assert "/register" in ann.expect(prosody.bot("demo")).body
    ann.subscribe(prosody.bot("demo"))
    assert "/register" in ann.expect(prosody.bot("demo")).body
    ann.say(bot, "hello")
    assert ann.expect(bot).link


def test_a_member_writes_to_a_service_that_is_free_and_has_it(
    member: XmppUser, prosody: Prosody
) -> None:
    webtest = prosody.bot("webtest")
    member.say(webtest, "#menu")
    assert "(webtest)" in member.expect(webtest).body


def test_a_member_writes_to_a_paid_service_and_buys_nothing(
    member: XmppUser, prosody: Prosody, bot: str
) -> None:
    demo = prosody.bot("demo")
    member.say(demo, "hello")
    assert "200" in member.expect(demo).body
    member.say(bot, "#balance")
    assert "200" in member.expect(bot).body


def test_a_service_that_is_added_comes_with_a_request_and_goes_with_two_goodbyes(
    member: XmppUser, prosody: Prosody, bot: str
) -> None:
    webtest = prosody.bot("webtest")
    member.say(bot, "#add webtest")
    member.expect_presence(webtest, "subscribe")
    member.expect(webtest)
    member.authorise(webtest)
    member.subscribe(webtest)
    member.expect_presence(webtest, "subscribed")
    assert member.roster()[webtest] == "both"
    member.say(bot, "#del webtest")
    member.expect_presence(webtest, "unsubscribed")
    assert member.roster()[webtest] == "none"
    member.say(webtest, "hello?")
    assert "#add webtest" in member.expect(webtest).body


def test_who_removes_the_assistant_is_off_its_list_until_he_writes(
    member: XmppUser, prosody: Prosody, bot: str
) -> None:
    webtest = prosody.bot("webtest")
    member.say(webtest, "#help")
    member.expect(webtest)
    member.subscribe(webtest)
    member.expect_presence(webtest, "subscribed")
    member.authorise(webtest)
    member.remove(webtest)
    assert member.ping(webtest)
    member.skip()
    member.say(webtest, "#help")
    member.expect(webtest)


def test_who_was_offline_gets_what_was_said_meanwhile(
    ann: XmppUser, bot: str, node: RunningNode
) -> None:
    ann.disconnect()
    browser = node.browser()
    assert browser.call("CreateAccount", {"jabber": ann.jid}).status == 200
    ann.connect()
    assert browser.click(ann.expect(bot).link).status == 303


def test_a_closed_account_gets_one_line_and_no_link(
    member: XmppUser, bot: str, node: RunningNode
) -> None:
    member.say(bot, "#delaccount")
    member.expect(bot)
    member.say(bot, "yes")
    member.expect(bot)
    member.skip()
    member.say(bot, "hello again")
    with pytest.raises(LookupError):
        _ = member.expect(bot).link


def test_the_site_names_the_assistants_with_links(node: RunningNode, prosody: Prosody) -> None:
    page = node.browser().get("/").text
    for service in ("base", "webtest", "demo"):
        assert f'href="xmpp:{prosody.bot(service)}?message"' in page


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("d\\27artagnan", "d\\27artagnan"),
        ("12345", "12345"),
        ("MiXeD.Case", "mixed.case"),
        ("müller", "müller"),
        ("анна", "анна"),
        ("a+b_c~d!$", "a+b_c~d!$"),
    ],
)
def test_every_kind_of_address_has_its_account(
    name: str, known: str, people: People, bot: str, node: RunningNode
) -> None:
    user = people(name)
    join(user, bot, node)
    user.say(bot, "#whoami")
    assert known in user.expect(bot).body
