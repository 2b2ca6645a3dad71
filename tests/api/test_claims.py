"""What nodes and owners do to a task, in every order: states, leases, charges, statistics."""

import random
import threading
from typing import Any

import pytest
from sqlalchemy import select

from awt.api.caller import Caller, Who
from awt.api.claims import (
    Claimed,
    ClaimTasks,
    FinishTask,
    Heartbeat,
    Held,
    RecoverTasks,
    claim_tasks,
    finish_task,
    heartbeat,
    recover_tasks,
)
from awt.api.runs import (
    RunTest,
    ShareTask,
    ShareToken,
    Since,
    TaskId,
    cancel_task,
    get_shared,
    get_task,
    list_stats,
    run_test,
    share_task,
)
from awt.api.tests import SaveTest, save_test
from awt.db import executors, ledger, schema, shots, tasks, users
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.actions import ActionResult
from awt.model.messages import Answer
from awt.model.times import DAY, HOUR, SECOND
from awt.testing.databases import Databases
from awt.testing.scale import SCALE
from awt.testing.talk import World

ANN = "ann@example.org"
NODE = Caller(who=Who.NODE, node="c1-1")
GOOD = ActionResult(status="succeeded", ms=5)
BAD = ActionResult(status="failed", reason="text_missing")
SKIPPED = ActionResult(status="skipped")


@pytest.fixture
def ann(world: World) -> Caller:
    world.member("jabber", ANN)
    user = world.user("jabber", ANN)
    assert user
    return Caller(who=Who.CHAT, user_id=user.id, service="base", im="jabber", address=ANN)


def start(world: World, caller: Caller, **values: Any) -> int:
    values = values or {"url": "example.org", "text": "hello"}
    number: int = world.run(run_test, caller, RunTest(**values)).id
    return number


def claim(world: World, *running: Held, node: Caller = NODE, **values: Any) -> Claimed:
    given: dict[str, Any] = {"types": ["http"], "free_slots": 5, "instance": "one", **values}
    found: Claimed = world.run(claim_tasks, node, ClaimTasks(running=list(running), **given))
    return found


def finish(world: World, number: int, attempt: int, *results: ActionResult) -> None:
    world.run(finish_task, NODE, FinishTask(task=number, attempt=attempt, results=list(results)))


def points(world: World, caller: Caller) -> int:
    user = world.run(users.by_id, caller.user)
    assert user
    return user.points


def state(world: World, number: int) -> tuple[str, int]:
    task = world.run(tasks.by_id, number)
    assert task
    return task.status, task.attempt


def refusal(world: World, *args: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.run(*args)
    return caught.value


def counts(world: World, caller: Caller) -> list[tuple[int, int, int, int]]:
    hours = world.run(list_stats, caller, Since()).hours
    return [(h.started, h.finished, h.failed, h.actions) for h in hours]


def test_a_task_whose_answer_was_lost_waits_again_and_no_attempt_is_counted(
    world: World, ann: Caller
) -> None:
    number = start(world, ann)
    [lost] = claim(world).tasks
    assert (lost.id, lost.attempt) == (number, 1)
    [again] = claim(world).tasks  # the node says that it runs nothing
    assert (again.id, again.attempt) == (number, 1)
    assert claim(world, Held(number, 1)).tasks == []
    assert state(world, number) == (tasks.STARTING, 1)
    other = Caller(who=Who.NODE, node="c2-1")
    assert claim(world, node=other, instance="two").tasks == []
    assert state(world, number) == (tasks.STARTING, 1)


def test_of_two_processes_with_one_token_the_later_is_the_node(world: World, ann: Caller) -> None:
    number = start(world, ann)
    claim(world)
    world.run(recover_tasks, NODE, RecoverTasks(restarted=True, instance="two"))
    assert state(world, number) == (tasks.INITIAL, 1)
    claimed = ClaimTasks(types=["http"], free_slots=1, instance="one", running=[Held(number, 1)])
    refused = refusal(world, claim_tasks, NODE, claimed)
    assert (refused.code, refused.values) == ("node_replaced", {"node": "c1-1"})
    assert [t.id for t in claim(world, instance="two").tasks] == [number]
    world.run(recover_tasks, NODE, RecoverTasks(stopping=True, instance="one"))
    assert state(world, number) == (tasks.STARTING, 2), "it is not the first one's to give back"
    world.wait(executors.GONE / SECOND + 1)
    [again] = claim(world, instance="one").tasks  # the second was not heard of for long
    assert again.id == number


def test_a_task_that_no_node_has_yet_is_cancelled_and_its_start_given_back(
    world: World, ann: Caller
) -> None:
    number = start(world, ann)
    assert points(world, ann) == 199
    assert world.run(cancel_task, ann, TaskId(id=number)).status == tasks.CANCELLED
    assert points(world, ann) == 200
    assert claim(world).tasks == []
    assert refusal(world, cancel_task, ann, TaskId(id=number)).code == "task_over"
    assert points(world, ann) == 200
    assert counts(world, ann) == [(1, 1, 0, 0)]


def test_a_task_that_runs_is_cancelled_at_once_and_what_it_did_is_paid(
    world: World, ann: Caller
) -> None:
    number = start(world, ann)
    claim(world)
    world.run(heartbeat, NODE, Heartbeat(task=number, attempt=1, results=[GOOD]))
    shown = world.run(cancel_task, ann, TaskId(id=number))
    assert [r.status for r in shown.results] == ["succeeded", "skipped"]
    assert points(world, ann) == 198
    assert claim(world, Held(number, 1)).cancelled == [Held(number, 1)]
    assert world.run(heartbeat, NODE, Heartbeat(task=number, attempt=1)).cancelled
    finish(world, number, 1, GOOD, BAD)
    assert state(world, number)[0] == tasks.CANCELLED
    assert points(world, ann) == 198
    assert counts(world, ann) == [(1, 1, 0, 1)]


def test_only_its_owner_cancels_and_shares_a_task(world: World, ann: Caller) -> None:
    number = start(world, ann)
    world.member("jabber", "bob@example.org")
    bob = world.user("jabber", "bob@example.org")
    assert bob
    stranger = Caller(who=Who.USER, user_id=bob.id)
    for method, params in ((cancel_task, TaskId(id=number)), (share_task, ShareTask(id=number))):
        assert refusal(world, method, stranger, params).code == "unknown_task"
    assert state(world, number)[0] == tasks.INITIAL


def test_the_results_so_far_are_shown_while_it_runs(world: World, ann: Caller) -> None:
    number = start(world, ann)
    claim(world)
    beat = Heartbeat(task=number, attempt=1, results=[GOOD])
    assert not world.run(heartbeat, NODE, beat).cancelled
    shown = world.run(get_task, ann, TaskId(id=number))
    assert (shown.status, [r.status for r in shown.results]) == (tasks.RUNNING, ["succeeded"])
    world.run(heartbeat, NODE, Heartbeat(task=number, attempt=1))
    assert world.run(get_task, ann, TaskId(id=number)).results == shown.results
    world.wait(31)
    world.run(recover_tasks, NODE, RecoverTasks())
    assert world.run(get_task, ann, TaskId(id=number)).results == [], "the next begins anew"
    too_many = [GOOD] * 101
    beat = Heartbeat(task=number, attempt=1, results=too_many)
    assert refusal(world, heartbeat, NODE, beat).fields == {"results": "count"}


def test_statistics_are_counted_by_the_hour_with_the_state(world: World, ann: Caller) -> None:
    world.now -= world.now % HOUR  # the beginning of an hour
    first = start(world, ann)
    claim(world)
    finish(world, first, 1, GOOD, BAD)
    finish(world, first, 1, GOOD, BAD)
    world.wait(3600)
    second, third = start(world, ann), start(world, ann)
    claim(world)
    finish(world, second, 1, GOOD, GOOD)
    for _ in range(2):
        world.wait(31)
        world.run(recover_tasks, NODE, RecoverTasks())
        claim(world)
    world.wait(31)
    assert world.run(recover_tasks, NODE, RecoverTasks()).failed == 1
    assert state(world, third)[0] == tasks.FAILED
    assert counts(world, ann) == [(1, 1, 1, 2), (2, 2, 1, 2)]
    assert refusal(world, list_stats, ann, Since(days=43)).fields == {"days": "range"}
    world.wait(8 * DAY / SECOND)
    assert counts(world, ann) == []


def test_a_link_shows_a_task_until_its_time_is_over(world: World, ann: Caller) -> None:
    number = start(world, ann)
    share = world.run(share_task, ann, ShareTask(id=number, days=2))
    token = ShareToken(token=share.url.rpartition("/")[2])
    assert share.url.startswith("https://awt.example/shared/")
    visitor = Caller(who=Who.VISITOR)
    assert world.run(get_shared, visitor, token).id == number
    assert refusal(world, get_shared, visitor, ShareToken(token="x")).code == "unknown_task"
    world.wait(2 * DAY / SECOND - 1)
    world.run(get_shared, visitor, token)
    world.wait(1)
    assert refusal(world, get_shared, visitor, token).code == "unknown_task"
    assert refusal(world, share_task, ann, ShareTask(id=number, days=31)).fields == {
        "days": "range"
    }


def test_screenshots_of_an_attempt_that_was_lost_are_not_the_next_ones(
    world: World, ann: Caller
) -> None:
    number = start(world, ann)
    claim(world)
    made = shots.Shot(number=2, file="2027-01-15/a.jpg", width=10, height=10)
    world.run(shots.put, number, made)
    world.run(shots.put, number, made)
    [shown] = world.run(get_task, ann, TaskId(id=number)).shots
    assert (shown.step, shown.moment, shown.url) == (1, "after", f"/tasks/{number}/shots/2")
    world.wait(31)
    world.run(recover_tasks, NODE, RecoverTasks())
    assert world.run(get_task, ann, TaskId(id=number)).shots == []


def cards(world: World, since: int) -> list[str]:
    return [m.body.text for m in world.messages[since:] if isinstance(m.body, Answer)]


def test_the_card_of_a_test_tells_the_step_the_reason_and_how_long_it_fails(
    world: World, ann: Caller
) -> None:
    test = world.run(save_test, ann, SaveTest(name="Shop", text="open a.example\ntext Hi\n")).id
    texts = []
    number = 0
    for results in ((GOOD, BAD), (GOOD, BAD), (GOOD, GOOD), (GOOD, GOOD)):
        number = start(world, ann, test=test, type="http")
        claim(world)
        since = len(world.messages)
        finish(world, number, 1, *results)
        texts += cards(world, since)
        world.wait(300)
    first, second, third, fourth = texts
    assert "Failed: Shop\nStep 2 of 2: text Hi\nThe text is not on the page." in first
    assert f"/tasks/{number - 3}" in first
    assert "Node: c1-1, http" in first
    assert "in a row" not in first
    assert "Failed 2 times in a row, for 5 minutes." in second
    assert "All 2 steps passed.\nIt works again." in third
    assert "again" not in fourth.replace("Run again", "")


def test_what_the_site_says_of_itself_is_no_command_and_no_markup(
    world: World, ann: Caller
) -> None:
    start(world, ann)
    [task] = claim(world).tasks
    title = "\x00\x1b[31m\u202e<b>#delaccount</b>\n#delaccount"
    hostile = ActionResult(status="succeeded", data={"status": 200, "title": title})
    since = len(world.messages)
    finish(world, task.id, 1, hostile, GOOD)
    [text] = cards(world, since)
    assert "\x00" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("#delaccount") for line in text.splitlines())


@pytest.mark.parametrize("engine", ["sqlite", "mariadb"])
def test_many_nodes_that_claim_at_once_start_every_task_once(
    databases: Databases, engine: str
) -> None:
    count, nodes = 200 * SCALE, 8
    with getattr(databases, engine)() as url, World(url) as world:
        world.member("jabber", ANN)
        user = world.user("jabber", ANN)
        assert user
        caller = Caller(who=Who.USER, user_id=user.id)
        world.run(ledger.move, user.id, 10 * count, "ADJUSTMENT")
        kinds = ("http", "gc", "default")

        def fill(tx: Tx) -> None:
            for number in range(count):
                run_test(tx, caller, RunTest(url="a.example", type=kinds[number % 3]))

        world.run(fill)
        got: dict[str, list[int]] = {f"c{n}-1": [] for n in range(nodes)}
        problems: list[BaseException] = []

        def work(name: str) -> None:
            draw = random.Random(name)
            running: list[Held] = []
            node = Caller(who=Who.NODE, node=name)
            try:
                while True:
                    params = ClaimTasks(
                        types=["http", "gc_1280x800"],
                        free_slots=draw.randint(1, 7),
                        instance=name,
                        running=running,
                    )
                    found, _, _ = world._database.write_here(claim_tasks, node, params)
                    if not found.tasks:
                        return
                    got[name] += [task.id for task in found.tasks]
                    running += [Held(task.id, task.attempt) for task in found.tasks]
            except BaseException as error:  # noqa: BLE001 - the test says it
                problems.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in got]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        all_of_them = [number for numbers in got.values() for number in numbers]
        assert len(all_of_them) == len(set(all_of_them)) == count
        attempts = world.run(
            lambda tx: set(tx.conn.execute(select(schema.task.c.attempt)).scalars())
        )
        assert attempts == {1}


def test_tasks_of_a_chat_come_before_those_of_the_site(world: World, ann: Caller) -> None:
    site = Caller(who=Who.USER, user_id=ann.user_id)
    order = [
        start(world, site),
        start(world, ann),
        start(world, site, text="open a.example", type="gc"),
    ]
    found = claim(world, types=["http", "gc"], free_slots=2).tasks
    assert [task.id for task in found] == [order[1], order[0]]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"free_slots": -1}, "free_slots"),
        ({"free_slots": 51}, "free_slots"),
        ({"wait_seconds": 26}, "wait_seconds"),
        ({"types": ["http"] * 51}, "types"),
        ({"running": [Held(1, 1)] * 501}, "running"),
    ],
)
def test_a_claim_that_asks_too_much_is_refused(
    world: World, values: dict[str, Any], field: str
) -> None:
    given: dict[str, Any] = {"types": ["http"], "free_slots": 1, **values}
    params = ClaimTasks(**given)
    assert list(refusal(world, claim_tasks, NODE, params).fields) == [field]


def test_a_node_runs_what_is_below_the_types_that_it_was_given(world: World) -> None:
    limited = Caller(who=Who.NODE, node="c1-1", types=("gc",))
    claim(world, node=limited, types=["gc_1280x800", "gc_390x844", "http"])
    living = world.run(executors.living_types)
    assert set(living or ()) == {"gc_1280x800", "gc", "desktop", "default"}
    for types in (["http"], ["ff"]):
        params = ClaimTasks(types=types, free_slots=1)
        assert refusal(world, claim_tasks, limited, params).code == "forbidden"
