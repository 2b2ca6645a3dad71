"""Commands of tests, from the first line to the screenshot."""

import pytest

from awt.api.caller import LOCAL_NODE
from awt.api.claims import ClaimTasks, FinishTask, Held, claim_tasks, finish_task
from awt.db import ledger, shots, tasks
from awt.model.actions import ActionResult
from awt.testing.talk import Conversation, World

GOOD = ActionResult(status="succeeded", ms=5)
BAD = ActionResult(status="failed", reason="unsupported", detail="click")
NEW = "#new My shop\nopen shop.example\nclick //button[.='Sign in']\n"


@pytest.fixture
def ann(world: World) -> Conversation:
    return world.member("jabber", "ann@example.org", service="webtest")


def number_in(text: str) -> int:
    return int(next(word.strip(",.:") for word in text.split() if word.strip(",.:").isdecimal()))


def claim(world: World, *running: Held) -> list[Held]:
    params = ClaimTasks(types=["http", "gc"], free_slots=9, running=list(running))
    found = world.run(claim_tasks, LOCAL_NODE, params)
    return [*found.cancelled, *(Held(task.id, task.attempt) for task in found.tasks)]


def test_a_test_is_written_run_and_looked_at_in_the_chat(world: World, ann: Conversation) -> None:
    made = ann.ask(NEW)
    assert "My shop, is saved: 2 steps." in made.text
    test = number_in(made.text)
    assert made.sends == [f"#run {test}", f"#steps {test}"]
    shown = ann.ask("2")
    assert "1) open http://shop.example/\n2) click //button[.='Sign in']" in shown.text
    assert "never run" in ann.ask("#tests").text

    started = ann.ask("#run my SHOP http debug")
    [held] = claim(world)
    assert f"https://awt.example/tasks/{held.task}" in started.text
    assert started.sends == [f"#cancel {held.task}"]
    made_shot = shots.Shot(number=5, file="2027-01-15/a.jpg", width=1, height=1)
    world.run(shots.put, held.task, made_shot)
    done = FinishTask(task=held.task, attempt=1, results=[GOOD, BAD])
    world.run(finish_task, LOCAL_NODE, done)
    [card] = ann.read()
    assert "Step 2 of 2: click //button[.='Sign in']" in card.text
    assert card.sends[:3] == [f"#run {test} http", f"#shot {held.task} 2", f"#steps {test}"]

    last = ann.ask("#last")
    assert f"{held.task}: My shop, failed at step 2, just now" in last.text
    assert "/shots/5" in ann.ask("#shot").text
    shot = ann.ask(card.sends[1])
    assert "step 2" in shot.text
    assert "https://awt.example/shared/" in shot.text
    assert shot.text.endswith("/shots/5")
    assert "no such screenshot" in ann.ask(f"#shot {held.task} 1").text
    exported = ann.ask(f"#export {test}").text
    assert exported == "#new My shop\nopen http://shop.example/\nclick //button[.='Sign in']"
    assert "is saved" in ann.ask(exported).text


def test_steps_are_replaced_by_the_lines_below(ann: Conversation) -> None:
    test = number_in(ann.ask(NEW).text)
    assert (
        "1) open http://b.example/\n2) title B"
        in ann.ask(f"#steps {test}\nopen b.example\ntitle B").text
    )
    refused = ann.ask(f"#steps {test}\nopen b.example\ntitle (").text
    assert refused.startswith("Line 2, column 7: A regular expression is expected here.")
    assert "2) title B" in ann.ask(f"#steps {test}").text


def test_what_is_wrong_with_steps_is_said_with_its_place(ann: Conversation) -> None:
    assert ann.ask("#new x\nopen a.example\nfly away").text.startswith(
        "Line 2, column 1: There is no action"
    )
    for incomplete in ("#new", "#new x", "#new \nopen a.example"):
        assert "#new Shop" in ann.ask(incomplete).text


@pytest.mark.parametrize("command", ["#steps", "#run", "#export"])
def test_a_command_without_a_test_asks_which_and_an_unknown_one_is_refused(
    command: str, ann: Conversation
) -> None:
    assert "Which test?" in ann.ask(command).text
    for word in ("999", "nothing like it", "9" * 30, "-1"):
        assert "no such test" in ann.ask(f"{command} {word}").text


def test_a_run_is_cancelled_from_the_chat(world: World, ann: Conversation) -> None:
    test = number_in(ann.ask(NEW).text)
    ann.say(f"#run {test} http")
    [held] = claim(world)
    assert "is cancelled" in ann.ask("#cancel").text
    assert claim(world, held) == [held], "the node is told"
    assert "has ended already" in ann.ask(f"#cancel {held.task}").text
    assert "no such check" in ann.ask("#cancel 999").text
    assert "cancelled" in ann.ask("#tests").text
    task = world.run(tasks.by_id, held.task)
    assert task
    assert task.status == tasks.CANCELLED


def test_a_type_that_nobody_runs_is_refused_with_those_that_are_run(
    world: World, ann: Conversation
) -> None:
    test = number_in(ann.ask(NEW).text)
    claim(world)
    assert "There are: default, desktop, gc, http." in ann.ask(f"#run {test} ff").text
    assert "no such type" in ann.ask(f"#run {test} ie6").text


def test_without_points_nothing_runs(world: World, ann: Conversation) -> None:
    test = number_in(ann.ask(NEW).text)
    user = world.user("jabber", "ann@example.org")
    assert user
    world.run(ledger.move, user.id, -200, "ADJUSTMENT")
    assert "A check costs at least 1 point" in ann.ask(f"#run {test} http").text
    assert claim(world) == []


def test_a_new_account_is_told_how_to_begin(ann: Conversation) -> None:
    assert "#new Shop" in ann.ask("#tests").text
    assert "Nothing was run yet." in ann.ask("#last").text
