"""Prepared statements do what SQLAlchemy does with the same ones, on both engines."""

import pytest
from attrs import frozen
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from awt.db import users
from awt.db.prepared import Prepared
from awt.db.schema import consumed, user
from awt.db.tx import Tx
from awt.model.status import ACTIVE
from awt.testing.talk import World

ADD = Prepared(insert(consumed))
AFTER = Prepared(
    select(consumed.c.message_id)
    .where(consumed.c.purge_after > bindparam("p"))
    .order_by(consumed.c.purge_after)
)
MOVE = Prepared(update(consumed).where(consumed.c.message_id == bindparam("m")))


@frozen(kw_only=True)
class Someone:
    id: int
    is_admin: bool


ADMINS = Prepared(
    select(user.c.id, user.c.is_admin)
    .where(user.c.status == ACTIVE, user.c.lang == bindparam("lang"))
    .order_by(user.c.id)
    .limit(bindparam("most")),
    Someone,
)


def test_rows_become_what_was_asked_for_with_the_types_of_their_columns(world: World) -> None:
    ann = world.run(users.create, status=ACTIVE, is_admin=True)
    bob = world.run(users.create, status=ACTIVE)
    world.run(users.create, status=ACTIVE, lang="ru")
    found = world.run(lambda tx: ADMINS.all(tx, lang="en", most=9))
    assert found == [Someone(id=ann.id, is_admin=True), Someone(id=bob.id, is_admin=False)]
    assert {type(one.is_admin) for one in found} == {bool}
    assert world.run(lambda tx: ADMINS.first(tx, lang="ru", most=0)) is None


def test_a_column_is_read_by_itself_with_its_type(world: World) -> None:
    ann = world.run(users.create, status=ACTIVE, is_admin=True)
    is_admin = Prepared(select(user.c.is_admin).where(user.c.id == bindparam("i")))
    assert world.run(lambda tx: is_admin.scalar(tx, i=ann.id)) is True
    assert world.run(lambda tx: is_admin.scalar(tx, i=-1)) is None


def test_text_goes_in_and_comes_out_unchanged(world: World) -> None:
    texts = ["100 %", "%s %(m)s", "it's ? :m", 'a\\b"', "снег ☃ 🦊", " "]
    for number, text in enumerate(texts):
        world.run(lambda tx, t, n: ADD.insert(tx, message_id=t, purge_after=n), text, number)
    assert world.run(lambda tx: AFTER.all(tx, p=-1)) == [(text,) for text in texts]


def test_a_change_tells_how_many_rows_it_found(world: World) -> None:
    world.run(lambda tx: ADD.insert(tx, message_id="a", purge_after=1))
    assert world.run(lambda tx: MOVE.change(tx, m="a", purge_after=2)) == 1
    assert world.run(lambda tx: MOVE.change(tx, m="a", purge_after=2)) == 1
    assert world.run(lambda tx: MOVE.change(tx, m="b", purge_after=2)) == 0


def test_an_error_is_the_one_that_sqlalchemy_raises(world: World) -> None:
    def twice(tx: Tx) -> None:
        ADD.insert(tx, message_id="a", purge_after=1)
        with pytest.raises(IntegrityError) as prepared, tx.savepoint():
            ADD.insert(tx, message_id="a", purge_after=1)
        with pytest.raises(IntegrityError) as plain, tx.savepoint():
            tx.conn.execute(insert(consumed), {"message_id": "a", "purge_after": 1})
        assert str(prepared.value.orig) == str(plain.value.orig)

    world.run(twice)


@pytest.mark.parametrize("values", [{}, {"m": "a"}, {"message_id": "a", "purge_after": 1, "x": 1}])
def test_a_value_too_few_or_too_many_is_a_mistake(world: World, values: dict[str, object]) -> None:
    world.run(lambda tx: ADD.insert(tx, message_id="b", purge_after=1))
    with pytest.raises(AssertionError):
        world.run(lambda tx: ADD.insert(tx, **values))
