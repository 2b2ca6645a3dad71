"""Who may invite whom, who wins, what it earns; on both engines."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service
from awt.api.invites import (
    InviteId,
    InviteUser,
    InviteView,
    invite_user,
    list_invites,
    resend_invite,
    revoke_invite,
)
from awt.api.registration import CreateAccount, activate, create_account
from awt.api.registry import Nothing
from awt.api.signing import LinkFields
from awt.db import garbage, invites, ledger, users
from awt.errors import Refused
from awt.gc.collector import collect_accounts
from awt.model.messages import Answer, Delete, Invite
from awt.model.settings import Settings
from awt.model.status import BASE, KINDS
from awt.testing.databases import Databases
from awt.testing.talk import DEMO_PRICE, World
from tests.db.races import at_once

ANN, BOB, EVE = "ann@example.org", "bob@example.org", "eve@example.org"
DAY = 86_400
GIFT, BONUS = 200, 100


def member(world: World, address: str, kind: str = "jabber") -> Caller:
    """Return somebody with an active account, signed in on the site."""
    world.member(kind, address)
    found = world.user(kind, address)
    assert found is not None
    return Caller(who=Who.USER, user_id=found.id, session_id=0)


def invite(world: World, caller: Caller, address: str, kind: str = "jabber") -> InviteView:
    view: InviteView = world.run(invite_user, caller, InviteUser(kind=kind, address=address))
    return view


def refused(world: World, method: Any, *args: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.run(method, *args)
    return caught.value


def sent(world: World) -> list[Invite]:
    return [m.body for m in world.messages if isinstance(m.body, Invite)]


def points(world: World, address: str, kind: str = "jabber") -> int:
    found = world.user(kind, address)
    assert found is not None
    return found.points


def accept(world: World, address: str) -> None:
    """Authorise the assistant and open the link that comes."""
    [said] = world.chat("jabber", address).event("authorised")
    assert said.link
    world.click(said.link)


def state(world: World, caller: Caller) -> list[str]:
    return [found.state for found in world.run(list_invites, caller, Nothing()).invites]


def test_an_invite_is_a_request_with_everything_that_has_to_be_said(world: World) -> None:
    ann = member(world, ANN)
    view = invite(world, ann, "Bob@Example.org/phone")
    assert (view.address, view.state, view.left) == (BOB, "waiting", DAY)
    [body] = sent(world)
    [message] = [m for m in world.messages if m.body is body]
    assert message.queue == "user_op.base.jabber"
    assert message.expires_at == world.now + DAY * 1000
    inviter = world.user("jabber", ANN)
    assert inviter
    link = f"https://awt.example/faq?invited_by={inviter.hash}"
    assert (body.service, body.address, body.link) == (BASE, BOB, link)
    for part in (inviter.name, "https://awt.example,", link, "authorise", "1 day", "stop"):
        assert part in body.text


@pytest.mark.parametrize("how", ["authorised", "subscribe", "writes"])
def test_authorising_and_writing_are_accepting_and_both_sides_get_points_once(
    world: World, how: str
) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    bob = world.chat("jabber", BOB)
    [said] = bob.say("hi") if how == "writes" else bob.event(how)
    assert said.link
    assert state(world, ann) == ["registered"]
    assert points(world, ANN) == GIFT, "nothing before the activation"
    world.click(said.link)
    assert state(world, ann) == ["accepted"]
    assert points(world, ANN) == GIFT + BONUS
    assert points(world, BOB) == GIFT + BONUS
    assert world.run(list_invites, ann, Nothing()).earned == BONUS


def told(world: World) -> list[tuple[str, str, str]]:
    """Return what was said unasked: queue, address, text."""
    return [
        (m.queue, m.body.address, m.body.text)
        for m in world.messages
        if m.queue.startswith("spamer.") and isinstance(m.body, Answer)
    ]


@pytest.mark.parametrize(("lang", "word"), [("en", "100 points"), ("ru", "100 баллов")])
def test_the_inviter_is_told_of_his_bonus_once_where_he_was_active_last(
    world: World, lang: str, word: str
) -> None:
    world.member("jabber", ANN, lang=lang)
    found = world.user("jabber", ANN)
    assert found
    ann = Caller(who=Who.USER, user_id=found.id, session_id=0)
    invite(world, ann, BOB)
    world.run(users.confirm_im, found.id, "skype", "live:ann")
    world.wait(100)
    world.chat("skype", "live:ann").say("#menu")
    accept(world, BOB)
    [(queue, address, text)] = told(world)
    assert (queue, address) == ("spamer.base.skype", "live:ann")
    for part in (BOB, word, str(GIFT + BONUS)):
        assert part in text


def test_who_came_by_a_link_is_not_named_and_what_is_rolled_back_is_not_told(world: World) -> None:
    member(world, ANN)
    inviter = world.user("jabber", ANN)
    assert inviter
    params = CreateAccount(jabber=BOB, invited_by=inviter.hash)
    world.run(create_account, world.browser(), params)
    link = urlsplit(str(world.messages[-1].secret))

    def dies(tx: Any) -> None:
        activate(tx, world.browser(), LinkFields(**dict(parse_qsl(link.query))))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.run(dies)
    assert (told(world), points(world, ANN)) == ([], GIFT)
    world.click(link.geturl())
    [(_, address, text)] = told(world)
    assert (address, points(world, ANN)) == (ANN, GIFT + BONUS)
    assert BOB not in text
    assert "by your link" in text


def test_a_client_that_adds_the_assistant_back_gets_no_second_line(world: World) -> None:
    invite(world, member(world, ANN), BOB)
    bob = world.chat("jabber", BOB)
    assert bob.event("authorised")[0].link
    assert bob.event("subscribe") == []


def test_a_link_of_the_inviter_earns_without_an_invite_and_the_form_may_come_from_anywhere(
    world: World,
) -> None:
    member(world, ANN)
    inviter = world.user("jabber", ANN)
    assert inviter
    params = CreateAccount(jabber=BOB, invited_by=inviter.hash)
    world.run(create_account, world.browser(), params)
    world.click(str(world.messages[-1].secret))
    assert (points(world, ANN), points(world, BOB)) == (GIFT + BONUS, GIFT + BONUS)


def test_of_several_inviters_the_last_request_wins_when_the_address_just_answers(
    world: World,
) -> None:
    ann, eve = member(world, ANN), member(world, EVE)
    invite(world, eve, BOB)
    world.wait(10)
    invite(world, ann, BOB)
    accept(world, BOB)
    assert (points(world, ANN), points(world, EVE)) == (GIFT + BONUS, GIFT)
    assert (state(world, ann), state(world, eve)) == (["accepted"], ["lost"])


def test_of_several_inviters_the_link_wins_that_the_account_was_registered_through(
    world: World,
) -> None:
    ann, eve = member(world, ANN), member(world, EVE)
    invite(world, ann, BOB)
    invite(world, eve, BOB)
    assert world.chat("jabber", BOB).event("authorised")[0].link  # eve's, for it came last
    found = world.user("jabber", ANN)
    assert found
    world.wait(61)
    params = CreateAccount(jabber=BOB, invited_by=found.hash)
    world.run(create_account, world.browser(), params)
    world.click(str(world.messages[-1].secret))
    assert (points(world, ANN), points(world, EVE)) == (GIFT + BONUS, GIFT)
    assert (state(world, ann), state(world, eve)) == (["accepted"], ["lost"])


def test_who_waits_already_is_brought_by_who_invites_him_then(world: World) -> None:
    bob = world.chat("jabber", BOB)
    bob.say("hello")
    ann = member(world, ANN)
    invite(world, ann, BOB)
    world.wait(61)
    world.click(bob.link("hello again"))
    assert (points(world, ANN), points(world, BOB)) == (GIFT + BONUS, GIFT + BONUS)


def test_an_account_that_comes_again_gets_no_gift_and_brings_none(world: World) -> None:
    ann = member(world, ANN)
    bob = member(world, BOB)
    world.run(delete_account, bob, Nothing())
    world.wait(43 * DAY)
    world.run(collect_accounts)
    assert world.user("jabber", BOB) is None
    assert refused(world, invite_user, ann, InviteUser(kind="jabber", address=BOB)).code == (
        "has_account"
    )
    found = world.user("jabber", ANN)
    assert found
    params = CreateAccount(jabber=BOB, invited_by=found.hash)
    world.run(create_account, world.browser(), params)
    world.click(str(world.messages[-1].secret))
    assert (points(world, ANN), points(world, BOB)) == (GIFT, 0)


def test_an_account_of_the_chat_on_the_site_neither_invites_nor_earns(world: World) -> None:
    member(world, ANN)
    browser = "a1" * 16
    eve = member(world, browser, "webchat")
    assert refused(world, invite_user, eve, InviteUser(kind="jabber", address=BOB)).code == (
        "needs_im"
    )
    assert not world.run(list_invites, eve, Nothing()).earns
    found = world.user("webchat", browser)
    assert found
    world.run(create_account, world.browser(), CreateAccount(jabber=BOB, invited_by=found.hash))
    world.click(str(world.messages[-1].secret))
    assert points(world, browser, "webchat") == GIFT
    inviter = world.user("jabber", ANN)
    assert inviter
    caller = world.browser("b2" * 16)
    world.run(create_account, caller, CreateAccount(invited_by=inviter.hash))
    world.click(str(world.messages[-1].secret), caller=caller)
    assert points(world, "b2" * 16, "webchat") == GIFT
    assert points(world, ANN) == GIFT


def test_nobody_invites_himself_by_whatever_spelling(world: World) -> None:
    ann = member(world, ANN)
    for address in (ANN, "ANN@EXAMPLE.ORG", "Ann@example.org./phone", "ａｎｎ@example.org"):
        assert refused(
            world, invite_user, ann, InviteUser(kind="jabber", address=address)
        ).code == ("own_address")
    found = world.user("jabber", ANN)
    assert found
    world.run(create_account, ann, CreateAccount(jabber=BOB, invited_by=found.hash))
    world.click(str(world.messages[-1].secret))
    assert (points(world, ANN), points(world, BOB)) == (GIFT, GIFT)


@pytest.mark.parametrize(
    ("kind", "address", "field", "problem"),
    [
        ("jabber", "\u0430nn@example.org", "address", "mixed_scripts"),  # a Cyrillic a
        ("jabber", "example.org", "address", "address"),
        ("jabber", "<b>@example.org", "address", "address"),
        ("webchat", "a1" * 16, "kind", "no_such_im"),
        ("icq", "12345", "kind", "no_such_im"),
    ],
)
def test_what_is_no_stranger_is_refused_by_name(
    world: World, kind: str, address: str, field: str, problem: str
) -> None:
    ann = member(world, ANN)
    caught = refused(world, invite_user, ann, InviteUser(kind=kind, address=address))
    assert (caught.code, caught.fields) == ("bad_request", {field: problem})


def test_an_assistant_is_not_invited_by_another(databases: Databases) -> None:
    settings = Settings(ims=KINDS, xmpp_domains=(("", "xmpp.example"),))
    with databases.sqlite() as url, World(url, settings=settings) as world:
        ann = member(world, ANN)
        for address in ("assistant@base.xmpp.example", "x@demo.xmpp.example"):
            params = InviteUser(kind="jabber", address=address)
            caught = refused(world, invite_user, ann, params)
            assert caught.fields == {"address": "assistant"}
        assert invite(world, ann, "bob@xmpp.example").state == "waiting"


def test_whoever_has_an_account_is_not_invited(world: World) -> None:
    ann = member(world, ANN)
    member(world, BOB)
    assert refused(world, invite_user, ann, InviteUser(kind="jabber", address=BOB)).code == (
        "has_account"
    )


def test_stop_is_for_ever(world: World) -> None:
    ann, eve = member(world, ANN), member(world, EVE)
    invite(world, ann, BOB)
    [said] = world.chat("jabber", BOB).say("Stop")
    assert (said.kind, said.link) == ("delete", None)
    assert said.text == world.texts("en", "stop-stranger")
    assert state(world, ann) == ["refused"]
    world.wait(400 * DAY)
    world.run(garbage.collect, "invites")
    for caller in (ann, eve):
        assert refused(world, invite_user, caller, InviteUser(kind="jabber", address=BOB)).code == (
            "address_stopped"
        )
    assert len(sent(world)) == 1
    assert world.chat("jabber", BOB).link("I write by myself")


def test_refusing_the_request_ends_the_invite(world: World) -> None:
    ann = member(world, ANN)
    view = invite(world, ann, BOB)
    assert world.chat("jabber", BOB).event("refused") == []
    assert state(world, ann) == ["refused"]
    assert refused(world, resend_invite, ann, InviteId(id=view.id)).code == "invite_over"
    assert world.chat("jabber", BOB).event("authorised") == []


def test_an_address_is_invited_by_one_account_once_in_thirty_days(world: World) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    world.wait(29 * DAY)
    world.run(garbage.collect, "invites")
    assert state(world, ann) == []
    again = refused(world, invite_user, ann, InviteUser(kind="jabber", address=BOB.upper()))
    assert (again.code, again.values["left"]) == ("invited_lately", "1 day")
    world.wait(DAY)
    assert invite(world, ann, BOB).state == "waiting"


def test_an_account_sends_so_many_a_day(world: World) -> None:
    ann = member(world, ANN)
    most = world.settings.limits.invites_per_day
    for number in range(most):
        invite(world, ann, f"friend{number}@example.org")
    many = refused(world, invite_user, ann, InviteUser(kind="jabber", address=BOB))
    assert (many.code, many.retry_after) == ("too_many", DAY)
    world.wait(DAY + 1)
    assert invite(world, ann, BOB).state == "waiting"


def test_a_storm_of_accounts_bothers_an_address_three_times_a_day(world: World) -> None:
    callers = [member(world, f"troll{number}@example.org") for number in range(5)]
    codes = []
    for caller in callers:
        try:
            invite(world, caller, BOB)
        except Refused as error:
            codes.append(error.code)
    assert len(sent(world)) == 3
    assert codes == ["too_many"] * 2


def test_asking_for_addresses_one_after_the_other_ends_soon(world: World) -> None:
    ann = member(world, ANN)
    member(world, BOB)
    codes = set()
    for _ in range(5 * world.settings.limits.invites_per_day + 1):
        code = refused(world, invite_user, ann, InviteUser(kind="jabber", address=BOB)).code
        codes.add(code)
    assert codes == {"has_account", "too_many"}


def test_an_invite_is_sent_again_after_an_hour_and_lasts_no_longer(world: World) -> None:
    ann = member(world, ANN)
    view = invite(world, ann, BOB)
    assert not view.may_resend
    early = refused(world, resend_invite, ann, InviteId(id=view.id))
    assert (early.code, early.retry_after) == ("too_many", 3600)
    for left in (23, 22):
        world.wait(3600)
        assert world.run(list_invites, ann, Nothing()).invites[0].may_resend
        assert world.run(resend_invite, ann, InviteId(id=view.id)).left == left * 3600
    world.wait(3600)
    assert refused(world, resend_invite, ann, InviteId(id=view.id)).code == "too_many"
    assert len(sent(world)) == 3
    world.wait(21 * 3600)
    assert refused(world, resend_invite, ann, InviteId(id=view.id)).code == "invite_over"
    assert state(world, ann) == ["expired"]


def test_an_invite_that_is_taken_back_takes_the_request_along_and_earns_nothing(
    world: World,
) -> None:
    ann, eve = member(world, ANN), member(world, EVE)
    view = invite(world, ann, BOB)
    assert refused(world, revoke_invite, eve, InviteId(id=view.id)).code == "unknown_invite"
    assert world.run(revoke_invite, ann, InviteId(id=view.id)).state == "revoked"
    assert isinstance(world.messages[-1].body, Delete)
    assert refused(world, revoke_invite, ann, InviteId(id=view.id)).code == "invite_over"
    world.click(world.chat("jabber", BOB).link("hello"))
    assert (points(world, ANN), points(world, BOB)) == (GIFT, GIFT)


def test_an_invite_that_is_taken_back_after_the_registration_earns_nothing(world: World) -> None:
    ann = member(world, ANN)
    view = invite(world, ann, BOB)
    [said] = world.chat("jabber", BOB).event("authorised")
    world.run(revoke_invite, ann, InviteId(id=view.id))
    assert said.link
    world.click(said.link)
    assert (points(world, ANN), points(world, BOB)) == (GIFT, GIFT)


def test_an_account_that_is_closed_takes_its_invites_along(world: World) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    world.run(delete_account, ann, Nothing())
    assert next(m.body.address for m in world.messages if isinstance(m.body, Delete)) == BOB
    assert world.chat("jabber", BOB).event("authorised") == []
    world.click(world.chat("jabber", BOB).link("hello"))
    assert points(world, BOB) == GIFT


def test_an_invite_that_nobody_took_is_collected_after_a_day(world: World) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    world.wait(DAY - 1)
    assert world.run(garbage.collect, "invites") == 0
    world.wait(1.001)
    assert world.run(garbage.collect, "invites") == 1
    assert world.chat("jabber", BOB).event("authorised") == []
    world.click(world.chat("jabber", BOB).link("hello"))
    assert points(world, ANN) == GIFT


def test_an_invite_that_was_taken_lives_as_long_as_the_account_waits(world: World) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    world.wait(DAY - 10)
    [said] = world.chat("jabber", BOB).event("authorised")
    world.wait(DAY - 10)
    assert world.run(garbage.collect, "invites") == 0
    assert state(world, ann) == ["registered"]
    assert said.link
    world.click(said.link)
    assert points(world, ANN) == GIFT + BONUS


def test_an_invited_account_that_is_never_activated_earns_nothing_and_goes(world: World) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    world.chat("jabber", BOB).event("authorised")
    world.wait(DAY + 1)
    assert world.run(collect_accounts) == 1
    assert world.run(garbage.collect, "invites") == 1
    assert points(world, ANN) == GIFT
    assert world.run(invites.of_inviter, ann.user) == []


# Races: each on both engines, in threads of their own.


def test_two_messages_of_one_address_at_once_make_one_account(world: World) -> None:
    bob, again = world.chat("jabber", BOB), world.chat("jabber", BOB)
    at_once(lambda: bob.say("hello"), lambda: again.say("hello"))
    assert len(world.run(users.waiting_for, "jabber", BOB)) == 1


def test_two_links_of_one_account_clicked_at_once_give_the_bonuses_once(world: World) -> None:
    ann = member(world, ANN)
    invite(world, ann, BOB)
    bob = world.chat("jabber", BOB)
    [first] = bob.event("authorised")
    world.wait(61)
    second = bob.link("hello")
    assert first.link
    results = at_once(lambda: world.click(str(first.link)), lambda: world.click(second))
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert (points(world, ANN), points(world, BOB)) == (GIFT + BONUS, GIFT + BONUS)


def test_one_address_invited_twice_at_once_by_one_account_gets_one_message(world: World) -> None:
    ann = member(world, ANN)
    results = at_once(*[lambda: invite(world, ann, BOB)] * 3)
    codes = sorted(getattr(result, "code", "") for result in results)
    assert codes == ["", "invited_lately", "invited_lately"]
    assert len(sent(world)) == 1


def test_a_double_click_on_pay_pays_once(world: World) -> None:
    ann = member(world, ANN)
    name = ServiceName(short_name="demo")
    results = at_once(*[lambda: world.run(add_service, ann, name)] * 3)
    codes = sorted(getattr(result, "code", "") for result in results)
    assert codes == ["", "service_added", "service_added"]
    assert points(world, ANN) == GIFT - DEMO_PRICE


def test_deleting_the_account_while_a_service_is_added_leaves_one_or_the_other(
    world: World,
) -> None:
    ann = member(world, ANN)
    name = ServiceName(short_name="demo")
    _, added = at_once(
        lambda: world.run(delete_account, ann, Nothing()),
        lambda: world.run(add_service, ann, name),
    )
    assert points(world, ANN) == 0
    types = {entry.type for entry in world.run(ledger.of_user, ann.user, limit=9)}
    assert ("SERVICE_PRICE" in types) != isinstance(added, Refused)
    late = refused(world, add_service, ann, ServiceName(short_name="webtest"))
    assert late.code == "account_closed"
