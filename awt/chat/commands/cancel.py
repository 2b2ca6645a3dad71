"""``#cancel [RUN]``: a run ends at once; without a number the latest one."""

from awt.api.runs import TaskId, cancel_task
from awt.chat.ask import number
from awt.chat.talk import Command, Reply, Talk
from awt.db import tasks
from awt.errors import Refused


def _run(talk: Talk, rest: str) -> Reply:
    wanted = number(rest.strip())
    if not rest.strip():
        latest = tasks.of_user(talk.tx, talk.account.id, limit=1)
        wanted = latest[0].id if latest else None
    if wanted is None:
        raise Refused("unknown_task")
    task = cancel_task(talk.tx, talk.caller, TaskId(id=wanted))
    return Reply(
        talk.t("cancel-done", number=task.id, name=task.name),
        (talk.choice("tests"), talk.choice("balance")),
    )


CANCEL = Command(name="cancel", service="webtest", run=_run)
