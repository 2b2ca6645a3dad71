"""What is noted of changes in an account."""

from typing import Any

import pytest
from sqlalchemy import func, insert, select

from awt.api.account import (
    CreateKey,
    Page,
    RevokeKey,
    SetLogin,
    UpdateAccount,
    create_key,
    list_history,
    revoke_key,
    set_login,
    update_account,
)
from awt.api.caller import Caller, Who
from awt.api.registry import way_of
from awt.api.signing import sign_in
from awt.api.tests import SaveTest, TestId, delete_test, restore_test, save_test
from awt.db.history import MOST
from awt.db.schema import history
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.times import iso
from awt.testing.talk import World


@pytest.fixture
def ann(world: World) -> Caller:
    return member(world, "ann@example.org")


def member(world: World, address: str) -> Caller:
    world.member("jabber", address)
    user = world.user("jabber", address)
    assert user
    return Caller(who=Who.USER, user_id=user.id, session_id=1, network="192.0.2.0/24")


def changes(world: World, caller: Caller, **values: Any) -> list[tuple[str, str, str]]:
    """Return event, old and new of what was noted, the oldest first, without how it began."""
    found = world.run(list_history, caller, Page(**values)).changes
    return [(each.event, each.old, each.new) for each in reversed(found)]


def test_a_change_is_noted_with_what_was_before_and_where_it_came_from(
    world: World, ann: Caller
) -> None:
    begun = len(changes(world, ann))
    world.run(update_account, ann, UpdateAccount(lang="ru", timezone="Europe/Berlin"))
    world.run(update_account, ann, UpdateAccount(lang="ru"))  # nothing new
    world.run(set_login, ann, SetLogin(login="ann"))
    world.run(set_login, ann, SetLogin(login="anna"))
    language, zone, first, second = changes(world, ann)[begun:]
    assert (language[0], language[2]) == ("language", "ru")
    assert (zone[0], zone[2]) == ("timezone", "Europe/Berlin")
    assert (first[0], first[2]) == ("login", "ann")
    assert second == ("login", "ann", "anna")
    [latest] = world.run(list_history, ann, Page(limit=1)).changes
    assert (latest.way, latest.network, latest.time) == ("site", "192.0.2.0/24", iso(world.now))


def test_a_sign_in_and_keys_are_noted_without_a_secret(world: World, ann: Caller) -> None:
    begun = len(changes(world, ann))
    visitor = Caller(who=Who.VISITOR, network="198.51.100.0/24", agent="Browser 1")
    session = world.run(sign_in, visitor, ann.user).session
    [latest] = world.run(list_history, ann, Page(limit=1)).changes
    assert latest.way == "site"
    made = world.run(create_key, ann, CreateKey(name="ci"))
    world.run(revoke_key, ann, RevokeKey(id=made.id))
    found = changes(world, ann)[begun:]
    assert found == [("signed_in", "", "Browser 1"), ("key", "", "ci"), ("key", "ci", "")]
    assert made.key not in str(found)
    assert session not in str(found)


def test_of_a_test_its_name_and_number_of_steps_are_noted_and_no_step(
    world: World, ann: Caller
) -> None:
    begun = len(changes(world, ann))
    one = "open a.example\nenter //input secret\n"
    made = world.run(save_test, ann, SaveTest(name="Shop", text=one)).id
    world.run(save_test, ann, SaveTest(id=made, name="Shop"))  # nothing new
    world.run(save_test, ann, SaveTest(id=made, name="Inn", text="open a.example"))
    world.run(save_test, ann, SaveTest(id=made, text="open b.example"))
    world.run(delete_test, ann, TestId(id=made))
    world.run(restore_test, ann, TestId(id=made))
    world.run(restore_test, ann, TestId(id=made))  # nothing new
    assert changes(world, ann)[begun:] == [
        ("test", "", f"{made} Shop"),
        ("test", f"{made} Shop (2)", f"{made} Inn (1)"),
        ("test", "", f"{made} Inn (1)"),
        ("test_deleted", f"{made} Inn", ""),
        ("test_restored", "", f"{made} Inn"),
    ]


def test_what_was_refused_is_not_noted(world: World, ann: Caller) -> None:
    begun = changes(world, ann)
    member(world, "bob@example.org")
    with pytest.raises(Refused):
        world.run(set_login, ann, SetLogin(login="!"))
    with pytest.raises(Refused):
        world.run(revoke_key, ann, RevokeKey(id=99))
    assert changes(world, ann) == begun


def test_nobody_sees_what_others_changed(world: World, ann: Caller) -> None:
    bob = member(world, "bob@example.org")
    begun = changes(world, bob)
    world.run(set_login, ann, SetLogin(login="ann"))
    assert changes(world, bob) == begun


def test_a_long_history_comes_in_pages(world: World, ann: Caller) -> None:
    for n in range(4):
        world.run(set_login, ann, SetLogin(login=f"ann{n}"))
    page = world.run(list_history, ann, Page(limit=2)).changes
    rest = world.run(list_history, ann, Page(limit=2, before=page[-1].id)).changes
    assert [each.new for each in [*page, *rest]] == ["ann3", "ann2", "ann1", "ann0"]


@pytest.mark.parametrize("who", [Who.USER, Who.ADMIN])
def test_who_comes_without_a_session_comes_with_a_key_but_only_an_account_has_one(
    who: Who,
) -> None:
    assert way_of(Caller(who=who, user_id=1)) == "key"
    assert way_of(Caller(who=who, user_id=1, session_id=1)) == "site"
    assert way_of(Caller(who=Who.VISITOR)) == "site"


def test_the_newest_changes_are_kept_and_no_more_than_a_thousand(world: World, ann: Caller) -> None:
    bob = member(world, "bob@example.org")
    kept = changes(world, bob)
    new: dict[str, Any] = dict.fromkeys(("event", "old", "new", "way", "network"), "")
    new |= {"user_id": ann.user, "time": world.now, "purge_after": world.now}
    world.run(lambda tx: tx.conn.execute(insert(history), [new] * MOST))
    world.run(set_login, ann, SetLogin(login="ann"))
    world.run(set_login, ann, SetLogin(login="anna"))

    def count(tx: Tx) -> int:
        own = history.c.user_id == ann.user
        found: int = tx.conn.execute(select(func.count()).where(own)).scalar_one()
        return found

    begun = world.run(count)
    world.run(set_login, ann, SetLogin(login="annie"))
    assert world.run(count) == begun, "the oldest went"
    assert changes(world, ann, limit=1) == [("login", "anna", "annie")]
    assert changes(world, bob) == kept
