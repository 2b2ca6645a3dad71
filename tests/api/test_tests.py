"""Tests and groups of an account."""

from typing import Any

import pytest

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.claims import ClaimTasks, RecoverTasks, claim_tasks, recover_tasks
from awt.api.operating import UserName, block_user, unblock_user
from awt.api.registry import Nothing
from awt.api.runs import RunTest, run_test
from awt.api.tests import (
    CheckTest,
    CopyTest,
    GroupId,
    Member,
    SaveGroup,
    SaveTest,
    TestId,
    TestList,
    check_test,
    copy_test,
    delete_group,
    delete_test,
    get_test,
    list_groups,
    list_tests,
    list_types,
    restore_group,
    restore_test,
    save_group,
    save_test,
)
from awt.api.words import as_json
from awt.db import executors, garbage, tasks
from awt.errors import Refused
from awt.model.actions import Click, Open
from awt.model.times import DAY, SECOND
from awt.testing.talk import World

STEPS = "open shop.example\nclick //button[.='Sign in']\n"
NODE = Caller(who=Who.NODE, node="c1-1")
OPERATOR = Caller(who=Who.OPERATOR)


@pytest.fixture
def ann(world: World) -> Caller:
    return member(world, "ann@example.org")


def member(world: World, address: str) -> Caller:
    world.member("jabber", address)
    user = world.user("jabber", address)
    assert user
    return Caller(who=Who.USER, user_id=user.id, session_id=1)


def save(world: World, caller: Caller, name: str = "Shop", text: str = STEPS) -> int:
    number: int = world.run(save_test, caller, SaveTest(name=name, text=text)).id
    return number


def names(world: World, caller: Caller, **values: Any) -> list[str]:
    return [test.name for test in world.run(list_tests, caller, TestList(**values)).tests]


def refusal(world: World, *args: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.run(*args)
    return caught.value


def test_a_test_is_saved_in_both_forms_and_comes_back_in_both(world: World, ann: Caller) -> None:
    made = world.run(save_test, ann, SaveTest(name="  Shop \n one ", text=STEPS))
    assert made.name == "Shop one"
    assert made.actions == [Open("http://shop.example/"), Click("//button[.='Sign in']")]
    assert made.text == "open http://shop.example/\nclick //button[.='Sign in']\n"
    again = world.run(save_test, ann, SaveTest(name="Copy", actions=made.actions))
    assert again.text == made.text
    assert world.run(get_test, ann, TestId(id=made.id)) == made
    assert names(world, ann) == ["Copy", "Shop one"]


def test_only_what_is_given_is_changed(world: World, ann: Caller) -> None:
    number = save(world, ann)
    world.wait(5)
    renamed = world.run(save_test, ann, SaveTest(id=number, name="Other"))
    assert (renamed.name, len(renamed.actions)) == ("Other", 2)
    assert renamed.changed_at > renamed.created_at
    shorter = world.run(save_test, ann, SaveTest(id=number, text="open a.example"))
    assert (shorter.name, len(shorter.actions)) == ("Other", 1)


def test_what_is_wrong_is_said_with_its_place_in_each_language(world: World, ann: Caller) -> None:
    refused = refusal(
        world, save_test, ann, SaveTest(name="x", text="open a.example\nclick //a[\n")
    )
    assert refused.fields == {"text": "step_xpath"}
    error = as_json(world.texts, "en", refused)["error"]
    assert (error["line"], error["column"]) == (2, 10)
    assert error["fields"]["text"].startswith("Line 2, column 10: An XPath is expected")
    assert "Строка 2, столбец 10" in as_json(world.texts, "ru", refused)["error"]["message"]
    refused = refusal(world, save_test, ann, SaveTest(name="x", actions=[Click("//a[")]))
    assert refused.fields == {"actions[0].selector": "step_xpath"}
    assert names(world, ann) == []


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"text": STEPS}, {"name": "missing"}),
        ({"name": " \n ", "text": STEPS}, {"name": "empty"}),
        ({"name": "x" * 81, "text": STEPS}, {"name": "long"}),
        ({"name": "x"}, {"text": "missing"}),
        ({"name": "x", "text": STEPS, "actions": [Open("a.example")]}, {"text": "both"}),
        ({"name": "x", "text": ""}, {"text": "step_none"}),
        ({"name": "x", "text": "text a\n" * 101}, {"text": "step_many"}),
        ({"name": "x", "text": " " * 200_001}, {"text": "long"}),
    ],
)
def test_a_test_that_is_none_is_refused(
    world: World, ann: Caller, values: dict[str, Any], fields: dict[str, str]
) -> None:
    assert refusal(world, save_test, ann, SaveTest(**values)).fields == fields


def test_a_region_that_there_is_no_way_to_is_refused(world: World, ann: Caller) -> None:
    assert world.settings.regions == ()
    refused = refusal(world, save_test, ann, SaveTest(name="x", text="open a.example\nproxy us\n"))
    assert (refused.fields, refused.values["line"]) == ({"text": "step_no_region"}, 2)
    found = (refused.values["column"], refused.values["near"], refused.values["regions"])
    assert found == (7, "us", "default, custom")
    text = "proxy default\nproxy custom a.example:3128\n"
    assert len(world.run(save_test, ann, SaveTest(name="x", text=text)).actions) == 2


def test_steps_can_be_looked_at_without_saving_them(world: World, ann: Caller) -> None:
    checked = world.run(check_test, ann, CheckTest(text="open a.example\nfly\ntitle ("))
    assert [(p.line, p.column, p.code) for p in checked.problems] == [
        (2, 1, "step_unknown"),
        (3, 7, "step_regexp"),
    ]
    assert "“fly”" in checked.problems[0].message
    good = world.run(check_test, ann, CheckTest(actions=[Open("a.example")]))
    assert (good.text, good.problems) == ("open http://a.example/\n", [])
    assert names(world, ann) == []


def test_a_copy_is_a_test_of_its_own(world: World, ann: Caller) -> None:
    number = save(world, ann, name="x" * 80)
    copy = world.run(copy_test, ann, CopyTest(id=number))
    assert (copy.name, len(copy.name)) == ("x" * 73 + " (copy)", 80)
    world.run(save_test, ann, SaveTest(id=copy.id, text="open a.example"))
    assert len(world.run(get_test, ann, TestId(id=number)).actions) == 2
    assert world.run(copy_test, ann, CopyTest(id=number, name="Second")).name == "Second"


def test_a_deleted_test_is_restored_until_it_is_purged(world: World, ann: Caller) -> None:
    number = save(world, ann)
    world.run(delete_test, ann, TestId(id=number))
    assert names(world, ann) == []
    assert names(world, ann, deleted=True) == ["Shop"]
    for method, params in (
        (delete_test, TestId(id=number)),
        (save_test, SaveTest(id=number, name="x")),
        (run_test, RunTest(test=number)),
    ):
        assert refusal(world, method, ann, params).code == "unknown_test"
    world.wait(41 * DAY / SECOND)
    assert world.run(garbage.collect, "tests") == 0
    assert world.run(restore_test, ann, TestId(id=number)).deleted_at is None
    world.wait(41 * DAY / SECOND)
    assert world.run(garbage.collect, "tests") == 0
    world.run(delete_test, ann, TestId(id=number))
    world.wait(43 * DAY / SECOND)
    assert world.run(garbage.collect, "tests") == 1
    assert refusal(world, restore_test, ann, TestId(id=number)).code == "unknown_test"


def test_tests_are_their_owners_alone(world: World, ann: Caller) -> None:
    bob = member(world, "bob@example.org")
    number = save(world, ann)
    group = world.run(save_group, ann, SaveGroup(name="All")).id
    for method, params in (
        (get_test, TestId(id=number)),
        (save_test, SaveTest(id=number, name="x")),
        (copy_test, CopyTest(id=number)),
        (delete_test, TestId(id=number)),
        (restore_test, TestId(id=number)),
        (run_test, RunTest(test=number)),
        (save_group, SaveGroup(name="Mine", members=[Member(number)])),
    ):
        assert refusal(world, method, bob, params).code == "unknown_test"
    for method, of_group in (
        (save_group, SaveGroup(id=group, name="x")),
        (delete_group, GroupId(id=group)),
        (restore_group, GroupId(id=group)),
        (run_test, RunTest(group=group)),
    ):
        assert refusal(world, method, bob, of_group).code == "unknown_group"
    assert names(world, bob) == []
    assert world.run(list_groups, bob, Nothing()).groups == []


def test_the_number_of_tests_is_limited(world: World, ann: Caller) -> None:
    most = world.settings.limits.max_tests
    numbers = [save(world, ann) for _ in range(most)]
    assert refusal(world, save_test, ann, SaveTest(name="x", text=STEPS)).code == "too_many_tests"
    assert refusal(world, copy_test, ann, CopyTest(id=numbers[0])).code == "too_many_tests"
    world.run(delete_test, ann, TestId(id=numbers[0]))
    save(world, ann)
    assert refusal(world, restore_test, ann, TestId(id=numbers[0])).code == "too_many_tests"


def test_a_long_list_comes_in_pages(world: World, ann: Caller) -> None:
    numbers = [save(world, ann, name=f"t{i}") for i in range(5)]
    assert names(world, ann, limit=2) == ["t4", "t3"]
    assert names(world, ann, limit=2, before=numbers[3]) == ["t2", "t1"]
    assert refusal(world, list_tests, ann, TestList(limit=0)).fields == {"limit": "range"}


def test_a_group_runs_its_tests_each_on_its_type(world: World, ann: Caller) -> None:
    first, second = save(world, ann, name="a"), save(world, ann, name="b")
    members = [Member(first, type="http"), Member(second), Member(first)]
    group = world.run(save_group, ann, SaveGroup(name="All", members=members))
    assert [(m.name, m.type) for m in group.members] == [
        ("a", "http"),
        ("b", "default"),
        ("a", "default"),
    ]
    started = world.run(run_test, ann, RunTest(group=group.id))
    assert len(started.tasks) == 3
    assert started.balance == 197
    found = [world.run(tasks.by_id, number) for number in started.tasks]
    assert [(task.test_id, task.type) for task in found if task] == [
        (first, "http"),
        (second, "default"),
        (first, "default"),
    ]
    world.run(delete_test, ann, TestId(id=first))
    assert [m.name for m in world.run(list_groups, ann, Nothing()).groups[0].members] == ["b"]
    world.run(restore_test, ann, TestId(id=first))
    world.run(save_group, ann, SaveGroup(id=group.id, members=[]))
    refused = refusal(world, run_test, ann, RunTest(group=group.id))
    assert refused.fields == {"group": "empty"}
    world.run(delete_group, ann, GroupId(id=group.id))
    assert world.run(list_groups, ann, Nothing()).groups == []
    assert world.run(restore_group, ann, GroupId(id=group.id)).name == "All"
    assert names(world, ann) == ["b", "a"]


def type_of_check(world: World, caller: Caller) -> str:
    """Check a page; return the type of node that has to."""
    task = world.run(tasks.by_id, world.run(run_test, caller, RunTest(url="a.example")).id)
    assert task
    return str(task.type)


def test_a_type_without_a_living_node_is_refused_with_those_that_live(
    world: World, ann: Caller
) -> None:
    number = save(world, ann)
    world.run(run_test, ann, RunTest(test=number, type="ff"))  # no node was ever heard of
    world.run(recover_tasks, NODE, RecoverTasks(restarted=True, instance="a"))
    world.run(run_test, ann, RunTest(test=number, type="ff"))  # nor what this one runs
    claim = ClaimTasks(types=["gc_1280x800", "http"], free_slots=1, instance="a")
    world.run(claim_tasks, NODE, claim)
    world.run(run_test, ann, RunTest(test=number))
    world.run(run_test, ann, RunTest(test=number, type="gc"))
    for wanted in ("ff", "mobile"):
        refused = refusal(world, run_test, ann, RunTest(test=number, type=wanted))
        assert (refused.code, refused.status) == ("no_node", 409)
        assert refused.values["types"] == "default, desktop, gc, gc_1280x800, http"
        group = SaveGroup(name="x", members=[Member(number, type=wanted)])
        assert refusal(world, save_group, ann, group).code == "no_node"
    refused = refusal(world, run_test, ann, RunTest(test=number, type="ie6"))
    assert refused.fields == {"type": "task_type"}
    assert world.run(list_types, ann, Nothing()).living == sorted(
        ["default", "desktop", "gc", "gc_1280x800", "http"]
    )
    world.wait(11 * 60)
    assert refusal(world, run_test, ann, RunTest(test=number)).code == "no_node"


def test_a_node_that_is_stopped_and_started_again_takes_no_test_away_in_between(
    world: World, ann: Caller
) -> None:
    number = save(world, ann)
    plain = Caller(who=Who.NODE, node="plain")
    world.run(claim_tasks, plain, ClaimTasks(types=["http"], free_slots=1, instance="p"))
    world.run(claim_tasks, NODE, ClaimTasks(types=["gc"], free_slots=1, instance="a"))
    world.run(recover_tasks, NODE, RecoverTasks(stopping=True, instance="a"))
    assert type_of_check(world, ann) == "http", "who names no type does not wait for it"
    waiting = world.run(run_test, ann, RunTest(test=number, type="gc")).id
    world.wait(60)
    world.run(recover_tasks, NODE, RecoverTasks(restarted=True, instance="b"))
    claim = ClaimTasks(types=["gc"], free_slots=1, instance="b")
    assert [each.id for each in world.run(claim_tasks, NODE, claim).tasks] == [waiting]
    world.run(recover_tasks, NODE, RecoverTasks(stopping=True, instance="b"))
    world.wait(executors.ALIVE / SECOND)
    assert refusal(world, run_test, ann, RunTest(test=number, type="gc")).code == "no_node"


def test_while_the_server_is_away_no_time_passes_for_its_nodes(world: World, ann: Caller) -> None:
    number = save(world, ann)
    world.run(claim_tasks, NODE, ClaimTasks(types=["ff"], free_slots=0, instance="a"))
    world.wait(executors.ALIVE / SECOND)
    other = Caller(who=Who.NODE, node="other")
    world.run(claim_tasks, other, ClaimTasks(types=["gc"], free_slots=0, instance="a"))
    world.wait(3600)
    assert refusal(world, run_test, ann, RunTest(test=number)).code == "no_node"
    assert type_of_check(world, ann) == "default", "nothing else is known"
    world.run(recover_tasks, NODE, RecoverTasks(returned=True))
    world.run(run_test, ann, RunTest(test=number))
    assert refusal(world, run_test, ann, RunTest(test=number, type="ff")).code == "no_node"


def test_a_check_takes_a_browser_where_one_lives_and_the_plain_engine_elsewhere(
    world: World, ann: Caller
) -> None:
    assert type_of_check(world, ann) == "http"
    world.run(claim_tasks, NODE, ClaimTasks(types=["http"], free_slots=1))
    assert type_of_check(world, ann) == "http"
    world.wait(20)
    world.run(claim_tasks, NODE, ClaimTasks(types=["http", "gc"], free_slots=1))
    assert type_of_check(world, ann) == "default"


def test_a_check_goes_to_no_browser_that_was_silent_for_long_while_the_plain_engine_is_there(
    world: World, ann: Caller
) -> None:
    plain = Caller(who=Who.NODE, node="plain")

    def asks(node: Caller, type_: str) -> None:
        world.run(claim_tasks, node, ClaimTasks(types=[type_], free_slots=1))

    asks(NODE, "gc")
    asks(plain, "http")
    pause = executors.PAUSE / SECOND
    world.wait(pause)
    asks(plain, "http")
    assert type_of_check(world, ann) == "default"
    world.wait(11)
    asks(plain, "http")
    assert type_of_check(world, ann) == "http"
    number = save(world, ann)
    world.run(run_test, ann, RunTest(test=number, type="gc"))  # who wants it waits for it
    asks(NODE, "gc")
    assert type_of_check(world, ann) == "default"
    world.wait(2 * pause)
    assert type_of_check(world, ann) == "default", "nobody is heard, so that it may be our fault"
    world.wait(executors.ALIVE / SECOND)
    assert type_of_check(world, ann) == "default"


def test_one_thing_is_run_at_a_time(world: World, ann: Caller) -> None:
    number = save(world, ann)
    for values in (
        {"test": number, "url": "a.example"},
        {"test": number, "group": 1},
        {"test": number, "text": STEPS},
    ):
        refused = refusal(world, run_test, ann, RunTest(**values))
        assert list(refused.fields.values()) == ["both"]
    assert refusal(world, run_test, ann, RunTest()).fields == {"text": "missing"}
    task = world.run(tasks.by_id, world.run(run_test, ann, RunTest(text=STEPS)).id)
    assert task
    assert (task.name, task.steps, task.test_id) == ("http://shop.example/", 2, None)


def test_what_runs_is_what_the_test_was_when_it_was_started(world: World, ann: Caller) -> None:
    number = save(world, ann)
    started = world.run(run_test, ann, RunTest(test=number, type="http", debug=True))
    world.run(save_test, ann, SaveTest(id=number, text="open a.example"))
    [claimed] = world.run(claim_tasks, NODE, ClaimTasks(types=["http"], free_slots=5)).tasks
    assert (claimed.id, len(claimed.actions), claimed.debug) == (started.id, 2, True)


def test_a_closed_account_has_no_tests_until_it_is_opened_again(world: World, ann: Caller) -> None:
    number, gone = save(world, ann), save(world, ann, name="gone")
    world.run(save_group, ann, SaveGroup(name="All", members=[Member(number)]))
    world.run(delete_test, ann, TestId(id=gone))
    world.wait(1)
    world.run(block_user, OPERATOR, UserName(user="ann@example.org"))
    assert names(world, ann) == []
    assert world.run(list_groups, ann, Nothing()).groups == []
    world.run(unblock_user, OPERATOR, UserName(user="ann@example.org"))
    assert names(world, ann) == ["Shop"]
    assert len(world.run(list_groups, ann, Nothing()).groups) == 1
    world.wait(1)
    world.run(delete_account, ann, Nothing())
    assert names(world, ann) == []
