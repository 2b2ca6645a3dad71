"""The gate: what an address is to an assistant decides what it is answered. Each test is a row."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from awt.api import closing
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service, delete_service
from awt.api.outgoing import Chat, say
from awt.db import ledger, schema, services, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.address import normalise
from awt.model.messages import Choice, Delete
from awt.model.settings import Limits, Settings
from awt.model.status import ACTIVE, BASE, DELETED, KINDS, NEW, REJECTED
from awt.model.times import DAY, SECOND
from awt.testing.talk import DEMO_PRICE, Conversation, Said, World

Chats = Callable[..., Conversation]

FREE = pytest.mark.parametrize("service", [BASE, "webtest"])


def accounts(tx: Tx) -> int:
    return tx.conn.execute(select(func.count()).select_from(schema.user)).scalar_one()


def account(chat: Conversation) -> User:
    user = chat.world.user(chat.im, chat.address)
    assert user is not None
    return user


def state(chat: Conversation, service: str) -> tuple[str | None, str | None]:
    """Return how a service stands to the account of a chat, and how its assistant does to the IM."""

    def look(tx: Tx, user_id: int) -> tuple[str | None, str | None]:
        found = services.by_name(tx, service)
        assert found is not None
        return (
            services.status(tx, user_id, found.id),
            services.im_state(tx, user_id, found.id, chat.im),
        )

    return chat.world.run(look, account(chat).id)


def on_site(chat: Conversation) -> Caller:
    return Caller(who=Who.USER, user_id=account(chat).id)


def close(chat: Conversation, reason: str) -> None:
    chat.world.run(closing.close, account(chat), reason=reason)
    chat.read()


def one(answers: list[Said]) -> Said:
    [said] = answers
    return said


# An unknown address.


@FREE
def test_a_stranger_who_adds_a_free_assistant_is_told_to_write(
    world: World, chat: Chats, service: str
) -> None:
    said = one(chat(service).event("subscribe"))
    assert said.text == world.texts("en", "chat-write-anything")
    assert world.run(accounts) == 0


@FREE
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_stranger_who_writes_is_registered_in_this_chat(
    world: World, chat: Chats, service: str, lang: str
) -> None:
    ann = chat(service, lang=lang)
    said = one(ann.say("hello"))
    assert said.kind == "add"
    assert said.link is not None
    assert said.link.startswith("https://awt.example/activate?user_hash=")
    left = world.texts(lang, "span-day", count=1)
    assert said.text == world.texts(lang, "chat-activate", link=said.link, left=left)
    assert said.expires_at == world.now + DAY
    assert world.run(accounts) == 1
    assert world.user(ann.im, ann.address) is None, "an asked address reserves nothing"


def test_a_command_of_a_stranger_registers_him_as_any_word_does(chat: Chats) -> None:
    assert one(chat().say("#help")).link is not None


@pytest.mark.parametrize("does", ["adds", "writes"])
def test_a_stranger_is_sent_to_the_site_for_a_paid_service(
    world: World, chat: Chats, does: str
) -> None:
    ann = chat("demo")
    said = one(ann.event("subscribe") if does == "adds" else ann.say("hello"))
    assert "https://awt.example/register" in said.text
    assert said.link is None
    assert world.run(accounts) == 0


@pytest.mark.parametrize("event", ["authorised", "refused", "removed", "unreachable"])
def test_other_events_of_a_stranger_are_not_answered(world: World, chat: Chats, event: str) -> None:
    assert chat().event(event) == []
    assert world.run(accounts) == 0


def test_the_link_activates_the_account_and_the_assistant_says_so(
    world: World, chat: Chats
) -> None:
    ann = chat()
    world.click(ann.link("hello"))
    said = one(ann.read())
    assert said.text.startswith(world.texts("en", "chat-welcome", site="https://awt.example"))
    assert ("\n\n1. " in said.text) == (ann.im != "webchat")
    assert said.sends == ["#help", "#services", "#loginlink"]
    assert account(ann).status == ACTIVE
    assert account(ann).points == world.settings.money.sign_up_bonus
    assert state(ann, BASE) == (ACTIVE, ACTIVE)


def test_a_link_works_once(world: World, chat: Chats) -> None:
    link = chat().link("hello")
    world.click(link)
    with pytest.raises(Refused, match="link_not_active"):
        world.click(link)


# An account that is not activated.


@pytest.mark.parametrize("service", [BASE, "webtest", "demo"])
@pytest.mark.parametrize("does", ["adds", "writes"])
def test_a_newcomer_gets_a_fresh_link_whatever_he_does(
    world: World, chat: Chats, service: str, does: str
) -> None:
    first = chat().link("hello")
    world.wait(3600)
    ann = chat(service)
    said = one(ann.event("subscribe") if does == "adds" else ann.say("#menu"))
    left = world.texts("en", "span-hour", count=23)
    assert said.text == world.texts("en", "chat-activate", link=said.link, left=left)
    assert said.link != first
    assert said.expires_at == world.now + DAY - 3600 * SECOND, "a resend prolongs nothing"
    assert world.run(accounts) == 1
    world.click(first)
    with pytest.raises(Refused, match="link_not_active"):
        world.click(said.link or "")


def test_an_impatient_newcomer_hears_how_long_his_link_works(world: World, chat: Chats) -> None:
    ann = chat()
    ann.link("hello")
    world.wait(10)
    said = one(ann.say("hello?"))
    assert said.link is None
    left = world.texts("en", "span-day", count=1)
    assert said.text == world.texts("en", "chat-activate-first", left=left)


def test_a_newcomer_gets_so_many_links_a_day_and_no_more(world: World, chat: Chats) -> None:
    ann = chat()
    links = []
    for _ in range(8):
        links.append(one(ann.say("hello")).link)
        world.wait(61)
    assert [link is not None for link in links] == [True] * 5 + [False] * 3


def test_a_newcomer_whose_day_is_over_is_a_stranger_again(world: World, chat: Chats) -> None:
    old = chat().link("hello")
    world.wait(86400)
    new = chat().link("hello")
    with pytest.raises(Refused, match="link_not_active"):
        world.click(old)
    world.click(new)
    assert world.run(accounts) == 2


# An active account.


def test_a_member_is_answered_and_his_activity_is_noted(world: World, member: Chats) -> None:
    ann = member()
    world.wait(120)
    said = one(ann.say("#menu"))
    assert said.text.startswith(f"{account(ann).name}, you have")
    [active] = [
        im.last_active for im in world.run(users.ims, account(ann).id) if im.address == ann.address
    ]
    assert active == world.now
    world.wait(30)
    ann.say("#menu")
    [again] = [
        im.last_active for im in world.run(users.ims, account(ann).id) if im.address == ann.address
    ]
    assert again == active, "at most one write a minute"


def test_what_is_said_to_a_service_that_one_lacks_is_no_activity(
    world: World, member: Chats
) -> None:
    ann = member()

    def active() -> set[int | None]:
        return {im.last_active for im in world.run(users.ims, account(ann).id)}

    before = active()
    world.wait(120)
    member("demo").say("hello")
    assert active() == before
    member("webtest").say("#help")
    assert world.now in active()


def test_what_a_member_says_counts_as_access_once_a_day(world: World, member: Chats) -> None:
    ann = member()
    joined = account(ann).time
    world.wait(3600)
    ann.say("#menu")
    assert account(ann).time == joined
    world.wait(86400)
    ann.say("#menu")
    assert account(ann).time == world.now


@pytest.mark.parametrize("does", ["adds", "writes"])
def test_a_member_who_comes_to_a_free_assistant_has_it(
    world: World, member: Chats, does: str
) -> None:
    member()
    ann = member("webtest")
    if does == "adds":
        title = world.texts("en", "service-webtest-title")
        assert one(ann.event("subscribe")).text.startswith(
            world.texts("en", "chat-hello", title=title)
        )
    else:
        said = one(ann.say("example.com"))
        assert said.text == world.texts("en", "check-started", url="example.com")
    assert state(ann, "webtest") == (ACTIVE, ACTIVE)


@pytest.mark.parametrize("does", ["adds", "writes"])
def test_a_removed_assistant_comes_back_by_a_command_only(
    world: World, member: Chats, does: str
) -> None:
    base = member()
    base.say("#add webtest")
    base.say("#del webtest")
    ann = member("webtest")
    said = one(ann.event("subscribe") if does == "adds" else ann.say("example.com"))
    title = world.texts("en", "service-webtest-title")
    hint = world.texts("en", "chat-removed", title=title, command="#add webtest")
    assert said.text.startswith(hint)
    assert state(ann, "webtest")[0] == DELETED
    assert one(ann.say("1")).text.startswith(world.texts("en", "add-done", name="webtest"))
    assert state(ann, "webtest") == (ACTIVE, ACTIVE)


@pytest.mark.parametrize("does", ["adds", "writes", "commands"])
def test_a_paid_service_is_never_bought_by_a_message(
    world: World, member: Chats, does: str
) -> None:
    member()
    ann = member("demo")
    said = one(
        ann.event("subscribe")
        if does == "adds"
        else ann.say("#add demo" if does == "commands" else "hello")
    )
    assert f"{DEMO_PRICE} points, and you have 200" in said.text
    assert "https://awt.example/services" in said.text
    assert account(ann).points == 200
    assert state(ann, "demo") == (None, None)


def test_a_bought_service_answers_and_a_removed_one_has_to_be_bought_again(
    world: World, member: Chats
) -> None:
    member()
    ann = member("demo")
    world.run(add_service, on_site(ann), ServiceName(short_name="demo"))
    assert account(ann).points == 200 - DEMO_PRICE
    assert one(ann.read()).kind == "add"
    assert one(ann.say("#menu")).text.startswith(account(ann).name)
    assert state(ann, "demo") == (ACTIVE, ACTIVE)
    world.run(delete_service, on_site(ann), ServiceName(short_name="demo"))
    assert one(ann.read()).kind == "delete"
    title = world.texts("en", "service-demo-title")
    link = "https://awt.example/services"
    assert one(ann.say("hello")).text == world.texts(
        "en", "chat-removed-paid", title=title, link=link
    )
    assert account(ann).points == 200 - DEMO_PRICE


@pytest.mark.parametrize("event", ["refused", "removed"])
def test_a_refusal_is_noted_until_the_member_writes_again(
    world: World, member: Chats, event: str
) -> None:
    ann = member()
    assert ann.event(event) == []
    assert state(ann, BASE) == (ACTIVE, REJECTED)
    world.wait(60)
    assert one(ann.say("#menu")).text
    assert state(ann, BASE) == (ACTIVE, ACTIVE)


def test_an_authorisation_is_noted(member: Chats) -> None:
    base = member()
    base.say("#add webtest")
    ann = member("webtest")
    assert state(ann, "webtest") == (ACTIVE, ACTIVE if ann.im == "webchat" else NEW)
    assert ann.event("authorised") == []
    assert state(ann, "webtest") == (ACTIVE, ACTIVE)
    assert ann.event("unreachable") == []
    assert state(ann, "webtest") == (ACTIVE, ACTIVE)


def test_a_service_that_he_does_not_have_is_not_authorised_by_an_event(member: Chats) -> None:
    member()
    ann = member("webtest")
    assert ann.event("authorised") == []
    assert state(ann, "webtest") == (None, None)


# A closed account.


@pytest.mark.parametrize("reason", ["owner", "operator"])
@pytest.mark.parametrize("service", [BASE, "webtest", "demo"])
@pytest.mark.parametrize("does", ["adds", "writes"])
def test_a_closed_account_hears_one_line(
    world: World, member: Chats, reason: str, service: str, does: str
) -> None:
    close(member(), reason)
    ann = member(service)
    said = one(ann.event("subscribe") if does == "adds" else ann.say("#loginlink"))
    assert said.text == world.texts("en", "chat-closed", support="help@awt.example")
    assert (said.link, said.choices) == (None, ())
    assert world.run(accounts) == 1


def test_an_address_that_removed_the_assistant_hears_no_farewell(member: Chats) -> None:
    ann = member()
    ann.event("removed")
    close(ann, "operator")
    messages = ann.world.messages
    farewells = [(m.queue, m.body.text) for m in messages if isinstance(m.body, Delete)]
    assert (f"user_op.base.{ann.im}", "") in farewells
    assert all(not text for queue, text in farewells if queue.endswith(ann.im))


def test_a_member_who_is_closed_out_is_told_so_once(world: World, member: Chats) -> None:
    ann = member()
    ann.say("#add webtest")
    ann.read()
    world.run(closing.close, account(ann), reason="operator")
    said = one(ann.read())
    assert (said.kind, said.text) == ("delete", world.texts("en", "chat-closed-operator"))
    world.run(closing.close, account(ann), reason="operator")
    assert ann.read() == []
    assert account(ann).points == 0


def test_without_a_support_address_one_is_sent_to_the_questions() -> None:
    assert Settings(site_url="https://awt.example").contact == "https://awt.example/faq"


# What only a node can do wrong.


@pytest.mark.parametrize(
    ("service", "address", "code"),
    [
        ("nothing", None, "unknown_service"),
        ("", None, "unknown_service"),
        (BASE, "", "bad_request"),
        (BASE, "example.org/x y", "bad_request"),
    ],
)
def test_what_a_node_says_wrong_is_refused_to_the_node(
    world: World, chat: Chats, service: str, address: str | None, code: str
) -> None:
    ann = chat(service)
    if address is not None:
        ann.address = address
    with pytest.raises(Refused, match=code):
        ann.say("hello")
    with pytest.raises(Refused, match=code):
        ann.event("subscribe")


def test_an_assistant_that_is_switched_off_answers_nobody(world: World, chat: Chats) -> None:
    world.run(lambda tx: services.put(tx, "webtest", enabled=False))
    with pytest.raises(Refused, match="unknown_service"):
        chat("webtest").say("hello")


def test_an_event_that_is_none_is_refused_to_the_node(chat: Chats) -> None:
    with pytest.raises(Refused, match="bad_request"):
        chat().event("sneezed")


# One person is one address, however it is written.


def test_a_jid_is_known_with_any_resource_and_in_any_case(world: World) -> None:
    world.member("jabber", "ann@example.org")
    said = world.chat("jabber", "Ann@Example.ORG/phone").ask("#whoami")
    assert "ann@example.org" in said.text
    assert normalise("jabber", "Ann@Example.ORG/phone") == "ann@example.org"


def test_one_address_on_two_networks_is_two_people(world: World) -> None:
    world.member("telegram", "ann")
    assert world.chat("matrix", "ann").link("hello")


# Limits.


def test_two_assistants_that_talk_to_each_other_stop(world: World, member: Chats) -> None:
    ann = member()
    most = world.settings.limits.messages_per_minute
    # One message was "hello".
    answered = [len(ann.say("#lang")) for _ in range(most + 5)]
    assert answered == [1] * most + [0] * 5
    world.wait(60)
    assert one(ann.say("#lang")).text


def test_the_last_answer_of_a_flood_says_so(world: World, member: Chats) -> None:
    ann = member()
    texts = [said.text for _ in range(70) for said in ann.say("#lang")]
    assert texts[-1] == world.texts("en", "chat-flood")
    assert texts.count(texts[-1]) == 1


def test_strangers_are_counted_each_for_himself(world: World) -> None:
    for number in range(70):
        assert world.chat("jabber", f"ann{number}@example.org").link("hello")


def test_a_message_that_is_too_long_is_not_read(world: World, member: Chats) -> None:
    ann = member()
    assert one(ann.say("x" * 4097)).text == world.texts("en", "chat-too-long", most=4096)
    assert "x" * 4096 not in one(ann.say("x" * 4096)).text


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x07", "\u202e", "\ue000"])
def test_a_message_without_a_text_is_not_answered(world: World, chat: Chats, text: str) -> None:
    assert chat().say(text) == []
    assert world.run(accounts) == 0


# Languages.


def test_the_language_of_his_browser_stays_with_an_account(world: World, chat: Chats) -> None:
    link = chat(lang="ru").link("привет")
    world.click(link)
    assert chat(lang="en").ask("#menu").text.startswith(f"{account(chat()).name}, у вас")


def test_a_language_that_is_not_spoken_is_answered_in_english(world: World, chat: Chats) -> None:
    assert chat(lang="tlh").ask("nuqneH").text.startswith("One step left")


# Once, and all or nothing.


def test_a_message_that_comes_twice_has_its_effect_once(world: World, member: Chats) -> None:
    member()
    ann = member("webtest")
    assert len(ann.say("example.com", message_id="same")) == 1
    assert ann.say("example.com", message_id="same") == []
    assert account(ann).points == 199
    assert [entry.amount for entry in world.run(ledger.of_user, account(ann).id, limit=9)] == [
        -1,
        200,
    ]


def test_a_registration_that_comes_twice_is_one(world: World, chat: Chats) -> None:
    assert len(chat().say("hello", message_id="same")) == 1
    assert chat().say("hello", message_id="same") == []
    assert world.run(accounts) == 1


def test_an_event_that_comes_twice_is_answered_once(chat: Chats) -> None:
    assert len(chat().event("subscribe", event_id="same")) == 1
    assert chat().event("subscribe", event_id="same") == []


def test_answers_to_an_address_are_numbered_whichever_assistant_speaks(member: Chats) -> None:
    ann, tests = member(), member("webtest")
    seqs = [said.seq for _ in range(3) for chat in (ann, tests) for said in chat.say("#tz")]
    assert seqs == sorted(set(seqs))


def test_an_answer_names_the_message_that_it_answers(world: World, member: Chats) -> None:
    assert one(member().say("#tz", message_id="question")).reply_to == "question"
    assert world.messages[-1].trace == "question"


def test_settings_limit_what_a_newcomer_may_ask(tmp_path: object) -> None:
    settings = Settings(
        site_url="https://awt.example", ims=KINDS, limits=Limits(resend_per_minute=2)
    )
    with World(f"sqlite:///{tmp_path}/other.db", settings=settings) as world:
        ann = world.chat("jabber", "ann@example.org")
        assert [said.link is not None for _ in range(3) for said in ann.say("hi")] == [
            True,
            True,
            False,
        ]


def test_what_an_assistant_cannot_bring_is_said_by_the_base_one_until_he_is_heard_there(
    world: World,
) -> None:
    ann = world.member("jabber", "away@example.org", service="webtest")
    ann.say("#menu")
    base = world.chat("jabber", "away@example.org")
    here = Chat(service="webtest", im="jabber", address="away@example.org")
    ann.event("unreachable")
    base.read()
    world.run(say, here, "your card", choices=(Choice("Menu", "#menu"),))
    assert ann.read() == []
    [said] = base.read()
    assert said.text == "your card\n\n1. Menu"
    world.run(say, here, "1 of 2", corrects="m1", minor=True)
    world.run(say, here, "1 of 2", corrects="m1")
    assert [said.text for said in base.read()] == ["1 of 2"], "not what is minor"
    assert "(base)" in base.ask("1").text
    assert ann.ask("#menu").text
    world.run(say, here, "the next one")
    assert [said.text for said in ann.read()] == ["the next one"]
    base.event("unreachable")
    world.run(say, Chat(service="base", im="jabber", address="away@example.org"), "all the same")
    assert [said.text for said in base.read()][-1] == "all the same"


def test_who_writes_is_noted_as_active_at_most_once_a_minute(world: World) -> None:
    ann = world.member("jabber", "ann@example.org")
    start = world.now

    def wrote_at(seconds: int) -> int:
        world.now = start + seconds * SECOND
        ann.say("#help")
        [im] = [im for im in world.run(users.ims, account(ann).id) if im.kind == ann.im]
        assert im.last_active is not None
        return (im.last_active - start) // SECOND

    assert [wrote_at(second) for second in (59, 61, 100, 200)] == [0, 61, 61, 200]
