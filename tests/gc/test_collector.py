"""What is collected, when, and what stays."""

from typing import Any

import pytest
from sqlalchemy import func, select

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.operating import Adjust, UserName, adjust, block_user, unblock_user
from awt.api.registration import CreateAccount, create_account
from awt.api.registry import Nothing
from awt.db import chat, garbage, history, keys, ledger, outbox, sessions, tasks, users
from awt.db.links import hash_token
from awt.db.schema import address_memory, metadata
from awt.db.tx import Tx
from awt.gc.collector import collect_accounts
from awt.model.messages import Answer, Delete
from awt.model.times import DAY
from awt.testing.talk import World

ANN = "ann@example.org"
OPERATOR = Caller(who=Who.OPERATOR)


def collect(world: World) -> dict[str, int]:
    """Run a pass; return what went of which kind, where anything went."""
    gone = {"accounts": world.run(collect_accounts)}
    gone |= {kind: world.run(garbage.collect, kind) for kind in garbage.BY_DATE}
    return {kind: count for kind, count in gone.items() if count}


def count(world: World, table: str) -> int:
    def look(tx: Tx) -> int:
        found: Any = tx.conn.execute(select(func.count()).select_from(metadata.tables[table]))
        return int(found.scalar())

    return world.run(look)


def removed(world: World, since: int) -> list[tuple[str, str]]:
    """Return whom which bot was told to forget."""
    return [(m.queue, m.body.address) for m in world.messages[since:] if isinstance(m.body, Delete)]


def test_an_account_that_was_never_activated_goes_after_a_day(world: World) -> None:
    world.chat("jabber", ANN).say("hello")
    world.wait(86_400)
    assert collect(world) == {}
    world.wait(0.001)
    since = len(world.messages)
    assert collect(world) == {"accounts": 1}
    for table in ("user", "user_im", "user_service", "temporary_link"):
        assert count(world, table) == 0
    assert removed(world, since) == [("user_op.base.jabber", ANN)]
    assert count(world, "address_memory") == 0
    assert collect(world) == {}
    assert len(world.messages) == since + 1
    assert world.chat("jabber", ANN).link("hello")


def test_an_account_that_was_activated_in_time_stays(world: World) -> None:
    world.member("jabber", ANN)
    world.wait(86_400 * 30)
    assert "accounts" not in collect(world)
    assert world.user("jabber", ANN)


def test_who_has_made_an_address_his_own_is_not_forgotten_with_others_who_tried(
    world: World,
) -> None:
    world.run(create_account, world.browser(), CreateAccount(jabber=ANN, skype="stranger"))
    world.wait(61)
    mine = world.browser()
    world.run(create_account, mine, CreateAccount(jabber=ANN))
    link = [m.secret for m in world.messages if m.secret and m.queue.endswith("jabber")][-1]
    world.click(link, caller=mine)
    world.wait(86_401)
    since = len(world.messages)
    assert collect(world)["accounts"] == 1
    assert removed(world, since) == [("user_op.base.skype", "stranger")]
    assert world.user("jabber", ANN)


def test_two_that_wait_with_one_address_are_forgotten_together(world: World) -> None:
    for _ in range(2):
        world.run(create_account, world.browser(), CreateAccount(jabber=ANN))
        world.wait(61)
    world.wait(86_401)
    since = len(world.messages)
    assert collect(world)["accounts"] == 2
    assert removed(world, since) == [("user_op.base.jabber", ANN)]


def test_a_closed_account_is_purged_after_42_days_and_its_ledger_after_two_years(
    world: World,
) -> None:
    world.member("jabber", ANN)
    user = world.user("jabber", ANN)
    assert user
    caller = Caller(who=Who.CHAT, user_id=user.id, service="base", im="jabber", address=ANN)
    world.run(delete_account, caller, Nothing())
    world.wait(42 * 86_400)
    collect(world)
    assert world.user("jabber", ANN)
    world.wait(0.001)
    since = len(world.messages)
    assert collect(world)["accounts"] == 1
    assert removed(world, since) == []
    assert world.user("jabber", ANN) is None
    assert len(world.run(ledger.of_user, user.id, limit=9)) == 2

    def known(tx: Tx) -> bool:
        row = tx.conn.execute(
            select(address_memory.c.had_account).where(
                address_memory.c.address_hash == hash_token(f"jabber:{ANN}")
            )
        ).scalar()
        return bool(row)

    assert world.run(known)
    assert world.chat("jabber", ANN).link("hello")
    world.wait(732 * 86_400 + 1)
    assert collect(world)["ledger"] == 2


def test_an_account_that_was_unblocked_stays(world: World) -> None:
    world.member("jabber", ANN)
    world.run(block_user, OPERATOR, UserName(user=ANN))
    world.wait(41 * 86_400)
    world.run(unblock_user, OPERATOR, UserName(user=ANN))
    world.wait(2 * 86_400)
    assert "accounts" not in collect(world)
    assert world.user("jabber", ANN)


def test_points_given_to_an_account_that_never_came_leave_with_the_ledger(world: World) -> None:
    world.chat("jabber", ANN).say("hello")
    [user] = world.run(users.waiting_for, "jabber", ANN)
    world.run(adjust, OPERATOR, Adjust(user=user.hash, amount=5))
    world.wait(86_401)
    assert collect(world)["accounts"] == 1
    world.wait(732 * 86_400 + 1)
    assert collect(world)["ledger"] == 1


def test_links_stay_a_day_after_their_end_and_then_go(world: World) -> None:
    world.member("jabber", ANN)
    world.chat("jabber", ANN).say("#loginlink")
    collect(world)
    world.wait(86_401)
    assert collect(world)["links"] == 1  # that of the activation, used a day ago
    world.wait(900)
    assert collect(world)["links"] == 1


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        ("outbox", 7),
        ("consumed ids", 7),
        ("sessions", 7),
        ("tasks", 42),
        ("chat history", 42),
        ("history", 42),
    ],
)
def test_what_is_over_goes_in_its_time(world: World, kind: str, days: int) -> None:
    ann = world.run(users.create, status="AC").id

    def fill(tx: Tx) -> None:
        sent = outbox.send(tx, "q", Answer(address=ANN, text="hi"))
        outbox.mark_done(tx, [sent])
        outbox.consume_once(tx, "m")
        sessions.create(tx, token="t", user_id=ann, chat_address="c", network="", agent="")
        sessions.end_of_user(tx, ann)
        task = tasks.create(tx, user_id=ann, name="n", actions="[]", type="http")
        tasks.finish(tx, task, status=tasks.SUCCEEDED, result=None)
        chat.add(tx, "c", message_id="m", service="base", sender=chat.USER, text="hi")
        history.add(tx, ann, "login", old="", new="ann", way="site", network="")

    world.run(fill)
    world.now += days * DAY
    assert kind not in collect(world)
    world.now += 1
    assert collect(world)[kind] == 1
    assert kind not in collect(world)


def test_what_waits_or_is_dead_is_kept(world: World) -> None:
    ann = world.run(users.create, status="AC").id

    def fill(tx: Tx) -> None:
        outbox.bury(tx, outbox.send(tx, "q", Answer(address=ANN, text="hi")), attempt=1, error="")
        tasks.create(tx, user_id=ann, name="n", actions="[]", type="http")
        keys.create(tx, ann, name="ci", read_only=True)

    world.run(fill)
    world.now += 1000 * DAY
    assert collect(world) == {}


def test_a_pass_takes_a_batch_and_the_next_one_the_rest(world: World) -> None:
    def fill(tx: Tx) -> None:
        for i in range(garbage.BATCH + 5):
            outbox.consume_once(tx, f"m{i}")

    world.run(fill)
    world.now += 8 * DAY
    assert world.run(garbage.collect, "consumed ids") == garbage.BATCH
    assert world.run(garbage.collect, "consumed ids") == 5
    assert world.run(garbage.collect, "consumed ids") == 0
