"""Tests and groups of an account: written, checked, copied, deleted, restored."""

from typing import Any, Final

import msgspec

from awt.api.account import Page, page_size
from awt.api.caller import ANYONE, USERS, Caller
from awt.api.history import note
from awt.api.registry import Done, Methods, Params
from awt.db import executors, tests, users
from awt.db.tests import Group, Test
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model import steps
from awt.model.actions import Action
from awt.model.names import clean_text
from awt.model.steps import BadSteps, Problem
from awt.model.task_types import DEFAULT, PARENTS
from awt.model.times import iso, iso_or_none

__test__ = False  # nothing that pytest should collect
methods = Methods()

NAME_MAX: Final = 80
"""Longest name of a test or a group, in characters."""
TEXT_MAX: Final = 200_000
"""Longest text of steps, in characters; a hundred long steps have less."""
GROUPS: Final = 100
"""Most groups of an account."""
MEMBERS: Final = 50
"""Most tests of a group."""

_ACTIONS = msgspec.json.Decoder(tuple[Action, ...])


class SaveTest(Params, frozen=True):
    """A test: new without ``id``, else that one is changed, in what is given.

    The steps are ``text`` (an action a line) or ``actions``; a new test needs one of the two.
    """

    id: int | None = None
    name: str | None = None
    text: str | None = None
    actions: list[Action] | None = None


class CheckTest(Params, frozen=True):
    """Steps that are being written: ``text``, or ``actions``."""

    text: str | None = None
    actions: list[Action] | None = None


class ProblemView(msgspec.Struct, frozen=True):
    """What is wrong at a line and a column, both from 1; ``message`` says it in the caller's language."""

    line: int
    column: int
    code: str
    message: str


class Checked(msgspec.Struct, frozen=True):
    """What steps are: both forms where they can be saved, else what is wrong with them."""

    actions: list[Action]
    text: str
    problems: list[ProblemView]


class TestId(Params, frozen=True):
    """A test."""

    __test__ = False
    id: int


class CopyTest(Params, frozen=True):
    """A test, and what the copy is called; its name with a mark without that."""

    id: int
    name: str | None = None


class TestList(Params, frozen=True):
    """A page of tests; ``deleted``: those that can still be restored."""

    __test__ = False
    deleted: bool = False
    limit: int = 20
    before: int | None = None


class TestView(msgspec.Struct, frozen=True):
    """A test. ``text`` and ``actions`` are the same steps; ``deleted_at`` is null while it lives."""

    __test__ = False
    id: int
    name: str
    text: str
    actions: list[Action]
    created_at: str
    changed_at: str
    deleted_at: str | None


class Tests(msgspec.Struct, frozen=True):
    """Tests, the newest first."""

    tests: list[TestView]


class Member(msgspec.Struct, frozen=True):
    """A test of a group and the type of node that runs it."""

    test: int
    type: str = DEFAULT


class SaveGroup(Params, frozen=True):
    """A group: new without ``id``, else that one is changed, in what is given."""

    id: int | None = None
    name: str | None = None
    members: list[Member] | None = None


class GroupId(Params, frozen=True):
    """A group."""

    id: int


class MemberView(msgspec.Struct, frozen=True):
    """A test of a group, with its name."""

    test: int
    name: str
    type: str


class GroupView(msgspec.Struct, frozen=True):
    """A group of tests that are run together. Deleted tests are left out until they are restored."""

    id: int
    name: str
    members: list[MemberView]
    created_at: str
    changed_at: str


class Groups(msgspec.Struct, frozen=True):
    """Groups, the newest first."""

    groups: list[GroupView]


class Types(msgspec.Struct, frozen=True):
    """Every type of node with its parent, and those that a node runs now."""

    parents: dict[str, str | None]
    living: list[str]


def refuse_steps(tx: Tx, error: BadSteps, *, field: str = "text") -> Refused:
    """Return the refusal of steps: the first problem, with its line and column."""
    first = error.problems[0]
    name = first.field or field
    return bad_field(name, first.code, **place_of(tx, first))


def place_of(tx: Tx, problem: Problem) -> dict[str, Any]:
    """Return the values of the message of a problem."""
    return {
        "line": problem.line,
        "column": problem.column,
        "near": problem.near,
        "most": tx.settings.limits.max_actions,
        "types": ", ".join(steps.TYPES),
        "regions": ", ".join(steps.ways(tx.settings.regions)),
    }


def read_steps(tx: Tx, text: str | None, actions: list[Action] | None) -> tuple[Action, ...]:
    """Return the steps of a request. Errors: `BadSteps`; ``bad_request`` where there are none or both."""
    if (text is None) == (actions is None):
        raise bad_field("text", "missing" if text is None else "both")
    most, regions = tx.settings.limits.max_actions, tx.settings.regions
    if actions is not None:
        return steps.check(actions, most=most, regions=regions)
    assert text is not None
    if len(text) > TEXT_MAX:
        raise bad_field("text", "long", most=TEXT_MAX)
    return steps.parse(text, most=most, regions=regions)


def clean_name(name: str) -> str:
    """Return the name of a test or a group. Errors: ``bad_request`` (``name``)."""
    found = " ".join(clean_text(name).split())
    if not found:
        raise bad_field("name", "empty")
    if len(found) > NAME_MAX:
        raise bad_field("name", "long", most=NAME_MAX)
    return found


@methods.method(callers=USERS, params=SaveTest, result=TestView, repeatable=True)
def save_test(tx: Tx, caller: Caller, params: SaveTest) -> TestView:
    """Save a test, a new one or an old one.

    Errors: ``bad_request`` (``name``, ``text``, ``actions``; with ``line`` and ``column`` of what is
    wrong in the steps), ``unknown_test``, ``too_many_tests``.
    """
    old = None if params.id is None else own_test(tx, caller, params.id)
    if old is None and params.name is None:
        raise bad_field("name", "missing")
    name = old.name if old and params.name is None else clean_name(params.name or "")
    if old is not None and params.text is None and params.actions is None:
        kept = old.actions
    else:
        try:
            given = read_steps(tx, params.text, params.actions)
        except BadSteps as error:
            raise refuse_steps(tx, error) from None
        kept = msgspec.json.encode(given).decode()
    if old is not None:
        tests.change(tx, old.id, name=name, actions=kept)
        _note_change(tx, caller, old, own_test(tx, caller, old.id))
        return _view(own_test(tx, caller, old.id))
    return _create(tx, caller, name, kept)


def _note_change(tx: Tx, caller: Caller, old: Test, new: Test) -> None:
    """Note a change by name and number of steps: passwords may stand in these."""
    if (old.name, old.actions) == (new.name, new.actions):
        return
    before, after = (f"{each.id} {each.name} ({len(actions_of(each))})" for each in (old, new))
    note(tx, caller, "test", old=before if before != after else None, new=after)


def _create(tx: Tx, caller: Caller, name: str, actions: str) -> TestView:
    users.locked(tx, caller.user)  # so that twins do not pass the limit together
    most = tx.settings.limits.max_tests
    if tests.count(tx, caller.user, deleted=False) >= most:
        raise Refused("too_many_tests", most=most)
    made = tests.create(tx, caller.user, name=name, actions=actions)
    note(tx, caller, "test", new=f"{made} {name}")
    return _view(own_test(tx, caller, made))


@methods.method(callers=USERS, params=CheckTest, result=Checked, read_only=True)
def check_test(tx: Tx, caller: Caller, params: CheckTest) -> Checked:
    """Look at steps without saving them: what is wrong where, and both of their forms.

    Errors: ``bad_request`` where neither ``text`` nor ``actions`` is given, or both.
    """
    try:
        found = read_steps(tx, params.text, params.actions)
    except BadSteps as error:
        problems = [
            ProblemView(
                line=problem.line,
                column=problem.column,
                code=problem.code,
                message=tx.texts(
                    caller.lang,
                    "error-field-" + problem.code.replace("_", "-"),
                    **place_of(tx, problem),
                ),
            )
            for problem in error.problems
        ]
        return Checked(actions=[], text="", problems=problems)
    return Checked(actions=list(found), text=steps.write(found), problems=[])


@methods.method(callers=USERS, params=TestId, result=TestView, read_only=True)
def get_test(tx: Tx, caller: Caller, params: TestId) -> TestView:
    """Show a test, also a deleted one, in both forms: this is its export too. Errors: ``unknown_test``."""
    found = tests.by_id(tx, params.id)
    if found is None or found.user_id != caller.user:
        raise Refused("unknown_test")
    return _view(found)


@methods.method(callers=USERS, params=TestList, result=Tests, read_only=True)
def list_tests(tx: Tx, caller: Caller, params: TestList) -> Tests:
    """List the tests of the account, the newest first. Errors: ``bad_request`` (``limit``)."""
    size = page_size(Page(limit=params.limit))
    found = tests.of_user(tx, caller.user, limit=size, before=params.before, deleted=params.deleted)
    return Tests([_view(test) for test in found])


@methods.method(callers=USERS, params=CopyTest, result=TestView, repeatable=True)
def copy_test(tx: Tx, caller: Caller, params: CopyTest) -> TestView:
    """Copy a test. Errors: ``unknown_test``, ``bad_request`` (``name``), ``too_many_tests``."""
    found = own_test(tx, caller, params.id)
    if params.name is not None:
        name = clean_name(params.name)
    else:
        mark = tx.texts(caller.lang, "test-copy")
        name = f"{found.name[: NAME_MAX - len(mark) - 1]} {mark}"
    return _create(tx, caller, name, found.actions)


@methods.method(callers=USERS, params=TestId)
def delete_test(tx: Tx, caller: Caller, params: TestId) -> Done:
    """Mark a test as deleted; it can be restored until it is purged.

    Errors: ``unknown_test``, ``too_many_tests`` where too many wait for the purge.
    """
    found = own_test(tx, caller, params.id)
    most = tx.settings.limits.max_tests
    if tests.count(tx, caller.user, deleted=True) >= most:
        raise Refused("too_many_tests", most=most)
    tests.mark(tx, found.id, deleted=True)
    note(tx, caller, "test_deleted", old=f"{found.id} {found.name}")
    return Done()


@methods.method(callers=USERS, params=TestId, result=TestView)
def restore_test(tx: Tx, caller: Caller, params: TestId) -> TestView:
    """Restore a deleted test. Errors: ``unknown_test``, ``too_many_tests``."""
    users.locked(tx, caller.user)
    found = tests.by_id(tx, params.id)
    if found is None or found.user_id != caller.user:
        raise Refused("unknown_test")
    if found.deleted_at is not None:
        most = tx.settings.limits.max_tests
        if tests.count(tx, caller.user, deleted=False) >= most:
            raise Refused("too_many_tests", most=most)
        tests.mark(tx, found.id, deleted=False)
        note(tx, caller, "test_restored", new=f"{found.id} {found.name}")
    return _view(own_test(tx, caller, found.id))


def own_test(tx: Tx, caller: Caller, test_id: int) -> Test:
    """Return a living test of the caller. Errors: ``unknown_test``."""
    found = tests.by_id(tx, test_id)
    if found is None or found.user_id != caller.user or found.deleted_at is not None:
        raise Refused("unknown_test")
    return found


def actions_of(test: Test) -> tuple[Action, ...]:
    """Return the steps of a test."""
    return _ACTIONS.decode(test.actions)


def _view(test: Test) -> TestView:
    actions = actions_of(test)
    return TestView(
        id=test.id,
        name=test.name,
        text=steps.write(actions),
        actions=list(actions),
        created_at=iso(test.created_at),
        changed_at=iso(test.changed_at),
        deleted_at=iso_or_none(test.deleted_at),
    )


@methods.method(callers=ANYONE, result=Types, read_only=True)
def list_types(tx: Tx, _caller: Caller, _params: object) -> Types:
    """List the types of nodes: the tree, and which of them are there now."""
    living = executors.living_types(tx)
    return Types(parents=PARENTS, living=sorted(PARENTS if living is None else living))


def check_type(tx: Tx, name: str) -> str:
    """Return a type that a living node runs. Errors: ``bad_request`` (``type``), ``no_node``."""
    if name not in PARENTS:
        raise bad_field("type", "task_type", types=", ".join(PARENTS))
    living = executors.living_types(tx)
    if living is not None and name not in living:
        raise Refused("no_node", type=name, types=", ".join(sorted(living)) or "-")
    return name


@methods.method(callers=USERS, params=SaveGroup, result=GroupView, repeatable=True)
def save_group(tx: Tx, caller: Caller, params: SaveGroup) -> GroupView:
    """Save a group of tests, a new one or an old one.

    Errors: ``bad_request`` (``name``, ``members``), ``unknown_group``, ``unknown_test``,
    ``too_many_groups``, ``no_node``.
    """
    members = None
    if params.members is not None:
        if len(params.members) > MEMBERS:
            raise bad_field("members", "many")
        members = [
            (own_test(tx, caller, each.test).id, check_type(tx, each.type))
            for each in params.members
        ]
    if params.id is not None:
        found = own_group(tx, caller, params.id)
        name = found.name if params.name is None else clean_name(params.name)
        tests.change_group(tx, found.id, name=name, members=members)
        return _group(tx, own_group(tx, caller, found.id))
    if params.name is None:
        raise bad_field("name", "missing")
    name = clean_name(params.name)
    users.locked(tx, caller.user)
    if len(tests.groups_of_user(tx, caller.user)) >= GROUPS:
        raise Refused("too_many_groups", most=GROUPS)
    made = tests.create_group(tx, caller.user, name=name)
    tests.change_group(tx, made, name=name, members=members or [])
    return _group(tx, own_group(tx, caller, made))


@methods.method(callers=USERS, result=Groups, read_only=True)
def list_groups(tx: Tx, caller: Caller, _params: object) -> Groups:
    """List the groups of the account, the newest first."""
    return Groups([_group(tx, group) for group in tests.groups_of_user(tx, caller.user)])


@methods.method(callers=USERS, params=GroupId)
def delete_group(tx: Tx, caller: Caller, params: GroupId) -> Done:
    """Mark a group as deleted; its tests stay. Errors: ``unknown_group``."""
    tests.mark_group(tx, own_group(tx, caller, params.id).id, deleted=True)
    return Done()


@methods.method(callers=USERS, params=GroupId, result=GroupView)
def restore_group(tx: Tx, caller: Caller, params: GroupId) -> GroupView:
    """Restore a deleted group. Errors: ``unknown_group``, ``too_many_groups``."""
    users.locked(tx, caller.user)
    found = tests.group_by_id(tx, params.id)
    if found is None or found.user_id != caller.user:
        raise Refused("unknown_group")
    if found.deleted_at is not None:
        if len(tests.groups_of_user(tx, caller.user)) >= GROUPS:
            raise Refused("too_many_groups", most=GROUPS)
        tests.mark_group(tx, found.id, deleted=False)
    return _group(tx, own_group(tx, caller, found.id))


def own_group(tx: Tx, caller: Caller, group_id: int) -> Group:
    """Return a living group of the caller. Errors: ``unknown_group``."""
    found = tests.group_by_id(tx, group_id)
    if found is None or found.user_id != caller.user or found.deleted_at is not None:
        raise Refused("unknown_group")
    return found


def _group(tx: Tx, group: Group) -> GroupView:
    return GroupView(
        id=group.id,
        name=group.name,
        members=[
            MemberView(test=member.test_id, name=member.name, type=member.type)
            for member in tests.members(tx, group.id)
        ],
        created_at=iso(group.created_at),
        changed_at=iso(group.changed_at),
    )
