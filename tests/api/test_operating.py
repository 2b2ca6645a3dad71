"""What operators do to accounts and services, on both engines."""

from typing import Any

import msgspec
import pytest

from awt.api import operating
from awt.api.account import Page, list_ledger
from awt.api.caller import Caller, Who
from awt.api.operating import Adjust, MakeAdmin, PutService, UserName
from awt.api.registry import Nothing
from awt.db import services, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.status import ACTIVE, BLOCKED, NEW
from awt.testing.talk import Conversation, World

OPERATOR = Caller(who=Who.OPERATOR)
JID = "ann@example.org"


def admin(world: World, *, session: bool = True) -> Caller:
    """An administrator at the site, or a program with a key of his."""
    found = world.run(operating.make_admin, OPERATOR, MakeAdmin(login="chief"))
    user = world.run(users.by_login, "chief")
    assert found.account.is_admin
    assert user is not None
    return Caller(who=Who.ADMIN, user_id=user.id, session_id=1 if session else None)


def ann(world: World) -> User:
    user = world.user("jabber", JID)
    assert user is not None
    return user


@pytest.fixture
def chat(world: World) -> Conversation:
    """Ann, who has an active account and the login name ``ann``."""
    conversation = world.member("jabber", JID)
    world.run(users.set_login, ann(world).id, "ann")
    return conversation


def refused(world: World, method: Any, params: Any, caller: Caller = OPERATOR) -> Refused:
    with pytest.raises(Refused) as caught:
        world.run(method, caller, params)
    return caught.value


def block(world: World, name: str = JID) -> operating.AccountLine:
    line: operating.AccountLine = world.run(operating.block_user, OPERATOR, UserName(user=name))
    return line


def adjust(world: World, amount: int, **values: Any) -> operating.AccountLine:
    found: operating.Adjusted = world.run(
        operating.adjust, OPERATOR, Adjust(user=JID, amount=amount, **values)
    )
    return found.account


@pytest.mark.parametrize("name", ["ann", " Ann ", JID, "ANN@Example.org/phone", "{hash}"])
def test_an_account_is_named_by_login_address_or_public_id(
    world: World, chat: Conversation, name: str
) -> None:
    line = block(world, name.format(hash=ann(world).hash))
    assert line.hash == ann(world).hash


def test_addresses_of_all_networks_name_accounts(world: World) -> None:
    world.member("skype", "live:ann.lee")
    assert block(world, "live:ann.lee").status == BLOCKED


@pytest.mark.parametrize("name", ["", "nobody", "nobody@example.org", "x" * 1000, "\0", "'"])
def test_an_account_that_is_not_there_is_unknown(
    world: World, chat: Conversation, name: str
) -> None:
    assert refused(world, operating.block_user, UserName(user=name)).code == "unknown_user"


def test_an_address_that_is_not_confirmed_names_nobody(world: World) -> None:
    world.chat("jabber", JID).say("hello")
    assert refused(world, operating.block_user, UserName(user=JID)).code == "unknown_user"


def test_a_login_that_looks_like_the_id_of_another_account_names_neither(
    world: World, chat: Conversation
) -> None:
    world.member("jabber", "bob@example.org")
    bob = world.user("jabber", "bob@example.org")
    assert bob is not None
    world.run(users.set_login, bob.id, ann(world).hash)
    params = UserName(user=ann(world).hash)
    assert refused(world, operating.block_user, params).code == "ambiguous_user"
    assert ann(world).status == ACTIVE


def test_a_blocked_account_is_told_and_closed(world: World, chat: Conversation) -> None:
    line = block(world)
    assert (line.status, line.points, line.is_admin) == (BLOCKED, 0, False)
    assert line.login != "ann"
    assert [said.kind for said in chat.read()] == ["delete"]
    assert world.settings.contact in chat.ask("#menu").text


def test_blocking_twice_changes_nothing(world: World, chat: Conversation) -> None:
    first = block(world)
    chat.read()
    world.wait(100)
    before = ann(world)
    assert block(world) == first
    assert ann(world) == before
    assert chat.read() == []


def test_an_administrator_cannot_block_himself_but_another_one_who_is_none_then(
    world: World, chat: Conversation
) -> None:
    chief = admin(world)
    params = UserName(user="chief")
    assert refused(world, operating.block_user, params, chief).code == "own_account"
    world.run(operating.make_admin, OPERATOR, MakeAdmin(login="ann"))
    world.run(operating.block_user, chief, UserName(user="ann"))
    world.run(operating.unblock_user, chief, UserName(user=JID))
    assert (ann(world).status, ann(world).is_admin) == (ACTIVE, False)


def test_an_unblocked_account_gets_a_link_and_is_not_purged(
    world: World, chat: Conversation
) -> None:
    block(world)
    chat.read()
    found = world.run(operating.unblock_user, OPERATOR, UserName(user=JID))
    assert (found.account.status, found.account.points) == (ACTIVE, 0)
    assert (found.account.login, found.sent_to) == (None, JID)
    assert ann(world).purge_after is None
    [said] = chat.read()
    assert said.kind == "add"
    assert said.link == found.link
    assert world.click(found.link).account.hash == found.account.hash
    assert "0" in chat.ask("#balance").text


def test_an_administrator_does_not_see_a_link_that_was_sent(
    world: World, chat: Conversation
) -> None:
    block(world)
    chat.read()
    found = world.run(operating.unblock_user, admin(world), UserName(user=JID))
    assert (found.sent_to, found.link) == (JID, None)
    assert [said.link is not None for said in chat.read()] == [True]


def test_whoever_has_only_the_chat_of_the_site_gets_his_link_from_the_operator(
    world: World,
) -> None:
    world.member("webchat", "a1" * 16)
    user = world.user("webchat", "a1" * 16)
    assert user is not None
    block(world, user.hash)
    world.messages.clear()
    found = world.run(operating.unblock_user, admin(world), UserName(user=user.hash))
    assert found.sent_to is None
    assert world.messages == []
    assert world.click(found.link).account.hash == user.hash


def test_only_a_blocked_account_is_unblocked(world: World, chat: Conversation) -> None:
    assert refused(world, operating.unblock_user, UserName(user=JID)).code == "not_blocked"
    chat.say("#delaccount")
    chat.say("yes")
    assert refused(world, operating.unblock_user, UserName(user=JID)).code == "not_blocked"


def test_points_are_given_and_taken_and_the_ledger_tells(world: World, chat: Conversation) -> None:
    before = ann(world).points
    assert adjust(world, 30, reason=" sorry for yesterday ").points == before + 30
    assert adjust(world, -before - 30).points == 0
    caller = Caller(who=Who.USER, user_id=ann(world).id)
    last, first = world.run(list_ledger, caller, Page(limit=2)).entries
    assert (first.type, first.amount, first.balance_after) == ("ADJUSTMENT", 30, before + 30)
    assert msgspec.json.decode(first.data) == {"reason": "sorry for yesterday", "by": "operator"}
    assert last.amount == -before - 30
    assert chat.ask("#balance").text


def test_the_ledger_knows_which_administrator_it_was(world: World, chat: Conversation) -> None:
    chief = admin(world)
    world.run(operating.adjust, chief, Adjust(user=JID, amount=1))
    caller = Caller(who=Who.USER, user_id=ann(world).id)
    [entry] = world.run(list_ledger, caller, Page(limit=1)).entries
    assert msgspec.json.decode(entry.data)["by"] == chief.user_id


def test_a_balance_does_not_fall_below_zero_but_a_debt_may_shrink(
    world: World, chat: Conversation
) -> None:
    before = ann(world).points
    params = Adjust(user=JID, amount=-before - 1)
    assert refused(world, operating.adjust, params).values == {"balance": before}
    world.run(users.change, ann(world).id, points=-10)
    assert adjust(world, 4).points == -6
    assert refused(world, operating.adjust, Adjust(user=JID, amount=-1)).code == "below_zero"


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"amount": 0}, {"amount": "value"}),
        ({"amount": 10**9 + 1}, {"amount": "range"}),
        ({"amount": -(10**9) - 1}, {"amount": "range"}),
        ({"amount": 10**30}, {"amount": "range"}),
        ({"amount": 1, "reason": "x" * 401}, {"reason": "long"}),
        ({"amount": 1, "reason": "a\x1bb"}, {"reason": "characters"}),
    ],
)
def test_an_adjustment_is_checked(
    world: World, chat: Conversation, values: dict[str, Any], fields: dict[str, str]
) -> None:
    found = refused(world, operating.adjust, Adjust(user=JID, **values))
    assert (found.code, found.fields) == ("bad_request", fields)


def test_a_closed_account_gets_no_points(world: World, chat: Conversation) -> None:
    block(world)
    found = refused(world, operating.adjust, Adjust(user=JID, amount=1))
    assert found.code == "user_not_active"


def put(world: World, short_name: str, **values: Any) -> operating.ServiceLine:
    line: operating.ServiceLine = world.run(
        operating.put_service, OPERATOR, PutService(short_name=short_name, **values)
    )
    return line


def test_a_service_is_added_and_changed_in_parts(world: World) -> None:
    line = put(world, "shop", title=" Shop ", description="Sells.", price=7)
    assert line == operating.ServiceLine("shop", "Shop", "Sells.", price=7, enabled=True, url=None)
    assert put(world, "shop", price=0).title == "Shop"
    assert put(world, "shop", enabled=False).price == 0
    assert put(world, "shop") == put(world, "shop", title="Shop")
    assert "shop" not in [service.short_name for service in world.run(services.catalogue)]


@pytest.mark.parametrize(
    ("values", "code", "fields"),
    [
        ({"short_name": "new"}, "unknown_service", {}),
        ({"short_name": "new", "price": 5}, "unknown_service", {}),
        ({"short_name": "s", "title": "S"}, "bad_request", {"short_name": "short_name"}),
        ({"short_name": "1st", "title": "S"}, "bad_request", {"short_name": "short_name"}),
        ({"short_name": "Shop", "title": "S"}, "bad_request", {"short_name": "short_name"}),
        ({"short_name": "a" * 32, "title": "S"}, "bad_request", {"short_name": "short_name"}),
        ({"short_name": "a.b", "title": "S"}, "bad_request", {"short_name": "short_name"}),
        ({"short_name": "shop\n", "title": "S"}, "bad_request", {"short_name": "short_name"}),
        ({"short_name": "new", "title": " "}, "bad_request", {"title": "empty"}),
        ({"short_name": "new", "title": "x" * 81}, "bad_request", {"title": "long"}),
        ({"short_name": "new", "title": "a\0b"}, "bad_request", {"title": "characters"}),
        (
            {"short_name": "demo", "description": "x" * 401},
            "bad_request",
            {"description": "long"},
        ),
        ({"short_name": "demo", "price": -1}, "bad_request", {"price": "range"}),
        ({"short_name": "demo", "price": 10**6 + 1}, "bad_request", {"price": "range"}),
        ({"short_name": "demo", "url": "ftp://a.example/"}, "bad_request", {"url": "url"}),
        ({"short_name": "demo", "url": "https://"}, "bad_request", {"url": "url"}),
        ({"short_name": "demo", "url": "https://a:b@c.example/"}, "bad_request", {"url": "url"}),
        ({"short_name": "demo", "url": "http://[/"}, "bad_request", {"url": "url"}),
        ({"short_name": "base", "price": 1}, "base_fixed", {}),
        ({"short_name": "base", "url": "https://a.example/"}, "base_fixed", {}),
        ({"short_name": "base", "enabled": False}, "base_fixed", {}),
    ],
)
def test_a_service_is_checked(
    world: World, values: dict[str, Any], code: str, fields: dict[str, str]
) -> None:
    before = world.run(services.all_names)
    found = refused(world, operating.put_service, PutService(**values))
    assert (found.code, found.fields) == (code, fields)
    assert world.run(services.all_names) == before


def test_a_service_may_be_another_program_and_built_in_again(world: World) -> None:
    line = put(world, "shop", title="Shop", url=" https://shop.example:8443/hook ", enabled=False)
    assert line.url == "https://shop.example:8443/hook"
    listed = world.run(operating.list_catalogue, OPERATOR, Nothing()).services
    assert [service.short_name for service in listed] == ["base", "webtest", "demo", "shop"]
    assert listed[-1] == line
    assert put(world, "shop", url="").url is None


def test_the_main_assistant_may_be_called_otherwise(world: World) -> None:
    line = put(world, "base", title="Jeeves", price=0, enabled=True)
    assert (line.title, line.price, line.enabled) == ("Jeeves", 0, True)


def test_a_new_administrator_signs_in_by_his_link_once(world: World) -> None:
    found = world.run(operating.make_admin, OPERATOR, MakeAdmin(login="chief"))
    assert found.created
    assert found.account.points == world.settings.money.sign_up_bonus
    account = world.click(found.link).account
    assert (account.login, account.is_admin, account.status) == ("chief", True, ACTIVE)
    with pytest.raises(Refused):
        world.click(found.link)


def test_a_user_becomes_an_administrator_and_the_last_link_counts(
    world: World, chat: Conversation
) -> None:
    first = world.run(operating.make_admin, OPERATOR, MakeAdmin(login="ann"))
    second = world.run(operating.make_admin, OPERATOR, MakeAdmin(login="ann"))
    assert not first.created
    assert ann(world).is_admin
    assert ann(world).undeletable
    with pytest.raises(Refused):
        world.click(first.link)
    assert world.click(second.link).account.login == "ann"


def test_an_administrator_appoints_others_but_never_becomes_one_of_them(
    world: World, chat: Conversation
) -> None:
    chief = admin(world)
    assert world.run(operating.make_admin, chief, MakeAdmin(login="deputy")).link
    found = world.run(operating.make_admin, chief, MakeAdmin(login="ann"))
    assert (found.account.is_admin, found.link) == (True, None)
    with_key = admin(world, session=False)
    assert (
        refused(world, operating.make_admin, MakeAdmin(login="x-1"), with_key).code == "forbidden"
    )


@pytest.mark.parametrize("login", ["", "ab", "Chief", "x" * 33, "a b c", "ann\n"])
def test_an_administrator_has_a_proper_login(world: World, login: str) -> None:
    found = refused(world, operating.make_admin, MakeAdmin(login=login))
    assert found.fields == {"login": "login"}


def test_a_blocked_account_becomes_no_administrator(world: World, chat: Conversation) -> None:
    login = block(world).login
    assert login is not None
    found = refused(world, operating.make_admin, MakeAdmin(login=login))
    assert found.code == "user_not_active"


def test_whoever_is_not_activated_becomes_no_administrator(world: World) -> None:
    def register(tx: Tx) -> None:
        users.create(tx, status=NEW, login="newcomer")

    world.run(register)
    found = refused(world, operating.make_admin, MakeAdmin(login="newcomer"))
    assert found.code == "user_not_active"


def test_only_administrators_and_the_operator_may_do_any_of_it() -> None:
    for method in operating.methods:
        assert method.callers == {Who.ADMIN, Who.OPERATOR}
