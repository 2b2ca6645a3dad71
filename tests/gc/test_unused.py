"""Accounts that nobody uses: who is warned, who goes, who stays; on both engines."""

import pytest

from awt.api import operating
from awt.api.account import Page, list_ledger
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service
from awt.api.operating import UserName
from awt.db import ledger, users
from awt.db.users import User
from awt.gc.unused import collect_unused
from awt.model.messages import Answer, Delete
from awt.testing.talk import Conversation, World

ANN = "ann@example.org"
DAY = 86_400
OPERATOR = Caller(who=Who.OPERATOR)


@pytest.fixture
def ann(world: World) -> Conversation:
    """Ann, who has an account with 200 granted points."""
    return world.member("jabber", ANN)


def account(world: World) -> User:
    found = world.user("jabber", ANN)
    assert found is not None
    return found


def collect(world: World) -> tuple[int, int]:
    found: tuple[int, int] = world.run(collect_unused)
    return found


def warnings(world: World) -> list[tuple[str, str, str]]:
    return [
        (m.queue, m.body.address, m.body.text)
        for m in world.messages
        if m.queue.startswith("spamer.") and isinstance(m.body, Answer)
    ]


def test_an_unused_account_is_warned_and_goes_a_week_later(world: World, ann: Conversation) -> None:
    user = account(world)
    world.run(add_service, Caller(who=Who.USER, user_id=user.id), ServiceName(short_name="webtest"))
    world.run(users.change, user.id, timezone="Asia/Tokyo")
    world.wait(35 * DAY)
    assert collect(world) == (0, 0)
    world.wait(1)
    assert collect(world) == (1, 0)
    [(queue, address, text)] = warnings(world)
    assert (queue, address) == ("spamer.base.jabber", ANN)
    assert "JST" in text
    assert "200" in text
    assert collect(world) == (0, 0)
    world.wait(7 * DAY)
    assert collect(world) == (0, 0)
    world.wait(1)
    since = len(world.messages)
    assert collect(world) == (1, 1)
    assert world.user("jabber", ANN) is None
    told = {
        m.queue
        for m in world.messages[since:]
        if isinstance(m.body, Delete) and m.body.address == ANN
    }
    assert told == {"user_op.base.jabber", "user_op.webtest.jabber"}
    entries = world.run(ledger.of_user, user.id, limit=10)
    newest = entries[0]
    assert (newest.type, newest.amount, newest.balance_after) == ("WRITE_OFF", -200, 0)
    assert len(warnings(world)) == 1
    assert ann.link("hello")  # he may register anew


@pytest.mark.parametrize("way", ["a command", "a login", "a password"])
def test_an_access_puts_the_end_off(world: World, ann: Conversation, way: str) -> None:
    world.wait(36 * DAY)
    assert collect(world) == (1, 0)
    if way == "a command":
        ann.say("#menu")
    elif way == "a login":
        world.click(ann.link("#loginlink"))
    else:
        user = account(world)
        world.run(users.change, user.id, password="x", time=world.now)
    world.wait(7 * DAY)
    assert collect(world) == (0, 0)
    world.wait(28 * DAY + 1)
    assert collect(world) == (1, 0)
    assert len(warnings(world)) == 2


def test_nobody_goes_who_was_not_warned_a_week_before(world: World, ann: Conversation) -> None:
    world.wait(100 * DAY)  # the collector was away
    assert collect(world) == (1, 0)
    world.wait(7 * DAY)
    assert collect(world) == (0, 0)
    world.wait(1)
    assert collect(world) == (1, 1)


@pytest.mark.parametrize("values", [{"undeletable": True}, {"email": "ann@mail.example"}])
def test_some_accounts_stay_and_are_not_asked_about_again(
    world: World, ann: Conversation, values: dict[str, object]
) -> None:
    world.run(users.change, account(world).id, **values)
    world.wait(36 * DAY)
    assert collect(world) == (1, 0)
    world.wait(100 * DAY)
    assert collect(world) == (0, 0)
    assert warnings(world) == []


def test_bought_points_keep_an_account_until_the_last_is_gone(
    world: World, ann: Conversation
) -> None:
    user = account(world)
    world.run(lambda tx: ledger.move(tx, user.id, 50, "TOP_UP", refundable=50))
    world.wait(100 * DAY)
    assert collect(world) == (1, 0)
    world.wait(100 * DAY)
    assert collect(world) == (0, 0)
    assert warnings(world) == []
    world.run(lambda tx: ledger.move(tx, user.id, -250, "ADJUSTMENT"))
    world.wait(1)
    assert collect(world) == (1, 1)
    assert world.user("jabber", ANN) is None


def test_closed_accounts_and_new_ones_go_by_their_own_date(world: World, ann: Conversation) -> None:
    world.run(operating.block_user, OPERATOR, UserName(user=ANN))
    world.chat("jabber", "new@example.org").say("hello")
    world.wait(36 * DAY)
    assert collect(world) == (2, 0)
    assert collect(world) == (0, 0)
    assert account(world).purge_after is not None
    assert warnings(world) == []


def test_the_warning_goes_to_the_client_that_was_active_last(
    world: World, ann: Conversation
) -> None:
    world.wait(100)
    world.run(users.confirm_im, account(world).id, "skype", "live:ann")
    world.chat("skype", "live:ann").say("#menu")
    world.wait(36 * DAY)
    collect(world)
    assert [(queue, address) for queue, address, _ in warnings(world)] == [
        ("spamer.base.skype", "live:ann")
    ]


def test_who_can_be_told_nowhere_has_his_week_all_the_same(world: World, ann: Conversation) -> None:
    ann.event("removed")
    user = account(world)
    for im in world.run(users.ims, user.id):
        if im.kind == "webchat":
            world.chat("webchat", im.address).event("removed")
    world.wait(36 * DAY)
    assert collect(world) == (1, 0)
    assert warnings(world) == []
    world.wait(8 * DAY)
    assert collect(world) == (1, 1)


def test_the_ledger_of_a_deleted_account_stays(world: World, ann: Conversation) -> None:
    user = account(world)
    caller = Caller(who=Who.USER, user_id=user.id)
    before = world.run(list_ledger, caller, Page()).entries
    world.wait(36 * DAY)
    collect(world)
    world.wait(8 * DAY)
    collect(world)
    kept = world.run(ledger.of_user, user.id, limit=10)
    assert [e.amount for e in kept] == [-200, *(e.amount for e in before)]
