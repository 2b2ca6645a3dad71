"""Runs of tests on the side of their owners: started, looked at, cancelled, shown to others."""

from collections.abc import Sequence
from typing import Final

import msgspec
from attrs import frozen

from awt.api.account import Page, page_size
from awt.api.caller import ANYONE, USERS, Caller, Who
from awt.api.owner import active_owner
from awt.api.progress import tell_end
from awt.api.registry import Methods, Params
from awt.api.tests import actions_of, check_type, own_group, own_test, read_steps, refuse_steps
from awt.db import executors, ledger, shots, stats, tasks, tests
from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.actions import Action, ActionResult, BadAction, Open, check_actions
from awt.model.moments import moment_of, step_of
from awt.model.names import clean_text
from awt.model.steps import BadSteps, write
from awt.model.task_types import DEFAULT, HTTP
from awt.model.times import DAY, HOUR, iso, iso_or_none

methods = Methods()

START_PRICE: Final = 1
"""Points for the start of a task: a start occupies a node."""
ACTION_PRICE: Final = 1
"""Points for every action that produced a result."""
PRIORITY: Final = {Who.CHAT: 0, Who.USER: 1, Who.ADMIN: 1}
"""Whose tasks are claimed first, the lowest number first; a schedule comes last."""
LAST: Final = 2
NAME: Final = 400
"""Longest name of a task, in characters."""
SHARE_DAYS: Final = 30
"""Most days for which others may look at a task by a link."""

_ACTIONS = msgspec.json.Decoder(tuple[Action, ...])
_RESULTS = msgspec.json.Decoder(list[ActionResult])


class RunTest(Params, frozen=True):
    """What to run, one of: ``test``, ``group``, ``url``, or ``text`` alone.

    ``url`` is opened, and with ``text`` the page has to contain it; ``text`` alone are steps, an action a
    line. ``type`` is the type of node, for a group that of each member unless it is given. ``debug``
    goes on after a failure.
    """

    test: int | None = None
    group: int | None = None
    url: str | None = None
    text: str | None = None
    type: str | None = None
    debug: bool = False


class Started(msgspec.Struct, frozen=True):
    """A task that waits for a node, and the balance after its start was paid.

    ``tasks`` are all that were started, ``id`` the first of them.
    """

    id: int
    status: str
    balance: int
    tasks: list[int]


class TaskId(Params, frozen=True):
    """A task."""

    id: int


class TaskPage(Params, frozen=True):
    """A page of tasks, of one ``test`` or of all."""

    test: int | None = None
    limit: int = 20
    before: int | None = None


class ShotView(msgspec.Struct, frozen=True):
    """A screenshot: the step that it belongs to (from 1), when it was made, where one gets it."""

    number: int
    step: int
    moment: str
    width: int
    height: int
    url: str


class TaskView(msgspec.Struct, frozen=True):
    """A task, as its owner sees it. ``ms`` is how long its actions took.

    ``results`` are those so far while it runs. ``test`` is the test that it is a copy of.
    """

    id: int
    test: int | None
    name: str
    type: str
    debug: bool
    status: str
    actions: list[Action]
    text: str
    results: list[ActionResult]
    shots: list[ShotView]
    ms: int
    node: str | None
    attempt: int
    created_at: str
    started_at: str | None
    finished_at: str | None


class Tasks(msgspec.Struct, frozen=True):
    """Tasks, the newest first."""

    tasks: list[TaskView]


class ShareTask(Params, frozen=True):
    """A task that others may look at, for so many days."""

    id: int
    days: int = 7


class Share(msgspec.Struct, frozen=True):
    """A link that shows the task to whoever has it, until a time."""

    url: str
    expires_at: str


class ShareToken(Params, frozen=True):
    """The token of a link."""

    token: str


class Since(Params, frozen=True):
    """So many days back."""

    days: int = 7


class HourView(msgspec.Struct, frozen=True):
    """What ran in the hour that began at ``hour``."""

    hour: str
    started: int
    finished: int
    failed: int
    actions: int


class Stats(msgspec.Struct, frozen=True):
    """The hours in which something ran, the oldest first."""

    hours: list[HourView]


@frozen(kw_only=True)
class Plan:
    """A task that is to be started."""

    name: str
    actions: Sequence[Action]
    type: str
    test_id: int | None = None


@methods.method(callers=USERS, params=RunTest, result=Started, repeatable=True)
def run_test(tx: Tx, caller: Caller, params: RunTest) -> Started:
    """Start a test. Its start is paid now, each action that gives a result when it is finished.

    Errors: ``bad_request`` (``url``, ``text``, ``type``, ``group``), ``unknown_test``,
    ``unknown_group``, ``no_node``, ``not_enough_points``.
    """
    plans = _plans(tx, caller, params)
    user = active_owner(tx, caller)
    # What is under way will be paid from the same points: many at once do not overdraw them.
    price = START_PRICE * len(plans) + ACTION_PRICE * tasks.actions_under_way(tx, user.id)
    if user.points < price:
        raise Refused("not_enough_points", price=price, balance=user.points)
    started = []
    balance = user.points
    for plan in plans:
        number = _create(tx, caller, plan, debug=params.debug)
        balance = ledger.move(
            tx, user.id, -START_PRICE, "TASK_START", ref_id=number, once_key=f"start:{number}"
        )
        started.append(number)
    stats.add(tx, user.id, started=len(plans))
    return Started(id=started[0], status=tasks.INITIAL, balance=balance, tasks=started)


def _create(tx: Tx, caller: Caller, plan: Plan, *, debug: bool) -> int:
    return tasks.create(
        tx,
        user_id=caller.user,
        test_id=plan.test_id,
        name=plan.name[:NAME],
        actions=msgspec.json.encode(plan.actions).decode(),
        steps=len(plan.actions),
        type=plan.type,
        debug=debug,
        priority=PRIORITY.get(caller.who, LAST),
        service=caller.service,
        im=caller.im,
        address=caller.address,
        reply_to=caller.reply_to,
    )


def _plans(tx: Tx, caller: Caller, params: RunTest) -> list[Plan]:
    """Return what a request wants to run. Errors: see `run_test`."""
    given = [name for name in ("test", "group", "url") if getattr(params, name) is not None]
    if len(given) > 1 or (given not in ([], ["url"]) and params.text is not None):
        raise bad_field("text" if params.text is not None else given[1], "both")
    if params.test is not None:
        return [_plan_of_test(tx, caller, params.test, params.type or DEFAULT)]
    if params.group is not None:
        members = tests.members(tx, own_group(tx, caller, params.group).id)
        if not members:
            raise bad_field("group", "empty")
        return [
            _plan_of_test(tx, caller, member.test_id, params.type or member.type)
            for member in members
        ]
    if params.url is not None:
        return [_check(tx, params.url, params.text, params.type)]
    try:
        actions = read_steps(tx, params.text, None)
    except BadSteps as error:
        raise refuse_steps(tx, error) from None
    return [
        Plan(
            name=next((a.selector for a in actions if isinstance(a, Open)), actions[0].type),
            actions=actions,
            type=check_type(tx, params.type or DEFAULT),
        )
    ]


def _plan_of_test(tx: Tx, caller: Caller, test_id: int, type_: str) -> Plan:
    found = own_test(tx, caller, test_id)
    return Plan(
        name=found.name,
        actions=actions_of(found),
        type=check_type(tx, type_),
        test_id=found.id,
    )


def _check(tx: Tx, url: str, text: str | None, type_: str | None) -> Plan:
    """Plan a look at a page: by a browser, or by the plain engine where it alone is there."""
    if type_ is not None:
        check_type(tx, type_)
    try:
        actions = check_actions(url, text)
    except BadAction as error:
        raise _bad_action(url, error) from None
    if type_ is None:
        type_ = _type_of_check(tx)
    return Plan(name=actions[0].selector, actions=actions, type=type_)


def _type_of_check(tx: Tx) -> str:
    """Return any browser, unless none is known or all have been silent while the plain engine was not."""
    seen = executors.seen(tx)
    if DEFAULT not in seen or seen.get(HTTP, 0) - seen[DEFAULT] > executors.PAUSE:
        return HTTP
    return DEFAULT


def _bad_action(url: str, error: BadAction) -> Refused:
    try:
        check_actions(url, None)
    except BadAction:
        return bad_field("url", f"url_{error.code}")
    return bad_field("text", f"text_{error.code}")


def own_task(tx: Tx, caller: Caller, task_id: int, *, lock: bool = False) -> Task:
    """Return a task of the caller. Errors: ``unknown_task``."""
    task = tasks.locked(tx, task_id) if lock else tasks.by_id(tx, task_id)
    if task is None or task.user_id != caller.user:
        raise Refused("unknown_task")
    return task


@methods.method(callers=USERS, params=TaskId, result=TaskView, read_only=True)
def get_task(tx: Tx, caller: Caller, params: TaskId) -> TaskView:
    """Show a task. Errors: ``unknown_task``."""
    return view(tx, own_task(tx, caller, params.id))


@methods.method(callers=USERS, params=TaskPage, result=Tasks, read_only=True)
def list_tasks(tx: Tx, caller: Caller, params: TaskPage) -> Tasks:
    """List the tasks of the account or of a test, the newest first. Errors: ``unknown_test``."""
    size = page_size(Page(limit=params.limit))
    if params.test is None:
        found = tasks.of_user(tx, caller.user, limit=size, before=params.before)
    else:
        test = tests.by_id(tx, params.test)
        if test is None or test.user_id != caller.user:
            raise Refused("unknown_test")
        found = tasks.of_test(tx, test.id, limit=size, before=params.before)
    return Tasks([view(tx, task) for task in found])


@methods.method(callers=USERS, params=TaskId, result=TaskView)
def cancel_task(tx: Tx, caller: Caller, params: TaskId) -> TaskView:
    """Cancel a task at once. One that no node has yet gets its start back, else what it did is paid.

    Errors: ``unknown_task``, ``task_over``.
    """
    task = own_task(tx, caller, params.id, lock=True)
    tx.trace = task.trace
    if task.status == tasks.INITIAL:
        end(tx, task, status=tasks.CANCELLED, results=[])
        give_back(tx, task, reason="cancelled")
    elif task.status in tasks.CLAIMED:
        done = decode_results(task.progress)[: task.steps]
        rest = [ActionResult(status="skipped")] * (task.steps - len(done))
        tx.tell(tasks.CANCELLING, task.node)
        end(tx, task, status=tasks.CANCELLED, results=[*done, *rest])
        charge(tx, task, done)
    else:
        raise Refused("task_over")
    tell_end(tx, task)
    return view(tx, own_task(tx, caller, params.id))


def end(tx: Tx, task: Task, *, status: str, results: Sequence[ActionResult]) -> None:
    """End a task, and count it in the statistics of its owner."""
    executed = sum(result.status != "skipped" for result in results)
    tasks.finish(
        tx,
        task.id,
        status=status,
        result=msgspec.json.encode(results).decode() if results else None,
    )
    stats.add(tx, task.user_id, finished=1, failed=int(status == tasks.FAILED), actions=executed)


def charge(tx: Tx, task: Task, results: Sequence[ActionResult]) -> tuple[int, int]:
    """Take the points for what a task did, once; return how many actions these were, and the balance."""
    executed = sum(result.status != "skipped" for result in results)
    balance = ledger.move(
        tx,
        task.user_id,
        -executed * ACTION_PRICE,
        "TASK_FINISH",
        ref_id=task.id,
        once_key=f"finish:{task.id}",
        actions=executed,
    )
    return executed, balance


def give_back(tx: Tx, task: Task, *, reason: str) -> int:
    """Give the start of a task back, once; return the balance."""
    return ledger.move(
        tx,
        task.user_id,
        START_PRICE,
        "TASK_START",
        ref_id=task.id,
        once_key=f"give-back:{task.id}",
        reason=reason,
    )


@methods.method(callers=USERS, params=ShareTask, result=Share)
def share_task(tx: Tx, caller: Caller, params: ShareTask) -> Share:
    """Make a link that shows a task with its screenshots to whoever has it, for some days.

    Errors: ``unknown_task``, ``bad_request`` (``days``).
    """
    if not 1 <= params.days <= SHARE_DAYS:
        raise bad_field("days", "range", least=1, most=SHARE_DAYS)
    task = own_task(tx, caller, params.id)
    until = tx.now + params.days * DAY
    token = shots.create_share(tx, task.id, until=until)
    return Share(url=f"{tx.settings.site_url}/shared/{token}", expires_at=iso(until))


@methods.method(callers=ANYONE, params=ShareToken, result=TaskView, read_only=True)
def get_shared(tx: Tx, _caller: Caller, params: ShareToken) -> TaskView:
    """Show the task behind a link that its owner shares. Errors: ``unknown_task``."""
    found = shots.shared(tx, params.token)
    task = None if found is None else tasks.by_id(tx, found)
    if task is None:
        raise Refused("unknown_task")
    return view(tx, task, root=f"/shared/{params.token}")


@methods.method(callers=USERS, params=Since, result=Stats, read_only=True, name="Stats")
def list_stats(tx: Tx, caller: Caller, params: Since) -> Stats:
    """Show what ran, by the hour in UTC. Errors: ``bad_request`` (``days``)."""
    most = tx.settings.purge.purge_days
    if not 1 <= params.days <= most:
        raise bad_field("days", "range", least=1, most=most)
    hours = stats.of_user(tx, caller.user, since=tx.now - tx.now % HOUR - params.days * DAY + HOUR)
    return Stats(
        [
            HourView(iso(each.hour), each.started, each.finished, each.failed, each.actions)
            for each in hours
        ]
    )


def decode_actions(text: str) -> tuple[Action, ...]:
    """Return the actions in the JSON of a task."""
    return _ACTIONS.decode(text)


def decode_results(text: str | None) -> list[ActionResult]:
    """Return the results in the JSON of a task."""
    return _RESULTS.decode(text) if text else []


def shot_url(task_id: int, number: int, *, root: str = "") -> str:
    """Return where a screenshot is on the site. ``root`` is where its task is, by default its owner's page."""
    return f"{root or f'/tasks/{task_id}'}/shots/{number}"


def view(tx: Tx, task: Task, *, root: str = "") -> TaskView:
    """Return a task as it is shown. ``root`` is where it is found, by default its owner's page."""
    results = decode_results(task.result or task.progress)
    actions = decode_actions(task.actions)
    return TaskView(
        id=task.id,
        test=task.test_id,
        name=clean_text(task.name),
        type=task.type,
        debug=task.debug,
        status=task.status,
        actions=list(actions),
        text=write(actions),
        results=results,
        shots=[
            ShotView(
                shot.number,
                step_of(shot.number),
                moment_of(shot.number),
                shot.width,
                shot.height,
                shot_url(task.id, shot.number, root=root),
            )
            for shot in shots.of_task(tx, task.id)
        ],
        ms=sum(result.ms for result in results),
        node=task.node,
        attempt=task.attempt,
        created_at=iso(task.created_at),
        started_at=iso_or_none(task.started_at),
        finished_at=iso_or_none(task.finished_at),
    )
