"""The card that tells what came of a task."""

from typing import Final

import msgspec

from awt.api.outgoing import span
from awt.db import shots, tasks
from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.db.users import User
from awt.model import steps
from awt.model.actions import Action, ActionResult, Open, Text, plain
from awt.model.messages import Choice
from awt.model.moments import step_of
from awt.model.names import clean_text
from awt.model.task_types import DEFAULT
from awt.ports import Texts

STEP: Final = 120
"""How much of a step a card shows, in characters."""
CHECK: Final = 2
"""Most actions of a simple check of a page."""


def result_card(
    tx: Tx, user: User, task: Task, results: list[ActionResult], *, price: int, balance: int
) -> tuple[str, tuple[Choice, ...]]:
    """Return the text and the next steps of a finished task: verdict, reason, page, time, price."""
    said = tx.texts
    lang = user.lang
    good = all(result.status == "succeeded" for result in results)
    actions = msgspec.json.decode(task.actions, type=tuple[Action, ...])
    lines = [said(lang, "card-good" if good else "card-bad", name=task.name)]
    if task.test_id is None and is_check(actions):
        lines += _page(tx, lang, task, results)
    else:
        lines += _steps(tx, lang, task, actions, results)
    milliseconds = sum(result.ms for result in results)
    if any(result.status != "skipped" for result in results):
        lines.append(said(lang, "card-time", ms=milliseconds))
    lines.append(said(lang, "card-price", price=price, balance=balance))
    # Titles come from the tested site.
    return clean_text("\n".join(lines)), _next(tx, lang, task, actions, results)


def is_check(actions: tuple[Action, ...]) -> bool:
    """Tell whether actions are a simple check: a page, and perhaps a text on it."""
    return (
        len(actions) <= CHECK
        and isinstance(actions[0], Open)
        and all(isinstance(action, Text) for action in actions[1:])
    )


def _page(tx: Tx, lang: str, task: Task, results: list[ActionResult]) -> list[str]:
    """Return the lines of a simple check."""
    said = tx.texts
    lines = list(dict.fromkeys(line for result in results if (line := reason(tx, lang, result))))
    opened = results[0].data if results else {}
    if "status" in opened:
        lines.append(said(lang, "card-status", status=str(opened["status"])))
    if opened.get("title"):
        lines.append(said(lang, "card-title", title=str(opened["title"])))
    if "url" in opened and opened["url"] != task.name:
        lines.append(said(lang, "card-url", url=str(opened["url"])))
    if len(results) > 1 and results[1].status == "succeeded":
        lines.append(said(lang, "card-text-found"))
    if len(results) > 1 and results[1].reason == "text_missing":
        lines.append(said(lang, "card-text-missing"))
    return lines


def _steps(
    tx: Tx,
    lang: str,
    task: Task,
    actions: tuple[Action, ...],
    results: list[ActionResult],
) -> list[str]:
    """Return the lines of a test: the step that failed and why, how often, where."""
    said = tx.texts
    lines = []
    if all(result.status == "succeeded" for result in results):
        lines.append(said(lang, "card-steps-good", count=len(results)))
        if task.test_id is not None and _failed_before(tx, task.test_id, task.id):
            lines.append(said(lang, "card-fixed"))
    for number, (action, result) in enumerate(zip(actions, results, strict=True), 1):
        if result.status == "failed":
            step = plain(steps.write([action]), STEP)
            lines += [
                said(lang, "card-step", number=number, count=len(results), step=step),
                why(tx, lang, result),
            ]
    if not lines:  # no step was begun
        lines += list(dict.fromkeys(why(tx, lang, result) for result in results if result.reason))
    if task.test_id is not None:
        times, since = tasks.failures(tx, task.test_id, upto=task.id)
        if times > 1 and since is not None:
            left = span(tx, lang, tx.now - since)
            lines.append(said(lang, "card-streak", times=times, span=left))
    if task.node:
        lines.append(said(lang, "card-node", node=task.node, type=task.type))
    lines += _shots(tx, lang, task, results)
    lines.append(said(lang, "card-link", link=f"{tx.settings.site_url}/tasks/{task.id}"))
    return [line for line in lines if line]


def _shots(tx: Tx, lang: str, task: Task, results: list[ActionResult]) -> list[str]:
    """Return how many screenshots there are, and how many there should have been."""
    taken = len(shots.of_task(tx, task.id))
    lost = sum(n for each in results if isinstance(n := each.data.get("shots_lost"), int))
    lines = [tx.texts(lang, "card-shots", count=taken)] if taken else []
    return [*lines, tx.texts(lang, "card-shots-lost", count=lost)] if lost else lines


def _failed_before(tx: Tx, test_id: int, before: int) -> bool:
    """Tell whether the run of a test before another one failed."""
    found = tasks.of_test(tx, test_id, limit=1, before=before)
    return bool(found) and found[0].status == tasks.FAILED


def _next(
    tx: Tx, lang: str, task: Task, actions: tuple[Action, ...], results: list[ActionResult]
) -> tuple[Choice, ...]:
    again = again_command(task, actions)
    found = [Choice(tx.texts(lang, "choice-again"), again)] if again else []
    taken = shots.of_task(tx, task.id)
    if taken:
        last = f"#shot {task.id} {step_of(taken[-1].number)}"
        found.append(Choice(tx.texts(lang, "choice-shot"), last))
    if any(result.status == "failed" for result in results) and task.test_id is not None:
        found.append(Choice(tx.texts(lang, "choice-steps"), f"#steps {task.test_id}"))
    return (*found, Choice(tx.texts(lang, "choice-balance"), "#balance"))


def reason(tx: Tx, lang: str, result: ActionResult) -> str:
    """Return why an action did not succeed, in words; empty when it did, or was only skipped."""
    if result.reason == "text_missing":
        return ""
    return why(tx, lang, result)


def why(tx: Tx, lang: str, result: ActionResult) -> str:
    """Return why an action did not succeed, also where a text was missing."""
    return why_in(tx.texts, lang, result)


def why_in(texts: Texts, lang: str, result: ActionResult) -> str:
    """Return `why`, of a catalogue."""
    if not result.reason:
        return ""
    if result.reason == "text_missing":
        return texts(lang, "card-text-missing")
    key = "card-reason-" + result.reason.replace("_", "-")
    if not texts.has(lang, key):
        key = "card-reason-other"
    return texts(lang, key, detail=result.detail, reason=result.reason)


def again_command(task: Task, actions: tuple[Action, ...]) -> str:
    """Return the command that runs a test or a check once more, empty where there is none."""
    if task.test_id is not None:
        return f"#run {task.test_id}" + ("" if task.type == DEFAULT else f" {task.type}")
    if not is_check(actions):
        return ""
    text = f' "{actions[1].data}"' if len(actions) > 1 else ""
    return f"#check {task.name}{text}"
