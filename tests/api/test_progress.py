"""What a chat hears of its run while it lasts."""

import pytest

from awt.api.caller import LOCAL_NODE
from awt.api.claims import (
    ClaimTasks,
    FinishTask,
    Heartbeat,
    RecoverTasks,
    claim_tasks,
    finish_task,
    heartbeat,
    recover_tasks,
)
from awt.api.progress import started_id
from awt.model.actions import ActionResult
from awt.model.messages import Answer, Message
from awt.model.times import SECOND
from awt.testing.talk import Conversation, World

GOOD = ActionResult(status="succeeded")
BAD = ActionResult(status="failed", reason="no_element")
STEPS = 5


@pytest.fixture
def ann(world: World) -> Conversation:
    return world.member("jabber", "ann@example.org", service="webtest")


class Running:
    """A test of five steps that a node runs for a chat."""

    def __init__(self, world: World, ann: Conversation) -> None:
        self.world = world
        self.ann = ann
        ann.ask("#new Shop\n" + "open shop.example\n" * STEPS)
        self.started = ann.ask("#run shop http debug")
        self.claim()
        self.read = len(world.messages)

    def claim(self) -> None:
        params = ClaimTasks(types=["http"], free_slots=1)
        [task] = self.world.run(claim_tasks, LOCAL_NODE, params).tasks
        self.id, self.attempt = task.id, task.attempt

    def beat(self, *results: ActionResult, after: float = 0) -> list[Answer]:
        """Let some seconds pass, say what came so far, and return what the chat is told."""
        self.world.now += int(after * SECOND)
        values = {"task": self.id, "attempt": self.attempt}
        self.world.run(heartbeat, LOCAL_NODE, Heartbeat(**values, results=list(results) or None))
        return self.news()

    def news(self) -> list[Answer]:
        found = [message.body for message in self.messages()]
        return [body for body in found if isinstance(body, Answer)]

    def messages(self) -> list[Message]:
        new, self.read = self.world.messages[self.read :], len(self.world.messages)
        return new


@pytest.fixture
def running(world: World, ann: Conversation) -> Running:
    return Running(world, ann)


def test_the_message_that_a_run_began_is_corrected_by_how_far_it_is(running: Running) -> None:
    start = next(
        message
        for message in running.world.messages
        if isinstance(message.body, Answer) and "/tasks/" in message.body.text
    )
    assert start.id == started_id(running.id)
    assert running.beat(GOOD, after=2.9) == []
    [told] = running.beat(GOOD, after=0.2)
    assert (told.corrects, told.minor, told.reply_to, told.choices) == (start.id, True, None, ())
    assert "1 of 5 steps are done." in told.text
    assert f"https://awt.example/tasks/{running.id}" in told.text
    assert running.beat(GOOD, GOOD, after=2.9) == []
    [told] = running.beat(GOOD, BAD, after=0.2)
    assert "2 of 5 steps are done, 1 failed." in told.text


def test_a_step_that_lasts_is_spoken_of_without_any_news(running: Running) -> None:
    assert running.beat(GOOD, after=1) == []
    [told] = running.beat(after=9)
    assert "1 of 5" in told.text
    assert running.beat(after=60) == [], "nothing is new"


def test_corrections_get_rarer_and_a_chat_that_cannot_correct_gets_a_few_of_them(
    running: Running,
) -> None:
    told = [
        answer
        for number in range(100)
        for answer in running.beat(*[GOOD] * (1 + number % STEPS), after=10)
    ]
    assert 10 < len(told) < 20
    assert sum(not answer.minor for answer in told) == 4


def test_the_end_corrects_it_once_more_and_the_card_is_a_message_of_its_own(
    running: Running,
) -> None:
    running.beat(GOOD, after=5)
    done = FinishTask(task=running.id, attempt=1, results=[GOOD] * STEPS)
    running.world.run(finish_task, LOCAL_NODE, done)
    over, card = running.news()
    assert (over.corrects, over.minor) == (started_id(running.id), True)
    assert "Shop ran" in over.text
    assert (card.corrects, card.minor, card.reply_to) == (None, False, running.started.reply_to)
    running.world.run(finish_task, LOCAL_NODE, done)
    assert running.news() == [], "what comes again changes nothing"


def test_a_run_that_is_cancelled_is_no_longer_said_to_run(running: Running) -> None:
    running.beat(GOOD, after=5)
    over, said = running.ann.say(f"#cancel {running.id}")
    assert "Shop ran" in over.text
    assert "is cancelled" in said.text
    running.messages()
    assert running.beat(GOOD, GOOD, after=60) == []


def test_a_run_that_waits_again_is_said_to_be_over_when_it_is_cancelled(running: Running) -> None:
    running.beat(GOOD, after=5)
    running.world.run(recover_tasks, LOCAL_NODE, RecoverTasks(restarted=True))
    over, said = running.ann.say(f"#cancel {running.id}")
    assert "Shop ran" in over.text
    assert "is cancelled" in said.text


def test_a_run_that_is_short_is_not_spoken_of(running: Running) -> None:
    done = FinishTask(task=running.id, attempt=1, results=[GOOD] * STEPS)
    running.world.run(finish_task, LOCAL_NODE, done)
    [card] = running.news()
    assert card.corrects is None


def test_an_attempt_after_a_lost_one_is_told_from_its_own_beginning(running: Running) -> None:
    running.beat(GOOD, GOOD, after=20)
    running.world.run(recover_tasks, LOCAL_NODE, RecoverTasks(restarted=True))
    running.world.now += 5 * SECOND
    running.claim()
    assert running.attempt == 2
    assert running.beat(GOOD, after=1) == []
    [told] = running.beat(GOOD, after=3)
    assert "1 of 5" in told.text


def test_nothing_is_written_to_who_removed_the_assistant(running: Running) -> None:
    running.ann.event("removed")
    running.messages()
    assert running.beat(GOOD, after=5) == []


def test_numbers_still_answer_the_last_menu_while_a_run_is_told_of(running: Running) -> None:
    menu = running.ann.ask("#tests")
    running.beat(GOOD, after=5)
    assert running.ann.ask("1").text == running.ann.ask(menu.sends[0]).text


def test_a_look_at_a_page_is_not_spoken_of(world: World, ann: Conversation) -> None:
    ann.ask("#check shop.example text")
    [task] = world.run(claim_tasks, LOCAL_NODE, ClaimTasks(types=["http"], free_slots=1)).tasks
    world.now += 20 * SECOND
    read = len(world.messages)
    beat = Heartbeat(task=task.id, attempt=1, results=[GOOD])
    world.run(heartbeat, LOCAL_NODE, beat)
    assert len(world.messages) == read
