"""``#cancel [RUN]``: a run ends at once; without a number the latest one."""

from awt.api.runs import TaskId, cancel_task
from awt.chat.ask import latest, number
from awt.chat.talk import Command, Reply, Talk
from awt.errors import Refused


def _run(talk: Talk, rest: str) -> Reply:
    wanted = number(rest.strip()) if rest.strip() else latest(talk)
    if wanted is None:
        raise Refused("unknown_task")
    task = cancel_task(talk.tx, talk.caller, TaskId(id=wanted))
    return Reply(
        talk.t("cancel-done", number=task.id, name=task.name),
        (talk.choice("tests"), talk.choice("balance")),
    )


CANCEL = Command(name="cancel", service="webtest", run=_run)
