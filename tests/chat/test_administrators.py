"""The commands of administrators, in both languages, and that they do not exist for others."""

import re

import pytest

from awt.api import news, nodes
from awt.api.account import Page
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.nodes import AddNode
from awt.api.overview import list_audit
from awt.api.registry import Nothing
from awt.api.transports import LeaseName, take_lease
from awt.chat.commands import COMMANDS
from awt.db import outbox, users
from awt.model.status import ACTIVE, BLOCKED, LANGS
from awt.testing.talk import Conversation, World

ADMINS = [command for command in COMMANDS if command.for_admins]


@pytest.fixture(params=LANGS)
def chief(world: World, request: pytest.FixtureRequest) -> Conversation:
    """The chat of an administrator, in each language in turn."""
    chat = world.member("jabber", "chief@example.org", lang=request.param)
    user = world.user("jabber", "chief@example.org")
    assert user is not None
    world.run(users.change, user.id, is_admin=True, login="chief", timezone="Asia/Tokyo")
    return chat


def ann(world: World, lang: str = "en") -> Conversation:
    chat = world.member("jabber", "ann@example.org", lang=lang)
    user = world.user("jabber", "ann@example.org")
    assert user is not None
    world.run(users.set_login, user.id, "ann")
    return chat


def status(world: World, address: str) -> str:
    user = world.user("jabber", address)
    assert user is not None
    return user.status


def test_others_cannot_tell_that_there_are_such_commands(world: World) -> None:
    chat = ann(world)
    begins = world.texts("en", "chat-unknown").partition(".")[0]
    for command in ADMINS:
        assert chat.ask(f"#{command.name} ann@example.org").text.startswith(begins)
        assert f"#{command.name}" not in chat.ask("#help").text
        assert command.name not in chat.ask(f"#help {command.name}").text.split()
        assert command.name not in [
            c.send.lstrip("#") for c in chat.ask(f"#{command.name[:-1]}x").choices
        ]
    assert status(world, "ann@example.org") == ACTIVE


def test_the_help_of_an_administrator_names_them(chief: Conversation) -> None:
    told = chief.ask("#help").text
    for command in ADMINS:
        assert chief.world.texts(chief.lang, f"{command.name}-usage") in told


def test_accounts_are_found_and_one_is_told_of_in_the_zone_of_the_reader(
    world: World, chief: Conversation
) -> None:
    ann(world)
    both = chief.ask("#users").text
    assert "ann@example.org" in both
    assert "chief@example.org" in both
    one = chief.ask("#users ann")
    assert "200" in one.text
    assert "JST" in one.text
    assert re.search(r"https://awt\.example/admin/users/[0-9a-f]{32}", one.text)
    assert one.sends[0].startswith("#block ")
    assert "#block" not in " ".join(chief.ask("#users chief").sends)
    assert chief.ask("#users nobody").text.startswith(world.texts(chief.lang, "users-none"))


def test_an_account_is_blocked_after_a_question(world: World, chief: Conversation) -> None:
    ann(world)
    assert chief.ask("#block").text.startswith(world.texts(chief.lang, "block-which"))
    assert "ann" in chief.ask("#block ann").text
    chief.ask("no")
    assert status(world, "ann@example.org") == ACTIVE
    chief.ask("#block ann")
    chief.say("yes")
    assert status(world, "ann@example.org") == BLOCKED
    [deed] = world.run(list_audit, Caller(who=Who.OPERATOR), Page()).deeds
    assert (deed.who, deed.way, deed.method) == ("chief", "jabber", "BlockUser")
    assert "nobody" in chief.ask("#block nobody").text
    chief.ask("#block chief")  # asks, and then refuses
    chief.ask("yes")
    assert status(world, "chief@example.org") == ACTIVE


def test_news_are_shown_and_sent_after_a_yes(world: World, chief: Conversation) -> None:
    reader = ann(world, "ru")
    assert chief.ask("#news").text.startswith(world.texts(chief.lang, "news-what"))
    shown = chief.ask("#news en: Hello\nworld\nru: Привет").text
    assert "Hello\nworld" in shown
    assert "Привет" in shown
    assert "jabber 2" in shown
    chief.ask("no")
    assert world.run(news.list_news, Caller(who=Who.OPERATOR), Nothing()).news == []
    chief.ask("#news en: Hello\nworld\nru: Привет")
    assert "2" in chief.ask("yes").text
    world.messages.clear()
    world.run(news.continue_news, LOCAL_NODE, Nothing())
    told = {m.body.address: m.body.text for m in world.messages}  # type: ignore[union-attr]
    assert told[reader.address] == "Привет"
    assert told[chief.address] == {"en": "Hello\nworld", "ru": "Привет"}[chief.lang]


def test_idle_accounts_with_tests_are_reported_with_a_choice_to_close_each(
    world: World, chief: Conversation
) -> None:
    assert chief.ask("#report").text.startswith(world.texts(chief.lang, "report-none"))
    chat = ann(world)
    chat.say("#new page\nopen https://example.org/")
    world.wait(43 * 86_400)
    told = chief.ask("#report")
    assert "ann: " in told.text
    assert "https://awt.example/admin/report" in told.text
    chief.ask(told.sends[0])
    chief.say("yes")
    assert status(world, "ann@example.org") == BLOCKED
    assert chief.ask("#report").text.startswith(world.texts(chief.lang, "report-none"))


def test_a_text_without_languages_is_for_all(world: World, chief: Conversation) -> None:
    ann(world, "ru")
    shown = chief.ask("#news Tea at five: be there").text
    assert shown.count("Tea at five: be there") == 2


def test_queues_and_nodes_are_told_of(world: World, chief: Conversation) -> None:
    world.run(outbox.mark_done, [message.id for message in world.messages])
    assert chief.ask("#nodes").text.startswith(world.texts(chief.lang, "nodes-none"))
    message = world.messages[-1]
    world.run(outbox.bury, message.id, attempt=6, error="gone")
    told = chief.ask("#queues").text
    assert "user_op.base.jabber" in told
    assert "https://awt.example/admin/queues" in told
    world.run(nodes.add_node, Caller(who=Who.OPERATOR), AddNode(name="c1", services=["base"]))
    holder = Caller(who=Who.NODE, node="c1")
    lease = LeaseName(service="base", transport="jabber", instance=world.now)
    world.run(take_lease, holder, lease)
    told = chief.ask("#nodes").text
    assert "c1: base" in told
    live = world.texts(chief.lang, "nodes-connected", service="base", im="jabber", holder="c1")
    assert live in told
    world.wait(3600)
    assert live not in chief.ask("#nodes").text
