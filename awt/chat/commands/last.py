"""``#last [TEST]``: the latest runs of a test, or of all."""

from awt.api.runs import TaskPage, list_tasks
from awt.chat.ask import test_of
from awt.chat.talk import Command, Reply, Talk
from awt.model.times import MINUTE

SHOWN = 5
"""How many runs are shown."""


def _run(talk: Talk, rest: str) -> Reply:
    test = test_of(talk, rest)[0] if rest.strip() else None
    page = TaskPage(test=test.id if test else None, limit=SHOWN)
    found = list_tasks(talk.tx, talk.caller, page).tasks
    if not found:
        return Reply(talk.t("last-none"), (talk.choice("tests"),))
    lines = [talk.t("last-head")]
    choices = []
    for task in found:
        bad = next((n for n, r in enumerate(task.results, 1) if r.status == "failed"), 0)
        state = talk.t("task-state", status=task.status)
        created = talk.ago(task.created_at)
        ago = talk.span(created) if created >= MINUTE else talk.t("last-now")
        lines.append(
            talk.t("last-line", number=task.id, name=task.name, state=state, step=bad, ago=ago)
        )
        if task.shots:
            shot = f"#shot {task.id} {task.shots[-1].step}"
            choices.append(talk.choice("shot-of", shot, number=task.id))
    lines.append(talk.t("card-link", link=f"{talk.tx.settings.site_url}/tasks/{found[0].id}"))
    if test is not None:
        choices.insert(0, talk.choice("run", f"#run {test.id}", name=test.name))
    return Reply("\n".join(lines), tuple(choices))


LAST = Command(name="last", service="webtest", run=_run)
