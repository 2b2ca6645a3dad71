"""Registration and the account's life, in both directions."""

import http.client
import sqlite3
from contextlib import closing

from awt.testing.process import PATIENCE, until
from awt.testing.site import RunningNode
from awt.testing.skype import Person, SkypeServer
from tests.skype.conftest import BOT, People, join


def test_a_stranger_writes_gets_a_link_and_a_request_and_becomes_a_member(
    ann: Person, node: RunningNode, skype: SkypeServer
) -> None:
    number = ann.say(BOT, "hello")
    link = ann.expect(BOT, "http").link
    assert link in ann.asked_by[BOT]
    skype.until(lambda: skype.read(BOT, ann.name) == number, "the message is marked as read")
    assert node.browser().click(link).status == http.client.SEE_OTHER
    assert "Your account is active" in ann.expect(BOT).text
    ann.say(BOT, "#whoami")
    assert ann.name in ann.expect(BOT).text


def test_a_stranger_adds_the_assistant_is_accepted_and_told_to_write(
    ann: Person, skype: SkypeServer
) -> None:
    ann.ask(BOT)
    assert "Write anything" in ann.expect(BOT).text
    skype.until(lambda: skype.accounts[BOT].contacts.get(ann.name), "he is a contact")
    ann.say(BOT, "anything")
    assert ann.expect(BOT).link


def test_somebody_registers_on_the_site_and_the_assistant_comes_to_him(
    ann: Person, node: RunningNode
) -> None:
    browser = node.browser()
    form = browser.get("/register")
    assert "Not on Microsoft" in form.text
    answer = browser.submit(form, "/register", skype=ann.name.upper())
    assert (answer.status, answer.location) == (http.client.SEE_OTHER, "/registered")
    assert f"sent to {ann.name}" in browser.get("/registered").text
    link = ann.expect(BOT, "http").link
    assert link in ann.asked_by[BOT]
    ann.agree(BOT)
    assert browser.click(link).status == http.client.SEE_OTHER
    ann.expect(BOT, "Your account is active")


def test_who_removes_the_assistant_is_written_to_no_more_until_he_writes(
    member: Person, node: RunningNode, skype: SkypeServer
) -> None:
    def is_authorised(state: str) -> bool:
        with closing(sqlite3.connect(node.database)) as database:
            found = database.execute(
                "SELECT s.state FROM user_service_im s JOIN user_im i USING (user_id)"
                " JOIN service ON service.id = s.service_id AND short_name = 'base'"
                " WHERE i.address = ? AND s.kind = 'skype'",
                (member.name,),
            )
            return found.fetchall() == [(state,)]

    member.agree(BOT)
    skype.looked_at(BOT)
    until(lambda: is_authorised("AC"), seconds=PATIENCE, what="he is authorised")
    member.leave(BOT)
    until(lambda: is_authorised("RJ"), seconds=PATIENCE, what="he is not")
    member.say(BOT, "#whoami")
    assert member.name in member.expect(BOT).text


def test_an_account_that_is_deleted_in_the_chat_is_let_go(
    member: Person, skype: SkypeServer
) -> None:
    member.agree(BOT)
    member.say(BOT, "#delaccount")
    member.expect(BOT, "Close your account?")
    member.say(BOT, "yes")
    skype.until(lambda: member.name not in skype.accounts[BOT].contacts, "the contact has ended")


def test_a_page_is_checked_from_the_chat(member: Person, people: People, node: RunningNode) -> None:
    member.say(BOT, f"#check {node.url}/healthz")
    member.expect(BOT, "I am checking")
    assert "200" in member.expect(BOT, "healthz").text
    stranger = people()
    stranger.say(BOT, "hi")
    assert stranger.expect(BOT).link


def test_who_only_writes_is_written_to_after_a_restart_as_well(
    member: Person, node: RunningNode, skype: SkypeServer
) -> None:
    """He never agreed to the assistant's request: that is no refusal."""
    assert not skype.accounts[BOT].contacts[member.name]
    node.restart()
    skype.until(lambda: skype.listens(BOT), "the assistant listens")
    skype.looked_at(BOT)
    skype.looked_at(BOT)
    member.say(BOT, "#whoami")
    member.expect(BOT, member.name)
    with closing(sqlite3.connect(node.database)) as database:
        events = database.execute(
            "SELECT body FROM outbox WHERE body LIKE ?", (f"%{member.name}%",)
        )
        assert not [body for (body,) in events if '"removed"' in body]


def test_a_bot_that_asks_is_blocked_and_asks_no_more(skype: SkypeServer, node: RunningNode) -> None:
    del node
    skype.accounts[BOT].asked_by["28:spammer"] = "2026-01-01T00:00:00Z"
    skype.until(lambda: "28:spammer" in skype.accounts[BOT].blocked, "it is blocked")
    assert "28:spammer" not in skype.accounts[BOT].contacts


def test_who_blocks_the_assistant_costs_nobody_else_anything(
    member: Person, people: People, node: RunningNode
) -> None:
    member.blocks.add(BOT)
    member.say(BOT, "#whoami")
    other = people()
    join(other, node)
    other.say(BOT, "#whoami")
    other.expect(BOT, other.name)
    member.blocks.clear()
    member.say(BOT, "#tz Etc/GMT+3")
    member.expect(BOT, "Etc/GMT+3")


def test_the_site_says_where_the_assistant_is_and_on_what_network(node: RunningNode) -> None:
    page = node.browser().get("/").text
    assert BOT in page
    assert "closed in 2025" in page


def test_a_request_that_cannot_be_accepted_or_refused_ends_nothing(
    member: Person, people: People, skype: SkypeServer
) -> None:
    bob = people()
    skype.fail("PUT contacts", times=2, status=404)
    sign_ins = skype.requests.count("POST login/skypetoken")
    skype.accounts[BOT].asked_by["28:other"] = "2026-01-01T00:00:00Z"
    bob.ask(BOT)
    skype.until(lambda: bob.name in skype.accounts[BOT].contacts, "accepted")
    member.say(BOT, "#whoami")
    member.expect(BOT, member.name)
    assert skype.requests.count("POST login/skypetoken") == sign_ins
