"""Accounts and their addresses."""

from awt.db import services, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.status import ACTIVE, CONFIRMED, NEW
from awt.testing.talk import World
from tests.db.races import Meeting, together

ADDRESS = "ann@example.org"


def user(world: World, status: str = ACTIVE, login: str | None = None) -> User:
    return world.run(users.create, status=status, login=login)


def test_a_confirmed_address_belongs_to_one_account(world: World) -> None:
    ann, bob = user(world), user(world)
    assert world.run(users.confirm_im, ann.id, "jabber", ADDRESS)
    assert not world.run(users.confirm_im, bob.id, "jabber", ADDRESS)
    assert world.run(users.confirm_im, bob.id, "skype", ADDRESS)
    assert world.run(users.confirm_im, ann.id, "jabber", ADDRESS)
    found = world.run(users.by_address, "jabber", ADDRESS)
    assert found
    assert found.id == ann.id
    assert [(im.kind, im.state) for im in world.run(users.ims, bob.id)] == [("skype", CONFIRMED)]


def test_two_accounts_that_confirm_one_address_at_once_do_not_both_get_it(world: World) -> None:
    ann, bob = user(world), user(world)
    meeting = Meeting(world, 2)

    def confirm(tx: Tx, user_id: int) -> bool:
        meeting()
        return users.confirm_im(tx, user_id, "jabber", ADDRESS)

    results = together(world, lambda tx: confirm(tx, ann.id), lambda tx: confirm(tx, bob.id))
    assert sorted(results) == [False, True]


def test_an_asked_address_reserves_nothing(world: World) -> None:
    stranger, owner = user(world, NEW), user(world, NEW)
    world.run(users.ask_im, stranger.id, "jabber", ADDRESS)
    world.run(users.ask_im, owner.id, "jabber", ADDRESS)
    assert world.run(users.by_address, "jabber", ADDRESS) is None
    assert [u.id for u in world.run(users.waiting_for, "jabber", ADDRESS)] == [
        owner.id,
        stranger.id,
    ]
    assert world.run(users.confirm_im, owner.id, "jabber", ADDRESS)
    found = world.run(users.by_address, "jabber", ADDRESS)
    assert found
    assert found.id == owner.id


def test_addresses_and_logins_are_equal_only_byte_by_byte(world: World) -> None:
    variants = ("ann", "Ann", "ann ", "änn", "ann\u0301", "ａｎｎ")
    ids = {}
    for name in variants:
        ids[name] = user(world, login=name).id
        assert world.run(users.confirm_im, ids[name], "matrix", name)
    for name in variants:
        for found in (
            world.run(users.by_login, name),
            world.run(users.by_address, "matrix", name),
        ):
            assert found
            assert found.id == ids[name]


def test_a_login_name_is_given_once_and_the_rest_of_the_transaction_stays(world: World) -> None:
    ann, bob = user(world, login="ann"), user(world)

    def work(tx: Tx) -> bool:
        users.change(tx, bob.id, lang="ru")
        return users.set_login(tx, bob.id, "ann")

    assert not world.run(work)
    found = world.run(users.by_id, bob.id)
    assert found
    assert (found.login, found.lang) == (None, "ru")
    assert world.run(users.set_login, ann.id, "ann")


def test_an_account_is_found_by_its_public_id_and_its_email(world: World) -> None:
    ann = world.run(users.create, status=ACTIVE, email="Ann@example.org")
    for found in (
        world.run(users.by_hash, ann.hash),
        world.run(users.by_email, "Ann@example.org"),
    ):
        assert found
        assert found.id == ann.id
    assert world.run(users.by_hash, ann.hash.upper()) is None
    assert len(ann.hash) == 32


def test_somebody_is_an_administrator_or_nobody(world: World) -> None:
    ann = user(world)
    assert not world.run(users.any_admin)
    world.run(users.change, ann.id, is_admin=True)
    assert world.run(users.any_admin)


def test_a_service_is_had_removed_and_had_again_in_one_row(world: World) -> None:
    ann = user(world)
    base = world.run(services.base)
    assert world.run(services.status, ann.id, base.id) is None
    for status in (NEW, ACTIVE, ACTIVE, "DL"):
        world.run(services.set_status, ann.id, base.id, status)
        assert world.run(services.status, ann.id, base.id) == status
        [held] = world.run(services.of_user, ann.id)
        assert (held.service.short_name, held.status) == ("base", status)


def test_each_kind_of_im_is_authorised_by_itself(world: World) -> None:
    ann = user(world)
    base = world.run(services.base)
    for kind, state in (("jabber", NEW), ("skype", "RJ"), ("jabber", ACTIVE)):
        world.run(services.set_im_state, ann.id, base.id, kind, state)
        assert world.run(services.im_state, ann.id, base.id, kind) == state
    assert world.run(services.im_states, ann.id) == {
        (base.id, "jabber"): ACTIVE,
        (base.id, "skype"): "RJ",
    }


def test_a_disabled_service_is_known_but_not_offered(world: World) -> None:
    world.run(services.put, "demo", enabled=False)
    assert [s.short_name for s in world.run(services.catalogue)] == ["base", "webtest"]
    assert set(world.run(services.all_names)) == {"base", "webtest", "demo"}
    found = world.run(services.by_name, "demo")
    assert found
    assert not found.enabled
