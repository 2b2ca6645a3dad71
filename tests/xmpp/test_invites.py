"""Invites and comfort on a real server: what a client of XMPP gets to see."""

import re

from awt.testing.prosody import Prosody
from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser
from tests.xmpp.conftest import People, join

QUICK = "{urn:xmpp:tmp:quick-response}response"


def test_choices_are_buttons_for_clients_that_have_them_and_numbers_for_the_others(
    member: XmppUser, bot: str
) -> None:
    member.say(bot, "#menu")
    menu = member.expect(bot)
    buttons = [(b.get("label"), b.get("value")) for b in menu.xml.findall(QUICK)]
    assert ("Services", "#services") in buttons
    numbered = re.findall(r"^(\d)\. (.+)$", menu.body, re.MULTILINE)
    assert [label for _, label in numbered] == [label for label, _ in buttons]
    member.say(bot, str(buttons[0][1]))
    by_button = member.expect(bot).body
    member.say(bot, "#menu")
    member.expect(bot)
    member.say(bot, "1")
    assert member.expect(bot).body == by_button


def test_a_link_that_adds_the_assistant_registers_with_its_inviter(
    member: XmppUser, people: People, bot: str, node: RunningNode
) -> None:
    browser = node.browser()
    member.say(bot, "#loginlink")
    browser.click(member.expect(bot).link)
    page = browser.get("/invites").text
    found = re.search(r'href="(xmpp:[^"]+)"', page)
    assert found
    uri, _, token = found.group(1).partition(";preauth=")
    assert uri == f"xmpp:{bot}?roster"
    friend = people("friend")
    friend.send(
        f"<presence to='{bot}' type='subscribe'>"
        f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/></presence>"
    )
    friend.expect_presence(bot, "subscribed")
    assert node.browser().click(friend.expect(bot).link).status == 303
    friend.expect(bot, "Your account is active")
    member.expect(bot, "Somebody has come by your link. You get 100 points")
    member.say(bot, "#points")
    assert "Your invites earned 100" in member.expect(bot).body


def test_an_invite_from_the_site_waits_is_taken_back_and_takes_the_request_along(
    member: XmppUser, people: People, bot: str, node: RunningNode
) -> None:
    browser = node.browser()
    member.say(bot, "#loginlink")
    browser.click(member.expect(bot).link)
    friend = people("friend")
    answer = browser.submit("/invites", "/invites", kind="jabber", address=friend.jid.upper())
    assert answer.status == 303
    friend.expect_presence(bot, "subscribe")
    page = browser.get("/invites")
    assert friend.jid in page.text
    assert "Time left: 1 day" in page.text or "Time left: 23 hours" in page.text
    assert "24 hours" in page.text
    assert browser.submit(page, "/invites/revoke").status == 303
    friend.expect_presence(bot, "unsubscribe")
    friend.authorise(bot)
    friend.ping(bot)
    friend.skip()
    friend.say(bot, "who are you?")
    friend.expect(bot).link  # noqa: B018 - a LookupError without one


def test_a_stranger_who_says_stop_is_never_written_to(
    member: XmppUser, people: People, bot: str
) -> None:
    friend = people("friend")
    member.say(bot, f"#invite {friend.jid}")
    member.expect(bot, friend.jid)
    friend.expect(bot, "invites you")
    friend.say(bot, "stop")
    assert "no assistant will write to you" in friend.expect(bot).body
    member.say(bot, "#invites")
    assert f"{friend.jid}: does not want to" in member.expect(bot).body


def test_two_strangers_who_refuse_are_not_registered(
    member: XmppUser, people: People, prosody: Prosody, bot: str, node: RunningNode
) -> None:
    friend = people("friend")
    member.say(bot, f"#invite {friend.jid}")
    friend.expect_presence(bot, "subscribe")
    friend.refuse(bot)
    friend.ping(bot)
    member.say(bot, f"#invite {friend.jid}")
    assert "already" in member.expect(bot, "already").body
    another = people("bob")
    join(another, prosody.bot("base"), node)
    member.say(bot, f"#invite {another.jid}")
    assert "cannot be invited" in member.expect(bot, "cannot").body
