"""Invites and addresses, as people write of them in a chat; each on every kind of IM."""

from collections.abc import Callable

import pytest

from awt.model.messages import Invite
from awt.model.status import BASE
from awt.testing.talk import Conversation, World

Chats = Callable[..., Conversation]
BOB = "bob@example.org"


def invited(world: World) -> list[str]:
    return [m.body.address for m in world.messages if isinstance(m.body, Invite)]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_somebody_is_invited_from_a_chat_of_an_im_and_not_from_that_on_the_site(
    world: World, member: Chats, lang: str
) -> None:
    ann = member(lang=lang)
    ann.say(f"#lang {lang}")
    said = ann.ask("#invite Bob@Example.org")
    if ann.im == "webchat":
        assert said.text.startswith(world.texts(lang, "error-needs-im"))
        assert invited(world) == []
        return
    left = world.texts(lang, "span-day", count=1)
    assert said.text.startswith(world.texts(lang, "invite-done", address=BOB, left=left))
    assert invited(world) == [BOB]
    shown = ann.ask("#invites")
    line = world.texts(lang, "invites-line", address=BOB, state="waiting", left=left)
    assert line in shown.text
    assert "invited_by=" in shown.text
    [revoke] = [send for send in shown.sends if send.startswith("#invites revoke")]
    assert world.texts(lang, "invites-revoked", address=BOB) in ann.ask(revoke).text


def test_an_invite_is_sent_again_by_a_number(world: World, member: Chats, im: str) -> None:
    if im == "webchat":
        return
    ann = member()
    ann.say(f"#invite {BOB}")
    world.wait(3600)
    assert ann.ask("#invites").sends[0].startswith("#invites again")
    assert ann.ask("1").text.startswith(world.texts("en", "invites-sent", address=BOB))
    assert invited(world) == [BOB, BOB]


def test_the_inviter_reads_what_invites_earn(world: World, member: Chats) -> None:
    ann = member()
    text = ann.ask("#points").text
    assert world.texts("en", "points-rule", inviter=100, invited=100) in text
    assert (world.texts("en", "points-webchat") in text) == (ann.im == "webchat")


@pytest.mark.parametrize(
    "text",
    ["#invites again 1", "#invites revoke x", "#invites nothing", "#invites again " + "9" * 30],
)
def test_an_invite_that_is_not_there_is_refused_in_words(
    world: World, member: Chats, text: str
) -> None:
    assert member().ask(text).text.startswith(world.texts("en", "error-unknown-invite"))


def test_a_member_who_says_stop_keeps_the_account_and_cannot_be_invited_later(
    world: World, member: Chats
) -> None:
    ann = member()
    assert ann.ask("stop").text.startswith(world.texts("en", "stop-member"))
    assert ann.ask("#menu").sends


@pytest.mark.parametrize("word", ["stop", "Stop.", "#stop", "СТОП", "/стоп"])
def test_a_stranger_who_says_stop_is_left_alone(world: World, chat: Chats, word: str) -> None:
    ann = chat()
    [said] = ann.say(word)
    assert said.link is None
    assert said.text == world.texts("en", "stop-stranger")
    assert world.user(ann.im, ann.address) is None


@pytest.mark.parametrize("asks_in", [BASE, "webtest"])
def test_a_further_address_is_added_with_its_code_and_removed_after_a_question(
    world: World, member: Chats, asks_in: str
) -> None:
    ann = member(asks_in)
    other = "matrix" if ann.im == "jabber" else "jabber"
    address = "@bob:example.org" if other == "matrix" else BOB
    assert ann.ask(f"#im add {address}").text.startswith(
        world.texts("en", "im-asked", address=address)
    )
    there = world.messages[-2] if world.messages[-2].secret else world.messages[-1]
    assert there.queue == f"user_op.base.{other}"
    assert ann.ask("#im code nothing").text.startswith(world.texts("en", "error-wrong-code"))
    said = ann.ask(f"#im code {there.secret}")
    assert said.text.startswith(world.texts("en", "im-done", address=address))
    found = world.user(other, address)
    assert found
    whoami = ann.ask("#im").text
    assert world.texts("en", "whoami-im", kind=other, address=address, state="confirmed") in whoami
    assert ann.ask(f"#im del {address}").sends == ["yes", "no"]
    said = ann.ask("yes")
    if ann.im == "webchat":
        assert said.text.startswith(world.texts("en", "error-last-im"))
    else:
        assert said.text.startswith(world.texts("en", "im-removed", address=address))
        assert world.user(other, address) is None


def test_a_service_that_was_removed_asks_again_when_it_comes_back(
    world: World, member: Chats
) -> None:
    ann = member()
    ann.say("#add webtest")
    there = world.chat(ann.im, ann.address, service="webtest")
    there.event("authorised")
    ann.say("#del webtest")
    before = len(world.messages)
    ann.say("#add webtest")
    queues = [m.queue for m in world.messages[before:]]
    assert f"user_op.webtest.{ann.im}" in queues
