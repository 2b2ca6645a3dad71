"""Runs of tests: started, claimed by a node, finished, paid for."""

from typing import Final, Literal

import msgspec

from awt.api.account import Page, page_size
from awt.api.caller import NODES, USERS, Caller, Who
from awt.api.card import result_card
from awt.api.outgoing import Chat, say
from awt.api.owner import active_owner
from awt.api.registry import Done, Methods, Params
from awt.db import ledger, services, tasks, users
from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.actions import Action, ActionResult, BadAction, check_actions
from awt.model.status import BASE, REJECTED
from awt.model.times import SECOND, iso, iso_or_none

methods = Methods()

START_PRICE: Final = 1
"""Points for the start of a task: a start occupies a node."""
ACTION_PRICE: Final = 1
"""Points for every action that produced a result."""
LEASE: Final = 30 * SECOND
START_ALLOWANCE: Final = 60 * SECOND
ATTEMPTS: Final = 3
"""How often a task is given to a node, in all."""
SLOTS: Final = 50
"""Most tasks that one claim may take."""
PRIORITY: Final = {Who.CHAT: 0, Who.USER: 1, Who.ADMIN: 1}
"""Whose tasks are claimed first, the lowest number first; a schedule comes last."""
LAST: Final = 2

_ACTIONS = msgspec.json.Decoder(tuple[Action, ...])
_RESULTS = msgspec.json.Decoder(list[ActionResult])


class RunTest(Params, frozen=True):
    """``url`` is opened; with ``text``, the page has to contain it. ``type`` is the type of node."""

    url: str
    text: str | None = None
    type: Literal["http"] = "http"


class Started(msgspec.Struct, frozen=True):
    """A task that waits for a node, and the balance after its start was paid."""

    id: int
    status: str
    balance: int


class TaskId(Params, frozen=True):
    """A task."""

    id: int


class TaskView(msgspec.Struct, frozen=True):
    """A task, as its owner sees it. ``ms`` is how long its actions took."""

    id: int
    name: str
    type: str
    status: str
    actions: list[Action]
    results: list[ActionResult]
    ms: int
    attempt: int
    created_at: str
    started_at: str | None
    finished_at: str | None


class Tasks(msgspec.Struct, frozen=True):
    """Tasks, the newest first."""

    tasks: list[TaskView]


class ClaimTasks(Params, frozen=True):
    """What a node can run, and how many at once."""

    types: list[str]
    free_slots: int


class ClaimedTask(msgspec.Struct, frozen=True):
    """A task for a node. ``attempt`` goes back with everything that the node says of it."""

    id: int
    attempt: int
    type: str
    actions: list[Action]
    action_seconds: int
    seconds: int
    trace: str


class Claimed(msgspec.Struct, frozen=True):
    """The tasks that the node now has, each under a lease of ``lease_seconds``."""

    tasks: list[ClaimedTask]
    lease_seconds: int = LEASE // SECOND


class Heartbeat(Params, frozen=True):
    """The node still runs a task."""

    task: int
    attempt: int


class Beat(msgspec.Struct, frozen=True):
    """Whether to go on: ``cancelled`` when the task is no longer the node's."""

    cancelled: bool


class FinishTask(Params, frozen=True):
    """What came of a task, an entry an action."""

    task: int
    attempt: int
    results: list[ActionResult]


class RecoverTasks(Params, frozen=True):
    """The calling node runs nothing: ``restarted`` has just started, ``stopping`` was asked to end.

    What is handed back because of ``stopping`` does not count as an attempt.
    """

    restarted: bool = False
    stopping: bool = False


class Recovered(msgspec.Struct, frozen=True):
    """How many tasks were handed back and how many given up."""

    again: int
    failed: int


@methods.method(callers=USERS, params=RunTest, result=Started, repeatable=True)
def run_test(tx: Tx, caller: Caller, params: RunTest) -> Started:
    """Start a test. Its start is paid now, each action that gives a result when it is finished.

    Errors: ``bad_request`` (``url``, ``text``), ``not_enough_points``.
    """
    try:
        actions = check_actions(params.url, params.text)
    except BadAction as error:
        raise _bad_action(params, error) from None
    user = active_owner(tx, caller)
    # What is under way will be paid from the same points: many at once do not overdraw them.
    price = START_PRICE + ACTION_PRICE * tasks.actions_under_way(tx, user.id)
    if user.points < price:
        raise Refused("not_enough_points", price=price, balance=user.points)
    task_id = tasks.create(
        tx,
        user_id=user.id,
        name=actions[0].selector[:400],
        actions=msgspec.json.encode(actions).decode(),
        type=params.type,
        priority=PRIORITY.get(caller.who, LAST),
        service=caller.service,
        im=caller.im,
        address=caller.address,
        reply_to=caller.reply_to,
    )
    balance = ledger.move(
        tx, user.id, -START_PRICE, "TASK_START", ref_id=task_id, once_key=f"start:{task_id}"
    )
    return Started(id=task_id, status=tasks.INITIAL, balance=balance)


def _bad_action(params: RunTest, error: BadAction) -> Refused:
    try:
        check_actions(params.url, None)
    except BadAction:
        return bad_field("url", f"url_{error.code}")
    return bad_field("text", f"text_{error.code}")


@methods.method(callers=USERS, params=TaskId, result=TaskView, read_only=True)
def get_task(tx: Tx, caller: Caller, params: TaskId) -> TaskView:
    """Show a task. Errors: ``unknown_task``."""
    task = tasks.by_id(tx, params.id)
    if task is None or task.user_id != caller.user:
        raise Refused("unknown_task")
    return _view(task)


@methods.method(callers=USERS, params=Page, result=Tasks, read_only=True)
def list_tasks(tx: Tx, caller: Caller, params: Page) -> Tasks:
    """List the tasks of the account, the newest first."""
    found = tasks.of_user(tx, caller.user, limit=page_size(params), before=params.before)
    return Tasks([_view(task) for task in found])


def _view(task: Task) -> TaskView:
    results = _RESULTS.decode(task.result) if task.result else []
    return TaskView(
        id=task.id,
        name=task.name,
        type=task.type,
        status=task.status,
        actions=list(_ACTIONS.decode(task.actions)),
        results=results,
        ms=sum(result.ms for result in results),
        attempt=task.attempt,
        created_at=iso(task.created_at),
        started_at=iso_or_none(task.started_at),
        finished_at=iso_or_none(task.finished_at),
    )


@methods.method(callers=NODES, params=ClaimTasks, result=Claimed)
def claim_tasks(tx: Tx, caller: Caller, params: ClaimTasks) -> Claimed:
    """Give waiting tasks to a node, for as long as it renews their leases.

    Errors: ``bad_request``, ``forbidden`` for types that are not the node's.
    """
    if not all(map(caller.may_run, params.types)):
        raise Refused("forbidden")
    if not 1 <= params.free_slots <= SLOTS:
        raise bad_field("free_slots", "range", least=1, most=SLOTS)
    limits = tx.settings.limits
    span = START_ALLOWANCE + limits.max_actions * limits.action_seconds * SECOND
    claimed = tasks.claim(
        tx,
        node=caller.node or "",
        types=tuple(params.types[:50]),
        slots=params.free_slots,
        lease_until=tx.now + LEASE,
        deadline_at=tx.now + span,
    )
    return Claimed(
        [
            ClaimedTask(
                id=task.id,
                attempt=task.attempt,
                type=task.type,
                actions=list(_ACTIONS.decode(task.actions)),
                action_seconds=limits.action_seconds,
                seconds=span // SECOND,
                trace=task.trace,
            )
            for task in claimed
        ]
    )


@methods.method(callers=NODES, params=Heartbeat, result=Beat)
def heartbeat(tx: Tx, caller: Caller, params: Heartbeat) -> Beat:
    """Renew the lease of a task."""
    kept = tasks.renew(
        tx,
        params.task,
        node=caller.node or "",
        attempt=params.attempt,
        lease_until=tx.now + LEASE,
    )
    return Beat(cancelled=not kept)


@methods.method(callers=NODES, params=FinishTask)
def finish_task(tx: Tx, caller: Caller, params: FinishTask) -> Done:
    """End a task: its result, its price and its card commit together.

    What comes from a node that no longer has the task changes nothing.
    """
    task = tasks.locked(tx, params.task)
    if (
        task is None
        or task.status not in tasks.CLAIMED
        or (task.node, task.attempt) != (caller.node, params.attempt)
    ):
        return Done()
    actions = _ACTIONS.decode(task.actions)
    if len(params.results) != len(actions):
        raise bad_field("results", "count")
    good = all(result.status == "succeeded" for result in params.results)
    tx.trace = task.trace
    executed = sum(result.status != "skipped" for result in params.results)
    tasks.finish(
        tx,
        task.id,
        status=tasks.SUCCEEDED if good else tasks.FAILED,
        result=msgspec.json.encode(params.results).decode(),
    )
    balance = ledger.move(
        tx,
        task.user_id,
        -executed * ACTION_PRICE,
        "TASK_FINISH",
        ref_id=task.id,
        once_key=f"finish:{task.id}",
        actions=executed,
    )
    _send_card(tx, task, list(params.results), executed + START_PRICE, balance)
    return Done()


def _send_card(tx: Tx, task: Task, results: list[ActionResult], price: int, balance: int) -> None:
    user = users.by_id(tx, task.user_id)
    if user is None or task.im is None or task.address is None:
        return
    held = services.by_name(tx, task.service or BASE)
    if held and services.im_state(tx, user.id, held.id, task.im) == REJECTED:
        return  # he removed that assistant: nothing is written there any more
    text, choices = result_card(tx, user, task, results, price=price, balance=balance)
    chat = Chat(
        service=task.service or BASE, im=task.im, address=task.address, reply_to=task.reply_to
    )
    say(tx, chat, text, choices=choices)


@methods.method(callers=NODES, params=RecoverTasks, result=Recovered)
def recover_tasks(tx: Tx, caller: Caller, params: RecoverTasks) -> Recovered:
    """Take tasks from nodes that were lost: they wait again, or fail after the last attempt.

    A task that fails this way costs nothing: its start is given back.
    """
    held = tasks.held_by(tx, caller.node or "") if params.restarted or params.stopping else []
    if params.stopping:
        for task in held:
            tasks.hand_back(tx, task.id, counted=False)
            tx.tell(tasks.TOPIC, task.type)
        return Recovered(again=len(held), failed=0)
    lost = tasks.lost(tx, limit=100)
    lost += [task for task in held if task.id not in {x.id for x in lost}]
    failed = 0
    for task in lost:
        if task.attempt < ATTEMPTS:
            tasks.hand_back(tx, task.id)
            tx.tell(tasks.TOPIC, task.type)
            continue
        failed += 1
        _give_up(tx, task)
    return Recovered(again=len(lost) - failed, failed=failed)


def _give_up(tx: Tx, task: Task) -> None:
    tx.trace = task.trace
    actions = _ACTIONS.decode(task.actions)
    results = [ActionResult(status="skipped", reason="node_lost") for _ in actions]
    tasks.finish(tx, task.id, status=tasks.FAILED, result=msgspec.json.encode(results).decode())
    balance = ledger.move(
        tx,
        task.user_id,
        START_PRICE,
        "TASK_START",
        ref_id=task.id,
        once_key=f"give-back:{task.id}",
        reason="node_lost",
    )
    _send_card(tx, task, results, 0, balance)
