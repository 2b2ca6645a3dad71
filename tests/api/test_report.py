"""Accounts with tests and no income: who is listed, and who is told when; on both engines."""

from collections.abc import Callable

import pytest

from awt.api import report
from awt.api.account import Page
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.registry import Nothing
from awt.api.report import Report
from awt.api.tests import SaveTest, TestId, TestList, delete_test, list_tests, save_test
from awt.db import keys, ledger, sessions, stats, users
from awt.db.tx import Tx
from awt.model.messages import Answer
from awt.testing.talk import World

OPERATOR = Caller(who=Who.OPERATOR)
DAY = 86_400


def member(world: World, name: str, *, tests: int = 1, lang: str = "en") -> int:
    """Make a member with tests and return his id."""
    address = f"{name}@example.org"
    world.member("jabber", address, lang=lang)
    user = world.user("jabber", address)
    assert user is not None
    world.run(users.set_login, user.id, name)
    owner = Caller(who=Who.USER, user_id=user.id)
    for number in range(tests):
        params = SaveTest(name=f"page {number}", text="open https://example.org/")
        world.run(save_test, owner, params)
    return user.id


def shown(world: World, **values: int) -> Report:
    found: Report = world.run(report.show_report, OPERATOR, Page(**values))
    return found


def names(world: World, **values: int) -> list[str | None]:
    return [line.login for line in shown(world, **values).accounts]


def send(world: World) -> list[tuple[str, str, str]]:
    """Let the scheduler come by; return what was said: queue, address, text."""
    world.messages.clear()
    sent = world.run(report.send_report, LOCAL_NODE, Nothing())
    said = [
        (message.queue, message.body.address, message.body.text)
        for message in world.messages
        if isinstance(message.body, Answer)
    ]
    assert len(said) == sent.told
    return said


def test_only_unused_accounts_with_tests_that_never_paid_are_listed(world: World) -> None:
    ann = member(world, "ann", tests=2)
    member(world, "without", tests=0)
    paid = member(world, "paid")
    world.run(ledger.move, paid, 10, "TOP_UP")
    world.run(ledger.move, ann, 10, "ADJUSTMENT")
    kept = member(world, "kept")
    world.run(users.change, kept, undeletable=True)
    gone = member(world, "gone")
    world.run(delete_test, Caller(who=Who.USER, user_id=gone), TestId(id=_only_test(world, gone)))
    assert names(world) == []
    world.wait(43 * DAY)
    member(world, "fresh")
    [line] = shown(world).accounts
    assert (line.login, line.tests, line.points) == ("ann", 2, 210)
    assert "jabber:ann@example.org" in line.addresses
    world.run(users.change, ann, time=world.now)
    assert names(world) == []


def _only_test(world: World, user_id: int) -> int:
    [test] = world.run(list_tests, Caller(who=Who.USER, user_id=user_id), TestList()).tests
    return int(test.id)


def _signed_in(tx: Tx, user_id: int) -> None:
    sessions.create(tx, token="t", user_id=user_id, chat_address="c", network="", agent="")


def _with_a_key(tx: Tx, user_id: int) -> None:
    keys.seen(tx, keys.create(tx, user_id, name="ci", read_only=False)[0])


def _running(tx: Tx, user_id: int) -> None:
    stats.add(tx, user_id, started=1)


@pytest.mark.parametrize("use", [_signed_in, _with_a_key, _running])
def test_an_account_is_used_where_nobody_signs_in_anew(
    world: World, use: Callable[[Tx, int], None]
) -> None:
    ann = member(world, "ann")
    world.wait(43 * DAY)
    assert names(world) == ["ann"]
    world.run(use, ann)
    assert names(world) == []
    world.wait(43 * DAY)
    assert names(world) == ["ann"]


def test_the_list_goes_on_where_it_ended_and_counts_all(world: World) -> None:
    for name in ("ann", "bob", "eve"):
        member(world, name)
    world.wait(43 * DAY)
    first = shown(world, limit=2)
    assert (first.total, [line.login for line in first.accounts]) == (3, ["eve", "bob"])
    assert names(world, limit=2, before=first.accounts[-1].id) == ["ann"]


@pytest.mark.parametrize(("lang", "word"), [("en", "1 account has"), ("ru", "1 аккаунт с")])
def test_administrators_are_told_once_a_month_where_they_were_active_last(
    world: World, lang: str, word: str
) -> None:
    chief = member(world, "chief", tests=0, lang=lang)
    world.run(users.change, chief, is_admin=True, undeletable=True)
    assert send(world) == [], "there is nothing to tell"
    member(world, "ann")
    world.wait(43 * DAY)
    world.run(users.confirm_im, chief, "skype", "live:chief")
    world.chat("skype", "live:chief").say("#menu")
    [(queue, address, text)] = send(world)
    assert (queue, address) == ("spamer.base.skype", "live:chief")
    assert word in text
    assert "https://awt.example/admin/report" in text
    assert send(world) == [], "once a month"
    world.wait(31 * DAY)
    assert len(send(world)) == 1


def test_a_month_is_told_once_though_the_process_died_in_between(world: World) -> None:
    chief = member(world, "chief", tests=0)
    world.run(users.change, chief, is_admin=True)
    member(world, "ann")
    world.wait(43 * DAY)

    def killed(tx: Tx) -> None:
        assert report.send_report(tx, LOCAL_NODE, Nothing()).told == 1
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.run(killed)
    assert len(send(world)) == 1
    assert send(world) == []
