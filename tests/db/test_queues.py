"""Dialogues, the chat's history, the outbox and the tasks: what is read one after the other."""

from typing import Any

import pytest
from sqlalchemy import update

from awt.db import chat, dialogues, keys, outbox, tasks, users
from awt.db.dialogues import Open
from awt.db.schema import outbox as outbox_table
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.messages import Answer, Choice
from awt.model.status import ACTIVE
from awt.testing.talk import World
from tests.db.races import Meeting, at_once, together

ANN = "ann@example.org"
QUEUE = "user_op.base.jabber"


def test_a_dialogue_is_made_once_and_keeps_what_it_was_told(world: World) -> None:
    def first(tx: Tx) -> int:
        found = dialogues.lock(tx, "jabber", ANN)
        assert dialogues.lock(tx, "jabber", ANN) is found
        found.of("base").choices = ["#help"]
        found.of("webtest").confirm = "#delaccount"
        found.lang = "ru"
        dialogues.save(tx, found)
        return found.id

    def second(tx: Tx) -> int:
        found = dialogues.lock(tx, "jabber", ANN)
        assert found.lang == "ru"
        assert found.state == {
            "base": Open(choices=["#help"]),
            "webtest": Open(confirm="#delaccount"),
        }
        return found.id

    assert world.run(first) == world.run(second)
    assert world.run(dialogues.lock, "jabber", ANN + " ").id != world.run(first)


def test_two_that_make_the_same_dialogue_at_once_share_one_row(world: World) -> None:
    meeting = Meeting(world, 2)

    def number(tx: Tx) -> tuple[int, int]:
        meeting()
        seq = dialogues.next_seq(tx, "jabber", ANN)
        return dialogues.lock(tx, "jabber", ANN).id, seq

    results = together(world, number, number)
    assert sorted(seq for _, seq in results) == [1, 2]
    assert len({row for row, _ in results}) == 1


def test_answers_to_an_address_are_numbered_without_gaps_by_many_threads(world: World) -> None:
    world.run(dialogues.next_seq, "jabber", ANN)
    numbers = together(world, *[lambda tx: dialogues.next_seq(tx, "jabber", ANN)] * 8)
    assert sorted(numbers) == list(range(2, 10))


def add(world: World, message_id: str, **values: Any) -> bool:
    values = {"service": "base", "sender": chat.USER, "text": message_id} | values
    return world.run(chat.add, "0" * 32, message_id=message_id, **values)


def test_a_line_that_comes_twice_is_there_once(world: World) -> None:
    assert add(world, "a", choices=(Choice("Help", "#help"),), reply_to="q")
    assert not add(world, "a", text="other")
    [line] = world.run(chat.after, "0" * 32, None, limit=10)
    assert (line.text, line.choices, line.reply_to) == ("a", (Choice("Help", "#help"),), "q")


def test_the_history_is_read_from_its_end_and_on_from_any_line(world: World) -> None:
    for i in range(10):
        add(world, f"m{i}")
    world.run(chat.add, "1" * 32, message_id="x", service="base", sender=chat.USER, text="other")
    last = world.run(chat.after, "0" * 32, None, limit=3)
    assert [line.text for line in last] == ["m7", "m8", "m9"]
    row = world.run(chat.row_of, "0" * 32, "m4")
    assert row is not None
    following = world.run(chat.after, "0" * 32, row, limit=2)
    assert [line.text for line in following] == ["m5", "m6"]
    assert world.run(chat.row_of, "1" * 32, "m4") is None


def test_of_many_corrections_of_a_line_the_last_lines_have_the_newest(world: World) -> None:
    for message_id in ("a", "b"):
        add(world, message_id)
    for i in range(5):
        add(world, f"a{i}", corrects="a")
        add(world, f"b{i}", corrects="b")
    world.run(chat.add, "1" * 32, message_id="x", service="base", sender="y", text="", corrects="a")
    last = world.run(chat.after, "0" * 32, None, limit=10)
    assert [line.text for line in last] == ["a", "b", "a4", "b4"]
    following = world.run(chat.after, "0" * 32, last[1].id, limit=3)
    assert [line.text for line in following] == ["a0", "b0", "a1"], "who reads on misses nothing"


def test_a_line_is_told_to_the_pages_of_its_chat(world: World) -> None:
    def work(tx: Tx) -> list[tuple[str, object]]:
        chat.add(tx, "0" * 32, message_id="a", service="base", sender=chat.USER, text="hi")
        chat.add(tx, "0" * 32, message_id="a", service="base", sender=chat.USER, text="hi")
        return tx.told

    [(topic, line)] = world.run(work)
    assert topic == chat.topic("0" * 32)
    assert [line] == world.run(chat.after, "0" * 32, None, limit=10)


def send(world: World, text: str = "hello", **values: Any) -> str:
    return world.run(outbox.send, QUEUE, Answer(address=ANN, text=text), **values)


def test_messages_are_ready_in_the_order_of_their_sending(world: World) -> None:
    sent = [send(world, str(i)) for i in range(5)]
    assert [s.message_id for s in world.run(outbox.ready, QUEUE, 10)] == sent
    assert [s.message_id for s in world.run(outbox.ready, QUEUE, 3)] == sent[:3]
    assert world.run(outbox.ready, "user_op.base.skype", 10) == []


def test_a_message_comes_back_as_it_was_sent(world: World) -> None:
    def work(tx: Tx) -> None:
        tx.trace = "t"
        body = Answer(address=ANN, text="é\n\ue000😀", choices=(Choice("a", "#a"),), link_id=3)
        outbox.send(tx, QUEUE, body, secret="https://s", expires_at=tx.now + 5)

    world.run(work)
    [stored] = world.run(outbox.ready, QUEUE, 10)
    assert stored.message == world.messages[-1]
    assert (stored.message.trace, stored.message.secret) == ("t", "https://s")


def test_a_message_that_was_put_off_is_due_at_its_time(world: World) -> None:
    sent = send(world)
    world.run(outbox.put_off, sent, attempt=1, next_at=world.now + 1000, error="x" * 500)
    assert world.run(outbox.ready, QUEUE, 10) == []
    assert world.run(outbox.next_due, QUEUE) == world.now + 1000
    world.wait(1)
    [stored] = world.run(outbox.ready, QUEUE, 10)
    assert stored.message
    assert stored.message.attempt == 1
    assert world.run(outbox.next_due, QUEUE) is None


def secret_of(world: World, message_id: str) -> tuple[str, str | None]:
    def look(tx: Tx) -> tuple[str, str | None]:
        row = tx.conn.execute(
            outbox_table.select().where(outbox_table.c.message_id == message_id)
        ).one()
        return row.state, row.secret

    return world.run(look)


def test_secrets_are_blanked_when_a_message_is_over_however_it_ended(world: World) -> None:
    done, dead, expired = (send(world, secret="https://s") for _ in range(3))
    assert secret_of(world, done) == (outbox.READY, "https://s")
    world.run(outbox.mark_done, [done])
    world.run(outbox.bury, dead, attempt=3, error="why")
    world.run(outbox.expire, expired)
    assert secret_of(world, done) == (outbox.DONE, None)
    assert secret_of(world, dead) == (outbox.DEAD, None)
    assert secret_of(world, expired) == (outbox.EXPIRED, None)
    assert world.run(outbox.ready, QUEUE, 10) == []
    assert world.run(outbox.counts) == {outbox.DEAD: 1}


def test_what_cannot_be_decoded_is_said_to_be_so(world: World) -> None:
    sent = send(world)

    def damage(tx: Tx, body: str) -> None:
        tx.conn.execute(
            update(outbox_table).where(outbox_table.c.message_id == sent).values(body=body)
        )

    for body in ("nonsense", '{"kind": "dance"}', "[]", '{"kind": "answer", "address": 1}'):
        world.run(damage, body)
        [stored] = world.run(outbox.ready, QUEUE, 10)
        assert stored.message is None


def test_an_effect_happens_once_though_two_have_it_at_once(world: World) -> None:
    ann = world.run(users.create, status=ACTIVE).id
    meeting = Meeting(world, 2)

    def effect(tx: Tx) -> bool:
        new = outbox.consume_once(tx, "m")
        if new:
            found = users.locked(tx, ann)
            assert found
            users.change(tx, ann, points=found.points + 1)
        return new

    def consume(tx: Tx) -> bool:
        meeting()
        return effect(tx)

    assert sorted(together(world, consume, consume)) == [False, True]
    found = world.run(users.by_id, ann)
    assert found
    assert found.points == 1


def test_a_result_is_recalled_under_its_key_alone(world: World) -> None:
    world.run(keys.remember, "k", "Adjust", "{}", "1")
    assert world.run(keys.recall, "k ") is None
    assert world.run(keys.recall, "K") is None
    found = world.run(keys.recall, "k")
    assert found
    assert (found[0], found[2]) == ("Adjust", "1")


@pytest.fixture
def ann(world: World) -> int:
    """An account."""
    return world.run(users.create, status=ACTIVE).id


def task(world: World, user_id: int, **values: Any) -> int:
    return world.run(
        tasks.create,
        **({"user_id": user_id, "name": "n", "actions": "[]", "type": "http"} | values),
    )


def claim(tx: Tx, node: str = "c1", slots: int = 10) -> list[int]:
    claimed = tasks.claim(
        tx,
        node=node,
        types=("http",),
        slots=slots,
        lease_until=tx.now + 30_000,
        deadline_at=tx.now + 600_000,
    )
    return [t.id for t in claimed]


def test_tasks_are_claimed_by_urgency_then_age_then_number(world: World, ann: int) -> None:
    late = task(world, ann, priority=1, run_at=world.now - 1)
    later = task(world, ann, priority=1)
    urgent = task(world, ann, priority=0)
    task(world, ann, type="cdp")
    future = task(world, ann, priority=1, run_at=world.now + 1000)
    assert world.run(claim, slots=2) == [urgent, late]
    assert world.run(claim) == [later]
    world.wait(1)
    assert world.run(claim) == [future]


def test_two_nodes_never_get_the_same_task(world: World, ann: int) -> None:
    made = [task(world, ann) for _ in range(20)]
    meeting = Meeting(world, 2)

    def claim_some(node: str) -> list[list[int]]:
        def work(tx: Tx) -> list[int]:
            ids = claim(tx, node, 5)
            meeting()
            return ids

        return [world.run(work) for _ in range(6)]

    results = at_once(lambda: claim_some("c1"), lambda: claim_some("c2"))
    claimed = [i for found in results for ids in found for i in ids]
    assert sorted(claimed) == made


def test_a_lease_is_renewed_by_the_node_that_has_it_in_this_attempt(world: World, ann: int) -> None:
    number = task(world, ann)
    world.run(claim)

    def renew(node: str, attempt: int) -> bool:
        until = world.now + 30_000
        return world.run(tasks.renew, number, node=node, attempt=attempt, lease_until=until)

    assert renew("c1", 1)
    assert not renew("c2", 1)
    assert not renew("c1", 2)
    world.run(tasks.hand_back, number)
    assert not renew("c1", 1)
    world.run(claim)
    assert not renew("c1", 1)
    assert renew("c1", 2)
    world.run(tasks.finish, number, status=tasks.SUCCEEDED, result=None)
    assert not renew("c1", 2)


def test_a_task_is_lost_with_its_lease_or_its_deadline(world: World, ann: int) -> None:
    number = task(world, ann)
    world.run(claim)

    def lost() -> list[int]:
        return [t.id for t in world.run(tasks.lost, limit=10)]

    start = world.now
    world.wait(30)
    assert lost() == []
    world.now += 1
    assert lost() == [number]
    for _ in range(20):
        world.run(tasks.renew, number, node="c1", attempt=1, lease_until=world.now + 60_000)
        assert (lost() == [number]) == (world.now > start + 600_000)
        world.wait(30)
    assert lost() == [number]
    assert [t.id for t in world.run(tasks.held_by, "c1")] == [number]
    world.run(tasks.finish, number, status=tasks.FAILED, result=None)
    assert lost() == []
    assert world.run(tasks.held_by, "c1") == []


def test_each_claim_counts_an_attempt(world: World, ann: int) -> None:
    number = task(world, ann)
    for attempt in (1, 2, 3):
        assert world.run(claim) == [number]
        found = world.run(tasks.by_id, number)
        assert found
        assert (found.attempt, found.status, found.node) == (attempt, tasks.STARTING, "c1")
        world.run(tasks.hand_back, number)


def test_a_task_that_is_undone_was_never_there(world: World, ann: int) -> None:
    def work(tx: Tx) -> None:
        tasks.create(tx, user_id=ann, name="n", actions="[]", type="http")
        raise Refused("forbidden")

    with pytest.raises(Refused):
        world.run(work)
    assert world.run(claim) == []
    assert world.run(tasks.waiting_of_user, ann) == []
