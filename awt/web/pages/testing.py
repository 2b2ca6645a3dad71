"""Tests and their runs: the list, the editor, the report with its pictures."""

from typing import Any, Final

import msgspec

from awt.api.card import why
from awt.api.runs import SHARE_DAYS, START_PRICE, TaskView
from awt.api.tests import TestView
from awt.db import shots, tasks
from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model import steps
from awt.model.actions import Action
from awt.model.task_types import DEFAULT, HTTP
from awt.web.site import Asked, Site

LISTED: Final = 100
"""Tests on one page."""
RUNS: Final = 10
"""Latest runs of a test on its page."""
EXAMPLE: Final = "open https://example.com/\ntitle Example\n"
"""What a new test begins with."""
PAGES: Final = 10**15
"""No number of a row is as long."""


class TestPages:
    """Pages of tests."""

    __test__ = False

    def __init__(self, site: Site) -> None:
        self._site = site

    async def _call(self, asked: Asked, method: str, **values: Any) -> Any:
        return await self._site.api.call(method, asked.caller, values)

    async def _types(self, asked: Asked) -> list[str]:
        """Return the types that can be asked for, any browser first."""
        living: list[str] = (await self._call(asked, "ListTypes")).living
        first = [name for name in (DEFAULT, HTTP) if name in living]
        return [*first, *(name for name in living if name not in first)]

    async def list(self, asked: Asked, **values: Any) -> bytes:
        """Show all tests, groups, and what can be restored."""
        found = (await self._call(asked, "ListTests", limit=LISTED)).tests
        gone = (await self._call(asked, "ListTests", limit=LISTED, deleted=True)).tests
        last = await self._site.database.read(_last_runs, [test.id for test in found])
        return self._site.render(
            asked,
            "tests.html",
            tests=[{"test": test, "last": last.get(test.id)} for test in found],
            groups=(await self._call(asked, "ListGroups")).groups,
            deleted=gone,
            types=await self._types(asked),
            purge_days=self._site.settings.purge.purge_days,
            path="/tests",
            **values,
        )

    async def new(self, asked: Asked, **values: Any) -> bytes:
        """Show the editor with an example."""
        shown = {"id": None, "name": "", "text": EXAMPLE} | values.pop("test", {})
        return await self._editor(asked, shown, path="/tests/new", **values)

    async def edit(self, asked: Asked, number: int, **values: Any) -> bytes:
        """Show the editor of a test, with its latest runs."""
        found: TestView = await self._call(asked, "GetTest", id=_row(number))
        shown = msgspec.structs.asdict(found) | values.pop("test", {})
        page = (await self._call(asked, "ListTasks", test=number, limit=RUNS)).tasks
        return await self._editor(asked, shown, runs=page, path=f"/tests/{number}", **values)

    async def _editor(self, asked: Asked, test: dict[str, Any], **values: Any) -> bytes:
        return self._site.render(
            asked,
            "test.html",
            test=test,
            types=await self._types(asked),
            known=steps.TYPES,
            regions=steps.ways(self._site.settings.regions),
            start_price=START_PRICE,
            **values,
        )

    async def create(self, asked: Asked) -> bytes:
        """Save a new test."""
        typed = {"name": asked.field("name"), "text": asked.field("text")}
        try:
            made: TestView = await self._call(asked, "SaveTest", **_given(typed))
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.new(asked, test=typed, error=error, status=refused.status)
        return await self._saved(asked, made.id)

    async def change(self, asked: Asked, number: int) -> bytes:
        """Save a test, and run it where that was asked for."""
        typed = {"name": asked.field("name"), "text": asked.field("text")}
        try:
            await self._call(asked, "SaveTest", id=_row(number), **_given(typed))
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.edit(asked, number, test=typed, error=error, status=refused.status)
        return await self._saved(asked, number)

    async def _saved(self, asked: Asked, number: int) -> bytes:
        if asked.field("do") != "run":
            return self._site.redirect(asked, f"/tests/{number}", notice="test-saved")
        return await self.run(asked, number)

    async def run(self, asked: Asked, number: int) -> bytes:
        """Start a test and go to its report."""
        values = {"type": asked.field("type") or DEFAULT, "debug": asked.field("debug") == "yes"}
        try:
            started = await self._call(asked, "RunTest", test=_row(number), **values)
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.edit(asked, number, error=error, status=refused.status)
        return self._site.redirect(asked, f"/tasks/{started.id}")

    async def act(self, asked: Asked, number: int, action: str) -> bytes:
        """Copy, delete or restore a test."""
        method = {"copy": "CopyTest", "delete": "DeleteTest", "restore": "RestoreTest"}.get(action)
        if method is None:
            raise Refused("unknown_page")
        try:
            done = await self._call(asked, method, id=_row(number))
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.list(asked, error=error, status=refused.status)
        where = f"/tests/{done.id}" if action == "copy" else "/tests"
        return self._site.redirect(asked, where, notice=f"test-{action}")

    async def export(self, asked: Asked, number: int) -> bytes:
        """Return a test as a file of JSON, which the editor and `SaveTest` take."""
        found: TestView = await self._call(asked, "GetTest", id=_row(number))
        asked.request.setHeader("Content-Type", "application/json")
        name = f'attachment; filename="test-{found.id}.json"'
        asked.request.setHeader("Content-Disposition", name)
        body = {"name": found.name, "actions": found.actions}
        return msgspec.json.format(msgspec.json.encode(body), indent=2)

    async def import_(self, asked: Asked) -> bytes:
        """Make tests of JSON: one as it was exported, or a list of such."""
        try:
            found = msgspec.json.decode(asked.field("json"), type=list[_Import] | _Import)
        except (msgspec.DecodeError, UnicodeError):
            refused = bad_field("json", "json")
            error = self._site.error(asked, refused)
            form = {"json": asked.field("json")}
            return await self.list(asked, error=error, form=form, status=refused.status)
        for each in found if isinstance(found, list) else [found]:
            try:
                actions = msgspec.to_builtins(each.actions)
                await self._call(asked, "SaveTest", name=each.name, actions=actions)
            except Refused as refused:
                error = self._site.error(asked, refused)
                form = {"json": asked.field("json")}
                return await self.list(asked, error=error, form=form, status=refused.status)
        return self._site.redirect(asked, "/tests", notice="test-import")

    async def save_group(self, asked: Asked) -> bytes:
        """Make a group of the ticked tests."""
        args: dict[bytes, list[bytes]] = asked.request.args or {}
        ticked = [int(each) for each in args.get(b"test", []) if each.isdigit() and len(each) < 16]  # noqa: PLR2004
        type_ = asked.field("type") or DEFAULT
        members = [{"test": test, "type": type_} for test in ticked]
        try:
            await self._call(asked, "SaveGroup", name=asked.field("name"), members=members)
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.list(asked, error=error, status=refused.status)
        return self._site.redirect(asked, "/tests#groups", notice="group-saved")

    async def act_group(self, asked: Asked, number: int, action: str) -> bytes:
        """Run or delete a group."""
        try:
            if action == "run":
                await self._call(asked, "RunTest", group=_row(number))
                return self._site.redirect(asked, "/tests", notice="group-run")
            if action == "delete":
                await self._call(asked, "DeleteGroup", id=_row(number))
                return self._site.redirect(asked, "/tests#groups", notice="group-delete")
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.list(asked, error=error, status=refused.status)
        raise Refused("unknown_page")


class _Import(msgspec.Struct):
    name: str
    actions: list[Action]


def _given(typed: dict[str, str]) -> dict[str, Any]:
    """Return the values of the editor's form; steps may be JSON too."""
    text = typed["text"]
    if text.lstrip().startswith(("[", "{")):
        try:
            found = msgspec.json.decode(text, type=list[Action] | _Import)
        except (msgspec.DecodeError, UnicodeError):
            return typed
        actions = found.actions if isinstance(found, _Import) else found
        return {"name": typed["name"], "actions": msgspec.to_builtins(actions)}
    return typed


def _row(number: int) -> int:
    """Return a number of a row; one that no row has is as good as another."""
    return min(number, PAGES)


def _last_runs(tx: Tx, numbers: list[int]) -> dict[int, Task]:
    found = {number: tasks.of_test(tx, number, limit=1) for number in numbers}
    return {number: runs[0] for number, runs in found.items() if runs}


class RunPages:
    """Pages of runs."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def _call(self, asked: Asked, method: str, **values: Any) -> Any:
        return await self._site.api.call(method, asked.caller, values)

    async def report(self, asked: Asked, number: int, **values: Any) -> bytes:
        """Show a run to its owner, live while it lasts."""
        task: TaskView = await self._call(asked, "GetTask", id=_row(number))
        facts = await self._site.database.read(_facts, asked.lang, task)
        green = None
        if facts["green"] is not None and asked.field("compare"):
            green = await self._call(asked, "GetTask", id=facts["green"])
        return self._site.render(
            asked,
            "task.html",
            task=task,
            green_id=facts["green"],
            failures=facts["failures"],
            failing_since=facts["since"],
            rows=_rows(task, facts["reasons"], green),
            green=green,
            living=task.finished_at is None,
            owner=True,
            root=f"/tasks/{number}",
            share_days=SHARE_DAYS,
            path=f"/tasks/{number}",
            **values,
        )

    async def shared(self, asked: Asked, token: str) -> bytes:
        """Show a run to whoever has its link."""
        task: TaskView = await self._call(asked, "GetShared", token=token)
        facts = await self._site.database.read(_facts, asked.lang, task)
        return self._site.render(
            asked,
            "task.html",
            task=task,
            rows=_rows(task, facts["reasons"], None),
            living=False,
            owner=False,
            root=f"/shared/{token}",
        )

    async def cancel(self, asked: Asked, number: int) -> bytes:
        """Cancel a run."""
        try:
            await self._call(asked, "CancelTask", id=_row(number))
        except Refused as refused:
            if refused.code != "task_over":
                raise
        return self._site.redirect(asked, f"/tasks/{number}")

    async def share(self, asked: Asked, number: int) -> bytes:
        """Make a link to a run and show it once."""
        days = asked.field("days")
        wanted = int(days) if days.isdigit() and len(days) < 4 else 0  # noqa: PLR2004
        try:
            share = await self._call(asked, "ShareTask", id=_row(number), days=wanted)
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.report(asked, number, error=error, status=refused.status)
        return await self.report(asked, number, share=share)

    async def shot(self, asked: Asked, number: int, shot: int) -> bytes:
        """Return a screenshot to the owner of its run."""
        task: TaskView = await self._call(asked, "GetTask", id=_row(number))
        return await self._picture(asked, task.id, shot)

    async def shared_shot(self, asked: Asked, token: str, shot: int) -> bytes:
        """Return a screenshot to whoever has the link to its run."""
        task: TaskView = await self._call(asked, "GetShared", token=token)
        return await self._picture(asked, task.id, shot)

    async def _picture(self, asked: Asked, task: int, number: int) -> bytes:
        file = await self._site.database.read(_file, task, number)
        body = await self._site.resources.shots.read(file) if file else None
        if body is None:
            raise Refused("unknown_page")
        asked.request.setHeader("Content-Type", "image/jpeg")
        asked.request.setHeader("Cache-Control", "private, max-age=3600")
        return body


def _file(tx: Tx, task: int, number: int) -> str | None:
    return next((s.file for s in shots.of_task(tx, task) if s.number == number), None)


def _facts(tx: Tx, lang: str, task: TaskView) -> dict[str, Any]:
    """Return what a report says besides the run itself."""
    green = tasks.last_green(tx, task.test, before=task.id) if task.test is not None else None
    times, since = (
        tasks.failures(tx, task.test, upto=task.id) if task.test is not None else (0, None)
    )
    return {
        "reasons": [why(tx, lang, result) for result in task.results],
        "green": green.id if green else None,
        "failures": times if task.status == tasks.FAILED else 0,
        "since": since,
    }


def _rows(task: TaskView, reasons: list[str], green: TaskView | None) -> list[dict[str, Any]]:
    """Return the steps of a run with what came of each, and what it was when all was well."""
    rows = []
    for number, action in enumerate(task.actions, 1):
        result = task.results[number - 1] if number <= len(task.results) else None
        rows.append(
            {
                "number": number,
                "text": steps.write([action]).rstrip("\n"),
                "result": result,
                "reason": reasons[number - 1] if number <= len(reasons) else "",
                "shots": [shot for shot in task.shots if shot.step == number],
                "green": _step_of(green, number),
            }
        )
    return rows


def _step_of(green: TaskView | None, number: int) -> dict[str, Any] | None:
    if green is None or number > len(green.actions):
        return None
    return {
        "text": steps.write([green.actions[number - 1]]).rstrip("\n"),
        "result": green.results[number - 1] if number <= len(green.results) else None,
        "shots": [shot for shot in green.shots if shot.step == number],
    }
