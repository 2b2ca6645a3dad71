"""The menu is cached, and never old after a change; on both engines."""

import pytest
from sqlalchemy import text

from awt.api import catalogue, operating
from awt.api.account import UpdateAccount, update_account
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName
from awt.api.operating import PutService
from awt.api.registry import Nothing
from awt.db import services
from awt.db.tx import Tx
from awt.testing.talk import World

OPERATOR = Caller(who=Who.OPERATOR)
WEBTEST = ServiceName(short_name="webtest")


@pytest.fixture
def ann(world: World) -> Caller:
    world.member("jabber", "ann@example.org")
    user = world.user("jabber", "ann@example.org")
    assert user is not None
    return Caller(who=Who.USER, user_id=user.id, session_id=1)


def menu(world: World, caller: Caller) -> list[str]:
    found: catalogue.MenuView = world.run(catalogue.menu, caller, Nothing())
    return [line.short_name for line in found.services]


def titles(world: World, caller: Caller) -> list[str]:
    return [line.title for line in world.run(catalogue.menu, caller, Nothing()).services]


def behind(world: World, statement: str) -> None:
    """Change rows behind the back of the cache."""
    world.run(lambda tx: tx.conn.execute(text(statement)))


def test_a_menu_comes_from_the_cache_for_a_minute(world: World, ann: Caller) -> None:
    assert menu(world, ann) == ["base"]
    behind(world, "UPDATE user_service SET status = 'DL'")
    assert menu(world, ann) == ["base"]
    world.wait(catalogue.MENU_SECONDS + 1)
    assert menu(world, ann) == []


def test_a_change_is_seen_at_once(world: World, ann: Caller) -> None:
    assert menu(world, ann) == ["base"]
    world.run(catalogue.add_service, ann, WEBTEST)
    assert menu(world, ann) == ["base", "webtest"]
    world.run(catalogue.delete_service, ann, WEBTEST)
    assert menu(world, ann) == ["base"]


def test_a_change_of_the_catalogue_is_seen_by_all(world: World, ann: Caller) -> None:
    world.run(operating.put_service, OPERATOR, PutService(short_name="shop", title="Shop"))
    world.run(catalogue.add_service, ann, ServiceName(short_name="shop"))
    assert titles(world, ann)[-1] == "Shop"
    world.run(operating.put_service, OPERATOR, PutService(short_name="shop", title="Store"))
    assert titles(world, ann)[-1] == "Store"
    world.run(operating.put_service, OPERATOR, PutService(short_name="shop", enabled=False))
    assert menu(world, ann) == ["base"]


def test_each_language_has_its_menu(world: World, ann: Caller) -> None:
    before = titles(world, ann)
    world.run(update_account, ann, UpdateAccount(lang="ru"))
    assert titles(world, ann) != before


def test_what_was_rolled_back_is_in_no_menu(world: World, ann: Caller) -> None:
    def failed(tx: Tx) -> None:
        catalogue.add_service(tx, ann, WEBTEST)
        assert "webtest" in [
            line.short_name for line in catalogue.menu(tx, ann, Nothing()).services
        ]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.run(failed)
    assert menu(world, ann) == ["base"]


def test_a_reader_from_before_a_change_puts_no_old_menu_back(world: World, ann: Caller) -> None:
    def put(tx: Tx, key: str) -> None:
        tx.cache.set(f"{key}:en", '{"services": []}', seconds=60)

    key = world.run(services.menu_key, ann.user)
    world.run(catalogue.add_service, ann, WEBTEST)
    world.run(put, key)
    assert menu(world, ann) == ["base", "webtest"]
    world.run(put, world.run(services.menu_key, ann.user))
    assert menu(world, ann) == []
