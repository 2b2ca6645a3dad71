"""Numbers, questions, hints: what holds for every command."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service
from awt.chat.commands import COMMANDS
from awt.chat.dialogue import Dialogues
from awt.chat.talk import Command, Reply, Talk
from awt.db import dialogues, ledger, schema
from awt.db.tx import Tx
from awt.errors import Refused
from awt.testing.talk import Conversation, World

Chats = Callable[..., Conversation]


def points(chat: Conversation) -> int:
    user = chat.world.user(chat.im, chat.address)
    assert user is not None
    return user.points


def test_no_word_means_two_commands() -> None:
    with pytest.raises(AssertionError):
        Dialogues([*COMMANDS, COMMANDS[1]])


def test_a_number_answers_the_last_menu(world: World, member: Chats) -> None:
    ann = member()
    assert ann.ask("#menu").sends == ["#services", "#balance", "#loginlink", "#help"]
    assert ann.ask("2").text.startswith(world.texts("en", "balance-now", balance=200))
    assert ann.ask("1.").text.startswith("#"), "the menu is that of the balance now"


@pytest.mark.parametrize("number", ["1", "#1", "/1", "1.", "1)", " 1 "])
def test_a_number_can_be_written_in_many_ways(world: World, member: Chats, number: str) -> None:
    ann = member()
    ann.ask("#menu")
    assert ann.ask(number).text.startswith(world.texts("en", "services-head"))


@pytest.mark.parametrize("number", ["5", "99", "0", "100", "-1"])
def test_a_number_that_is_not_on_the_menu_is_not_understood(
    world: World, member: Chats, number: str
) -> None:
    ann = member()
    ann.ask("#menu")
    assert ann.ask(number).text.startswith(world.texts("en", "chat-unknown"))


def test_a_menu_stays_open_while_answers_without_a_menu_come(member: Chats) -> None:
    ann = member()
    ann.ask("#menu")
    assert ann.ask("#tz").choices == ()
    assert ann.ask("4").text.startswith("What you can send")


def test_each_assistant_has_a_menu_of_its_own(world: World, member: Chats) -> None:
    ann, tests = member(), member("webtest")
    ann.ask("#menu")
    assert tests.ask("#whoami").sends == ["#menu", "#loginlink"]
    assert ann.ask("1").text.startswith(world.texts("en", "services-head"))
    assert tests.ask("2").link is not None


def test_each_address_has_a_menu_of_its_own(world: World) -> None:
    ann = world.member("jabber", "ann@example.org")
    bob = world.member("jabber", "bob@example.org")
    ann.ask("#menu")
    bob.ask("#whoami")
    assert ann.ask("1").text.startswith(world.texts("en", "services-head"))


def test_the_welcome_has_a_menu(world: World, chat: Chats) -> None:
    ann = chat()
    world.click(ann.link("hello"))
    assert ann.ask("1").text.startswith(world.texts("en", "help-head"))


def test_choices_are_a_numbered_list_where_there_are_no_buttons(member: Chats) -> None:
    said = member().ask("#balance")
    assert said.text.endswith("\n\n1. Menu") == (member().im != "webchat")
    assert [(choice.label, choice.send) for choice in said.choices] == [("Menu", "#menu")]


def test_a_question_is_answered_by_yes(member: Chats) -> None:
    ann = member()
    assert ann.ask("#delaccount").sends == ["yes", "no"]
    assert [said.kind for said in ann.say("Yes!")] == ["delete", "answer"]


def test_a_question_is_answered_by_the_number_of_yes(member: Chats) -> None:
    ann = member()
    ann.ask("#delaccount")
    assert [said.kind for said in ann.say("1")] == ["delete", "answer"]


@pytest.mark.parametrize("answer", ["no", "нет", "2", "cancel"])
def test_a_question_is_answered_by_no(world: World, member: Chats, answer: str) -> None:
    ann = member()
    ann.ask("#delaccount")
    assert ann.ask(answer).text.startswith(world.texts("en", "chat-not-done"))
    assert points(ann) == 200


@pytest.mark.parametrize("other", ["#menu", "hello", "what?"])
def test_a_question_is_forgotten_when_something_else_is_said(
    world: World, member: Chats, other: str
) -> None:
    ann = member()
    ann.ask("#delaccount")
    ann.ask(other)
    assert ann.ask("yes").text.startswith(world.texts("en", "chat-unknown"))
    assert points(ann) == 200


def test_a_question_waits_for_five_minutes(world: World, member: Chats) -> None:
    ann = member()
    ann.ask("#delaccount")
    world.wait(300)
    assert ann.ask("yes").text.startswith(world.texts("en", "chat-not-done"))
    assert points(ann) == 200
    ann.ask("#delaccount")
    world.wait(299)
    assert ann.say("yes")[0].kind == "delete"


def test_a_question_of_one_assistant_is_not_answered_to_another(
    world: World, member: Chats
) -> None:
    ann, tests = member(), member("webtest")
    ann.ask("#delaccount")
    assert tests.ask("yes").text.startswith(world.texts("en", "chat-unknown"))
    assert points(ann) == 200


def test_yes_to_nothing_does_nothing(world: World, member: Chats) -> None:
    assert member().ask("yes").text.startswith(world.texts("en", "chat-unknown"))


@pytest.mark.parametrize(
    ("line", "command"),
    [("#hlep", "#help"), ("menu", "#menu"), ("/servises", "#services"), ("#delacc", "#delaccount")],
)
def test_a_mistyped_command_gets_a_hint_that_a_number_takes(
    world: World, member: Chats, line: str, command: str
) -> None:
    ann = member()
    said = ann.ask(line)
    assert said.text.startswith(world.texts("en", "chat-unknown-nearest", command=command))
    assert said.sends[0] == command
    assert len(said.sends) == len(set(said.sends))
    assert not ann.ask("1").text.startswith(world.texts("en", "chat-unknown"))


def test_a_hint_names_no_command_of_another_assistant(world: World, member: Chats) -> None:
    member()
    ann = member("demo")
    user = world.user(ann.im, ann.address)
    assert user is not None
    site = Caller(who=Who.USER, user_id=user.id)
    world.run(add_service, site, ServiceName(short_name="demo"))
    assert ann.ask("#chek").text.startswith(world.texts("en", "chat-unknown"))
    assert "#check" not in ann.ask("#chek").sends
    assert member("webtest").ask("#chek").sends[0] == "#check"


def test_words_get_the_way_to_the_help(member: Chats) -> None:
    assert member().ask("Please tell me how my site does").sends == ["#help", "#menu"]


def test_a_refusal_ends_with_the_help(member: Chats) -> None:
    assert member().ask("#add nothing").sends == ["#help"]


# What a command did before it was refused is undone.


def _pay_and_fail(talk: Talk, _rest: str) -> Reply:
    ledger.move(talk.tx, talk.account.id, -100, "ADJUSTMENT")
    talk.say(Reply("half of the answer"))
    raise Refused("forbidden")


def _notes(tx: Tx) -> int:
    return tx.conn.execute(select(func.count()).select_from(schema.outbox)).scalar_one()


def test_a_refused_command_leaves_no_half_effect_and_is_answered(tmp_path: object) -> None:
    broken = Command(name="broken", run=_pay_and_fail)
    with World(f"sqlite:///{tmp_path}/other.db", commands=[*COMMANDS, broken]) as world:
        ann = world.member("jabber", "ann@example.org")
        before = world.run(_notes)
        first = ann.ask("#balance")
        said = ann.ask("#broken")
        assert said.text.startswith(world.texts("en", "error-forbidden"))
        assert said.seq > first.seq
        assert points(ann) == 200
        assert world.run(_notes) == before + 2
        assert ann.ask("#balance").seq > said.seq


def _say_to_nobody(tx: Tx) -> list[int]:
    with suppress(Refused), tx.savepoint():
        dialogues.next_seq(tx, "jabber", "bob@example.org")
        raise Refused("forbidden")
    return [dialogues.next_seq(tx, "jabber", "bob@example.org") for _ in range(2)]


def test_an_address_that_was_first_seen_in_something_undone_is_new_again(world: World) -> None:
    assert world.run(_say_to_nobody) == [1, 2]
    assert world.run(dialogues.next_seq, "jabber", "bob@example.org") == 3


def _fail(_talk: Talk, _rest: str) -> Reply:
    raise ZeroDivisionError


def test_a_bug_undoes_everything_so_that_the_message_can_come_again(tmp_path: object) -> None:
    broken = Command(name="broken", run=_fail)
    with World(f"sqlite:///{tmp_path}/other.db", commands=[*COMMANDS, broken]) as world:
        ann = world.member("jabber", "ann@example.org")
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                ann.say("#broken", message_id="same")
        assert len(ann.say("#menu", message_id="same")) == 1
