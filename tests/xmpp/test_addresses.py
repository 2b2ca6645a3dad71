"""A further address, added in the settings of the site and confirmed on a real server."""

import re

from awt.testing.site import RunningNode
from awt.testing.xmpp_user import XmppUser
from tests.xmpp.conftest import People


def test_an_address_is_added_confirmed_and_removed_in_the_settings(
    people: People, bot: str, node: RunningNode
) -> None:
    browser, ann = node.browser(), people()
    browser.join("ann-of-the-settings", "correct horse battery")
    page = browser.follow(
        browser.submit("/settings", "/settings/ims/add", kind="jabber", address=ann.jid)
    )
    assert "A code is on its way" in page.text
    ann.expect_presence(bot, "subscribe")
    found = re.search(r"^([A-Z2-9]{4})-([A-Z2-9]{4})$", ann.expect(bot).body, re.MULTILINE)
    assert found
    typed = f" {found[1].lower()} {found[2].lower()} "
    page = browser.follow(browser.submit(page, "/settings/ims/confirm", code=typed))
    assert "The address is yours" in page.text
    ann.authorise(bot)
    ann.skip()
    ann.say(bot, "#whoami")
    assert "ann-of-the-settings" in ann.expect(bot).body
    page = browser.follow(browser.submit(page, "/settings/ims/remove"))
    assert "The address is removed" in page.text
    ann.expect_presence(bot, "unsubscribe")
    ann.say(bot, "hello")
    assert "activate" in ann.expect(bot).link


def test_each_refused_or_removed_assistant_is_quiet_there_and_can_be_asked_again(
    member: XmppUser, bot: str, node: RunningNode
) -> None:
    browser = node.browser()
    member.say(bot, "#loginlink")
    browser.click(member.expect(bot).link)
    member.say(bot, "#add webtest")
    webtest = bot.replace("base.", "webtest.")
    member.expect_presence(webtest, "subscribe")
    member.refuse(webtest)
    member.ping(bot)
    member.say(bot, "#menu")
    member.expect(bot)
    page = browser.get("/services")
    assert page.form("/services/resend")["short_name"] == "webtest"
    assert browser.submit(page, "/services/resend").status == 303
    member.expect_presence(webtest, "subscribe")
    member.authorise(webtest)
