"""What an assistant is to other programs, and what it never answers."""

import datetime

import pytest
from slixmpp.exceptions import IqError

from awt.testing.prosody import Prosody
from awt.testing.site import LINK, RunningNode
from awt.testing.xmpp_user import XmppUser
from awt.xmpp.profile import FEATURES, caps_hash
from tests.xmpp.conftest import People

MUC = "http://jabber.org/protocol/muc"


def ago(seconds: int) -> str:
    """Return a time stamp of XEP-0203."""
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)
    return f"<delay xmlns='urn:xmpp:delay' stamp='{at:%Y-%m-%dT%H:%M:%SZ}'/>"


@pytest.mark.parametrize(
    ("type_", "extra"),
    [
        ("error", ""),
        ("groupchat", ""),
        ("headline", ""),
        pytest.param("chat", ago(3600), id="chat-an hour ago"),
        ("chat", "<x xmlns='jabber:x:delay' stamp='20020910T23:08:25'/>"),
        ("chat", "<delay xmlns='urn:xmpp:delay' stamp='once upon a time'/>"),
        ("chat", f"<x xmlns='{MUC}#user'/>"),
        ("normal", "<x xmlns='jabber:x:conference' jid='r@rooms.localhost'/>"),
        (
            "chat",
            "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received>",
        ),
        ("chat", "<sent xmlns='urn:xmpp:carbons:2'/>"),
    ],
)
def test_what_is_no_word_of_a_person_is_not_answered(
    type_: str, extra: str, ann: XmppUser, bot: str
) -> None:
    ann.say(bot, "hello", type_=type_, extra=extra)
    assert ann.ping(bot)
    later = ann.say(bot, "hello")
    ann.receipt(later)
    assert ann.expect(bot).link
    assert ann.receipts == {later}
    assert ann.nothing(bot, after=bot)


def test_a_copy_that_is_a_little_late_is_answered(ann: XmppUser, bot: str) -> None:
    ann.say(bot, "hello", extra=ago(5))
    assert ann.expect(bot).link


def test_what_has_no_text_is_not_answered(ann: XmppUser, bot: str) -> None:
    ann.say(bot, "   ")
    ann.send(
        f"<message to='{bot}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )
    ann.send(
        f"<message to='{bot}' type='chat'><received xmlns='urn:xmpp:receipts' id='x'/></message>"
    )
    assert ann.nothing(bot, after=bot)
    assert not ann.receipts


def test_nobody_in_a_room_is_answered(ann: XmppUser, people: People, bot: str) -> None:
    room = f"{ann.jid.partition('@')[0]}@rooms.localhost"
    ann.send(f"<presence to='{room}/ann'><x xmlns='{MUC}'/></presence>")
    ann.expect_presence(room, "")
    ann.iq(
        "set", room, f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'/></query>"
    )
    invite = f"<x xmlns='{MUC}#user'><invite to='{bot}'/></x>"
    ann.send(f"<message to='{room}'>{invite}</message>")
    assert ann.ping(bot)
    assert ann.nothing(room, after=bot)


def test_another_address_of_the_component_is_nobody(ann: XmppUser, bot: str) -> None:
    domain = bot.partition("@")[2]
    for address in (f"nobody@{domain}", domain):
        error = ann.expect_error(ann.say(address, "hello"))
        assert error.child("{jabber:client}error") is not None
    assert not ann.receipts


def test_a_receipt_comes_once_for_each_copy_and_the_effect_once(ann: XmppUser, bot: str) -> None:
    message_id = ann.say(bot, "hello")
    ann.receipt(message_id)
    ann.expect(bot)
    ann.say(bot, "hello", message_id=message_id)
    ann.next(lambda s: s.child("{urn:xmpp:receipts}received") is not None, what="second receipt")
    assert ann.ping(bot)
    assert ann.nothing(bot, after=bot)


def test_no_receipt_for_who_asks_for_none(ann: XmppUser, bot: str) -> None:
    ann.say(bot, "hello", receipt=False)
    ann.expect(bot)
    assert not ann.receipts


def test_who_shows_that_he_types_is_shown_that_the_assistant_does(
    member: XmppUser, bot: str
) -> None:
    states = "{http://jabber.org/protocol/chatstates}"
    member.say(bot, "#menu", state="active")
    member.next(lambda s: s.child(states + "composing") is not None, what="composing")
    assert member.expect(bot).child(states + "active") is not None


def test_an_assistant_says_what_it_is_and_can(ann: XmppUser, bot: str) -> None:
    assert ann.features(bot) == set(FEATURES)
    info = ann.plugin("xep_0030", "get_info", jid=bot)["disco_info"]
    assert [(c, t) for c, t, _, _ in info["identities"]] == [("client", "bot")]
    domain = bot.partition("@")[2]
    items = ann.plugin("xep_0030", "get_items", jid=domain)["disco_items"]
    assert [jid for jid, _, _ in items["items"]] == [bot]
    version = ann.plugin("xep_0092", "get_version", jid=bot)["software_version"]
    assert version["name"] == "awt"
    assert ann.ping(bot)
    assert ann.ping(domain)


def test_an_assistant_has_a_face(ann: XmppUser, bot: str) -> None:
    card = ann.plugin("xep_0054", "get_vcard", jid=bot)["vcard_temp"]
    assert card["FN"] == "Main assistant"
    assert card["PHOTO"]["BINVAL"].startswith(b"\x89PNG")
    ann.subscribe(bot)
    ann.expect_presence(bot, "subscribed")
    there = ann.expect_presence(bot, "")
    caps = there.child("{http://jabber.org/protocol/caps}c")
    assert caps is not None
    assert caps.get("ver") == caps_hash("Main assistant")
    node = f"{caps.get('node')}#{caps.get('ver')}"
    info = ann.plugin("xep_0030", "get_info", jid=bot, node=node)["disco_info"]
    assert set(info["features"]) == set(FEATURES)


def test_what_nobody_understands_is_refused(ann: XmppUser, bot: str) -> None:
    with pytest.raises(IqError) as error:
        ann.iq("get", bot, "<query xmlns='urn:no:such:thing'/>")
    assert error.value.condition == "service-unavailable"


def test_the_commands_are_a_menu_and_their_answers_forms(member: XmppUser, bot: str) -> None:
    commands = member.commands(bot)
    assert commands["menu"].startswith("#menu: ")
    menu = member.command(bot, "menu")
    assert menu.status == "executing"
    assert menu.choices["#balance"] == "Balance"
    balance = member.command(bot, "menu", session=menu.session, action="next", next="#balance")
    assert "200" in balance.text
    done = member.command(bot, "menu", session=balance.session, action="complete")
    assert done.status == "completed"
    assert member.nothing(bot, after=bot)


def test_a_command_with_arguments_asks_for_them_in_a_form(member: XmppUser, bot: str) -> None:
    form = member.command(bot, "lang")
    assert set(form.fields) == {"arguments"}
    answer = member.command(bot, "lang", session=form.session, action="complete", arguments="ru")
    assert "по-русски" in answer.text


def test_a_session_of_a_command_is_its_owners_alone(
    member: XmppUser, people: People, bot: str
) -> None:
    form = member.command(bot, "lang")
    with pytest.raises(IqError):
        people("eve").command(bot, "lang", session=form.session, action="complete", arguments="ru")
    with pytest.raises(IqError):
        member.command(bot, "no-such-command")


def test_a_command_of_a_stranger_registers_him(ann: XmppUser, bot: str, node: RunningNode) -> None:
    form = ann.command(bot, "whoami")
    ann.expect_presence(bot, "subscribe")
    found = LINK.search(form.text)
    assert found is not None
    assert node.browser().click(found.group()).status == 303


def test_a_long_message_is_told_to_be_too_long(member: XmppUser, bot: str) -> None:
    member.receipt(member.say(bot, "x" * 100_000))
    assert "4096" in member.expect(bot).body.replace(",", "").replace("\u202f", "")


def test_a_flood_is_stopped_and_the_others_are_answered(
    member: XmppUser, people: People, bot: str
) -> None:
    for _ in range(150):
        member.say(bot, "#balance", receipt=False)
    other = people("bob")
    other.say(bot, "hello")
    assert other.expect(bot).link
    assert "too" in member.expect(bot, "too").body


def test_texts_of_the_outside_world_do_not_end_the_stream(
    member: XmppUser, node: RunningNode, prosody: Prosody, bot: str
) -> None:
    member.say(bot, "\u202e\ufdd0 <b>&amp;</b> ]]> \U0001f600 " + "\u0301" * 50)
    assert member.expect(bot).body
    assert prosody.log.count("not-well-formed") == 0
