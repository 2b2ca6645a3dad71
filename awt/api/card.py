"""The card that tells what came of a task."""

import msgspec

from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.actions import Action, ActionResult
from awt.model.messages import Choice
from awt.model.names import clean_text


def result_card(
    tx: Tx, user: User, task: Task, results: list[ActionResult], *, price: int, balance: int
) -> tuple[str, tuple[Choice, ...]]:
    """Return the text and the next steps of a finished task: verdict, reason, page, time, price."""
    said = tx.texts
    lang = user.lang
    good = all(result.status == "succeeded" for result in results)
    lines = [said(lang, "card-good" if good else "card-bad", name=task.name)]
    lines += dict.fromkeys(line for result in results if (line := reason(tx, lang, result)))
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
    milliseconds = sum(result.ms for result in results)
    if any(result.status != "skipped" for result in results):
        lines.append(said(lang, "card-time", ms=milliseconds))
    lines.append(said(lang, "card-price", price=price, balance=balance))
    again = Choice(said(lang, "choice-again"), again_command(task))
    # Titles come from the tested site.
    return clean_text("\n".join(lines)), (again, Choice(said(lang, "choice-balance"), "#balance"))


def reason(tx: Tx, lang: str, result: ActionResult) -> str:
    """Return why an action did not succeed, in words; empty when it did, or was only skipped."""
    if not result.reason or result.reason == "text_missing":
        return ""
    key = "card-reason-" + result.reason.replace("_", "-")
    if not tx.texts.has(lang, key):
        key = "card-reason-other"
    return tx.texts(lang, key, detail=result.detail, reason=result.reason)


def again_command(task: Task) -> str:
    """Return the command that runs a check once more."""
    actions = msgspec.json.decode(task.actions, type=tuple[Action, ...])
    text = f' "{actions[1].data}"' if len(actions) > 1 else ""
    return f"#check {task.name}{text}"
