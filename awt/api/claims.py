"""Runs of tests on the side of the nodes: claimed, reported, finished, paid for, taken back."""

from typing import Final

import msgspec
from attrs import evolve

from awt.api.caller import NODES, Caller
from awt.api.card import result_card
from awt.api.outgoing import say
from awt.api.progress import chat_of, tell_end, tell_progress
from awt.api.registry import Done, Methods, Params, Toolbox
from awt.api.runs import (
    START_PRICE,
    charge,
    decode_actions,
    decode_results,
    end,
    give_back,
    shot_url,
)
from awt.db import executors, shots, tasks, users
from awt.db.shots import Shot
from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.actions import Action, ActionResult
from awt.model.moments import MOMENTS
from awt.model.settings import Limits
from awt.model.task_types import PARENTS, runs
from awt.model.times import SECOND
from awt.shots import Kept

methods = Methods()

LEASE: Final = 30 * SECOND
START_ALLOWANCE: Final = 60 * SECOND
MANY: Final = 100
"""Tasks of nodes that were lost that one call takes, and as many that nobody claimed."""
ATTEMPTS: Final = 3
"""How often a task is given to a node, in all."""
SLOTS: Final = 50
"""Most tasks that one claim may take."""
WAIT: Final = 25
"""Most seconds that a claim may wait for something to come."""
RUNNING: Final = 500
"""Most tasks that a node may run at once."""
OWN_TYPES: Final = 50
"""Most types that a node may have."""


class Held(msgspec.Struct, frozen=True):
    """A task that a node runs, and which attempt of it."""

    task: int
    attempt: int


def longest(limits: Limits) -> int:
    """Return how long a task may take from its claim on, in milliseconds."""
    return START_ALLOWANCE + limits.max_actions * limits.action_seconds * SECOND


class ClaimTasks(Params, frozen=True):
    """What a node can run, how many more at once, and what it runs now.

    ``types``: its own; what asks for less comes with them. ``instance`` is the process that asks: a
    node has one at a time. With it, what the server thinks that the node has and is not in
    ``running`` is handed back, for its answer was lost. ``wait_seconds``: how long to wait when there
    is nothing to say, over HTTP.
    """

    types: list[str]
    free_slots: int
    instance: str = ""
    running: list[Held] = msgspec.field(default_factory=list)
    wait_seconds: int = 0


class ClaimedTask(msgspec.Struct, frozen=True):
    """A task for a node. ``attempt`` goes back with everything that the node says of it."""

    id: int
    attempt: int
    type: str
    actions: list[Action]
    action_seconds: int
    seconds: int
    trace: str
    debug: bool = False


class Claimed(msgspec.Struct, frozen=True):
    """The tasks that the node now has, each under a lease of ``lease_seconds``, and those it lost."""

    tasks: list[ClaimedTask]
    cancelled: list[Held] = []
    lease_seconds: int = LEASE // SECOND


class Heartbeat(Params, frozen=True):
    """The node still runs a task; ``results`` are those that it has so far, None for nothing new."""

    task: int
    attempt: int
    results: list[ActionResult] | None = None


class Beat(msgspec.Struct, frozen=True):
    """Whether to go on: ``cancelled`` when the task is no longer the node's."""

    cancelled: bool


class FinishTask(Params, frozen=True):
    """What came of a task, an entry an action."""

    task: int
    attempt: int
    results: list[ActionResult]


class PutShot(Params, frozen=True):
    """A screenshot of a task; ``number`` tells the step and the moment, from 1."""

    task: int
    attempt: int
    number: int
    jpeg: bytes


class RecoverTasks(Params, frozen=True):
    """The calling node runs nothing: ``restarted`` has just started, ``stopping`` was asked to end.

    What is handed back because of ``stopping`` does not count as an attempt. ``instance``: the process
    that is the node from now on; an older one is told so. ``unclaimed``: end, too, what has waited for
    10 minutes while no living node runs its type. ``returned``: the server was away, and not its nodes. One
    call gives up at most `MANY` that were lost and as many that nobody claimed.
    """

    restarted: bool = False
    stopping: bool = False
    instance: str = ""
    unclaimed: bool = False
    returned: bool = False


class Recovered(msgspec.Struct, frozen=True):
    """How many tasks were handed back and how many given up."""

    again: int
    failed: int


@methods.method(callers=NODES, params=ClaimTasks, result=Claimed)
def claim_tasks(tx: Tx, caller: Caller, params: ClaimTasks) -> Claimed:
    """Give waiting tasks to a node, for as long as it renews their leases.

    Of what it can run it gets what it was given. Errors: ``bad_request``, ``forbidden`` where that is
    nothing, ``node_replaced``.
    """
    _check_claim(params)
    own = [name for name in params.types if caller.may_run(name)]
    if params.types and not own:
        raise Refused("forbidden")
    node = caller.node or ""
    types = runs(own)
    _note(tx, node, params.instance, types)
    cancelled = _compare(tx, node, params)
    limits = tx.settings.limits
    span = longest(limits)
    claimed = params.free_slots and tasks.claim(
        tx,
        node=node,
        types=types,
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
                actions=list(decode_actions(task.actions)),
                action_seconds=limits.action_seconds,
                seconds=span // SECOND,
                trace=task.trace,
                debug=task.debug,
            )
            for task in claimed or ()
        ],
        cancelled,
    )


def _check_claim(params: ClaimTasks) -> None:
    if len(params.types) > OWN_TYPES:
        raise bad_field("types", "many")
    if not 0 <= params.free_slots <= SLOTS:
        raise bad_field("free_slots", "range", least=0, most=SLOTS)
    if not 0 <= params.wait_seconds <= WAIT:
        raise bad_field("wait_seconds", "range", least=0, most=WAIT)
    if len(params.running) > RUNNING:
        raise bad_field("running", "many")


def _note(tx: Tx, node: str, instance: str, types: tuple[str, ...]) -> None:
    """Note that a node asks for tasks. Another process that has its name keeps it while it is heard."""
    known = executors.by_name(tx, node)
    if known is not None and instance and known.instance not in {"", instance}:
        if known.seen_at > tx.now - executors.GONE:
            raise Refused("node_replaced", node=node)
    elif (
        known is not None
        and known.seen_at > tx.now - executors.NOTED_EVERY
        and known.types == ",".join(types)
    ):
        return
    executors.note(tx, node, instance=instance, types=types)


def _compare(tx: Tx, node: str, params: ClaimTasks) -> list[Held]:
    """Return what a node runs and no longer has; hand back what it was given and never heard of."""
    if not params.running and not params.instance:
        return []
    held = {(task.id, task.attempt): task for task in tasks.held_by(tx, node, lock=False)}
    known = {(each.task, each.attempt) for each in params.running}
    if params.instance:
        for key in held.keys() - known:
            tasks.hand_back_of(tx, *key, node=node)
    return [each for each in params.running if (each.task, each.attempt) not in held]


@methods.method(callers=NODES, params=Heartbeat, result=Beat)
def heartbeat(tx: Tx, caller: Caller, params: Heartbeat) -> Beat:
    """Renew the lease of a task, and keep what came of it so far for those who look at it.

    Errors: ``bad_request`` (``results``) for more results than it has actions.
    """
    progress = None
    if params.results is not None:
        if len(params.results) > tx.settings.limits.max_actions:
            raise bad_field("results", "count")
        progress = msgspec.json.encode(params.results).decode()
    kept = tasks.renew(
        tx,
        params.task,
        node=caller.node or "",
        attempt=params.attempt,
        lease_until=tx.now + LEASE,
        progress=progress,
    )
    task = tasks.by_id(tx, params.task) if kept else None
    if task is not None and task.im is not None:
        tx.trace = task.trace
        so_far = params.results
        tell_progress(tx, task, decode_results(task.progress) if so_far is None else so_far)
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
    actions = decode_actions(task.actions)
    if len(params.results) != len(actions):
        raise bad_field("results", "count")
    good = all(result.status == "succeeded" for result in params.results)
    tx.trace = task.trace
    end(tx, task, status=tasks.SUCCEEDED if good else tasks.FAILED, results=params.results)
    executed, balance = charge(tx, task, params.results)
    _send_card(tx, task, params.results, executed + START_PRICE, balance)
    return Done()


def _send_card(tx: Tx, task: Task, results: list[ActionResult], price: int, balance: int) -> None:
    user = users.by_id(tx, task.user_id)
    chat = chat_of(tx, task)
    if user is None or chat is None:
        return
    tell_end(tx, task)
    text, choices = result_card(tx, user, task, results, price=price, balance=balance)
    taken = shots.of_task(tx, task.id)
    image = shot_url(task.id, taken[-1].number) if taken else None
    say(tx, evolve(chat, reply_to=task.reply_to), text, choices=choices, image=image)


async def _keep(toolbox: Toolbox, caller: Caller, params: PutShot) -> Kept:
    """Look at a screenshot and write it down, where the node still has the task."""
    now, name = await toolbox.database.read(_shot_name, caller, params)
    return await toolbox.shots.keep(name, params.jpeg, now=now)


def _shot_name(tx: Tx, caller: Caller, params: PutShot) -> tuple[int, str]:
    """Return the time, and a name for a file that nobody guesses."""
    _held(tasks.by_id(tx, params.task), caller, params)
    most = len(MOMENTS) * tx.settings.limits.max_actions
    if not 1 <= params.number <= most:
        raise bad_field("number", "range", least=1, most=most)
    return tx.now, f"{params.task}-{params.attempt}-{params.number}-{tx.chance.hex()}"


def _held(task: Task | None, caller: Caller, params: PutShot) -> None:
    """Refuse (``unknown_task``) what belongs to no task of the node."""
    if (
        task is None
        or task.status not in tasks.CLAIMED
        or (task.node, task.attempt) != (caller.node, params.attempt)
    ):
        raise Refused("unknown_task")


@methods.method(callers=NODES, params=PutShot, prepare=_keep)
def put_shot(tx: Tx, caller: Caller, params: PutShot, kept: Kept) -> Done:
    """Keep a screenshot of a task that the node runs; one with its number is replaced.

    Errors: ``unknown_task`` where the node no longer has it, ``bad_request`` (``number``, ``jpeg``).
    """
    _held(tasks.locked(tx, params.task), caller, params)
    made = Shot(number=params.number, file=kept.file, width=kept.width, height=kept.height)
    shots.put(tx, params.task, made)
    tx.tell(tasks.CHANGED, params.task)
    return Done()


@methods.method(callers=NODES, params=RecoverTasks, result=Recovered)
def recover_tasks(tx: Tx, caller: Caller, params: RecoverTasks) -> Recovered:
    """Take tasks from nodes that were lost: they wait again, or fail after the last attempt.

    A task that fails this way, or because nobody came for it, costs nothing: its start is given back.
    """
    node = caller.node or ""
    held = tasks.held_by(tx, node) if params.restarted or params.stopping else []
    known = executors.by_name(tx, node) if params.instance else None
    if params.stopping:
        if known is not None and known.instance not in {"", params.instance}:
            return Recovered(again=0, failed=0)  # what it had is another process's now
        if known is not None:
            executors.leave(tx, node)
        for task in held:
            tasks.hand_back(tx, task.id, counted=False)
            tx.tell(tasks.TOPIC, task.type)
        return Recovered(again=len(held), failed=0)
    if params.restarted and params.instance:
        types = tuple(known.types.split(",")) if known and known.types else ()
        executors.note(tx, node, instance=params.instance, types=types)
    if params.returned:
        executors.expect(tx)
    lost = tasks.lost(tx, limit=MANY)
    lost += [task for task in held if task.id not in {x.id for x in lost}]
    failed = 0
    for task in lost:
        shots.forget(tx, task.id)
        if task.attempt < ATTEMPTS:
            tasks.hand_back(tx, task.id)
            tx.tell(tasks.TOPIC, task.type)
            continue
        failed += 1
        _give_up(tx, task, "node_lost")
    again = len(lost) - failed
    for task in _unclaimed(tx) if params.unclaimed else ():
        failed += 1
        _give_up(tx, task, "no_node")
    return Recovered(again=again, failed=failed)


def _unclaimed(tx: Tx) -> list[Task]:
    """Return tasks that waited for as long as a silent node counts as living, and nobody runs them."""
    missing = PARENTS.keys() - (executors.living_types(tx) or frozenset())
    return tasks.unclaimed(tx, missing, before=tx.now - executors.ALIVE, limit=MANY)


def _give_up(tx: Tx, task: Task, reason: str) -> None:
    tx.trace = task.trace
    results = [ActionResult(status="skipped", reason=reason)] * task.steps
    end(tx, task, status=tasks.FAILED, results=results)
    balance = give_back(tx, task, reason=reason)
    _send_card(tx, task, results, 0, balance)
