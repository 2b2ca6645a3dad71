"""``#shot [RUN [STEP]]``: a screenshot, by default the last one of the latest run.

The chat of the site shows it; elsewhere there is a link to it that works for a day.
"""

from awt.api.runs import ShareTask, TaskId, get_task, share_task
from awt.chat.ask import latest, number
from awt.chat.talk import Command, Reply, Talk
from awt.errors import Refused
from awt.model.speech import first_word

DAYS = 1
"""How long the link works."""


def _run(talk: Talk, rest: str) -> Reply:
    word, more = first_word(rest)
    wanted = number(word) if word else latest(talk)
    if wanted is None:
        raise Refused("unknown_task")
    task = get_task(talk.tx, talk.caller, TaskId(id=wanted))
    step = number(more)
    found = [shot for shot in task.shots if step is None or shot.step == step]
    if not found:
        return Reply(talk.t("shot-none", number=task.id), (talk.choice("tests"),))
    shot = found[-1]
    others = sorted({each.step for each in task.shots} - {shot.step})
    choices = tuple(
        talk.choice("shot-step", f"#shot {task.id} {each}", step=each) for each in others[:10]
    )
    if talk.im == "webchat":  # whoever reads it there is signed in
        return Reply(talk.t("shot-here", number=task.id, step=shot.step), choices, image=shot.url)
    share = share_task(talk.tx, talk.caller, ShareTask(id=task.id, days=DAYS))
    link = f"{share.url}/shots/{shot.number}"
    return Reply(talk.t("shot-link", number=task.id, step=shot.step, link=link), choices)


SHOT = Command(name="shot", service="webtest", run=_run)
