"""How operators find accounts, on both engines."""

import pytest

from awt.api import operating, people
from awt.api.account import CreateKey, create_key
from awt.api.caller import Caller, Who
from awt.api.operating import Adjust, UserName
from awt.api.people import FindUsers, Person
from awt.db import users
from awt.errors import Refused
from awt.model.status import BLOCKED, NEW
from awt.testing.talk import World

OPERATOR = Caller(who=Who.OPERATOR)


def found(world: World, begins: str = "", **values: object) -> list[str | None]:
    params = FindUsers(begins=begins, **values)  # type: ignore[arg-type]
    return [line.login for line in world.run(people.find_users, OPERATOR, params).users]


def show(world: World, name: str) -> Person:
    person: Person = world.run(people.show_user, OPERATOR, UserName(user=name))
    return person


@pytest.fixture
def crowd(world: World) -> World:
    """Ann, Anne and Bob, in this order; Bob is on two networks."""
    for login, address in (("ann", "x@example.org"), ("anne", "y@example.org")):
        world.member("jabber", address)
        user = world.user("jabber", address)
        assert user is not None
        world.run(users.set_login, user.id, login)
    world.member("skype", "live:bob")
    user = world.user("skype", "live:bob")
    assert user is not None
    world.run(users.set_login, user.id, "bob")
    world.run(users.confirm_im, user.id, "jabber", "zed@example.org")
    return world


def test_accounts_are_found_by_how_a_name_or_an_address_begins(crowd: World) -> None:
    assert found(crowd) == ["bob", "anne", "ann"]
    assert found(crowd, " ANN ") == ["anne", "ann"]
    assert found(crowd, "anne") == ["anne"]
    assert found(crowd, "zed@") == ["bob"]
    assert found(crowd, "live:") == ["bob"]
    assert found(crowd, show(crowd, "ann").hash[:12]) == ["ann"]
    for nothing in ("zz", "%", "_nn", "'", "nn"):
        assert found(crowd, nothing) == []


def test_a_list_goes_on_where_it_ended(crowd: World) -> None:
    first = crowd.run(people.find_users, OPERATOR, FindUsers(limit=2)).users
    assert [line.login for line in first] == ["bob", "anne"]
    assert found(crowd, limit=2, before=first[-1].id) == ["ann"]


def test_accounts_are_found_by_their_state(crowd: World) -> None:
    crowd.chat("jabber", "new@example.org").say("hello")
    crowd.run(operating.block_user, OPERATOR, UserName(user="bob"))
    assert len(found(crowd, status=NEW)) == 1
    assert found(crowd, "zed", status="AC") == []
    [blocked] = crowd.run(people.find_users, OPERATOR, FindUsers(status=BLOCKED)).users
    assert {"skype:live:bob", "jabber:zed@example.org"} <= set(blocked.addresses)
    with pytest.raises(Refused) as refused:
        found(crowd, status="XX")
    assert refused.value.fields == {"status": "value"}


def test_an_account_is_shown_with_all_that_concerns_it(crowd: World) -> None:
    crowd.run(operating.adjust, OPERATOR, Adjust(user="bob", amount=-7, reason="test"))
    bob = crowd.user("skype", "live:bob")
    assert bob is not None
    owner = Caller(who=Who.USER, user_id=bob.id, session_id=1)
    crowd.run(create_key, owner, CreateKey(name="laptop"))
    person = show(crowd, "bob")
    assert (person.name, person.status, person.points) == ("bob", "AC", 193)
    assert {"live:bob", "zed@example.org"} <= {im.address for im in person.ims}
    assert [entry.amount for entry in person.ledger] == [-7, 200]
    assert (person.sessions, person.keys) == (1, 1)
    assert (person.closed_at, person.purge_at) == (None, None)
    crowd.run(operating.block_user, OPERATOR, UserName(user="bob"))
    closed = show(crowd, bob.hash)
    assert (closed.close_reason, closed.sessions, closed.keys) == ("operator", 0, 0)
    assert closed.closed_at is not None
    assert closed.purge_at is not None


def test_what_is_shown_holds_no_secret(crowd: World) -> None:
    fields = set(Person.__struct_fields__)
    assert not fields & {"password", "key", "token"}
