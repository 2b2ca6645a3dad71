"""What a chat hears of a run while it lasts: the message that said that it began is corrected.

Where a chat can correct a message that was sent (XEP-0308), one sees a single message that grows. A
chat that cannot gets a few short ones, at greater and greater distances.
"""

from collections.abc import Sequence
from typing import Final

from awt.api.outgoing import Chat, say
from awt.db import services, tasks, users
from awt.db.tasks import Task
from awt.db.tx import Tx
from awt.model.actions import ActionResult
from awt.model.ids import stable_id
from awt.model.names import clean_text
from awt.model.status import BASE, REJECTED
from awt.model.times import SECOND

FIRST: Final = 3 * SECOND
"""How long a run lasts before it is spoken of, and the shortest time between two corrections."""
GROWTH: Final = 0.4
"""The next correction comes when a run has become longer by this part of it: 17 in the longest one."""
ALOUD: Final = (10 * SECOND, 30 * SECOND, 90 * SECOND, 270 * SECOND, 810 * SECOND)
"""How long a run lasts when a chat that cannot correct hears of it."""


def started_id(task_id: int) -> str:
    """Return the id of the message that says that a run has begun."""
    return stable_id("started", str(task_id))


def chat_of(tx: Tx, task: Task) -> Chat | None:
    """Return the chat that asked for a run; None for the site, or where its assistant was removed."""
    if task.im is None or task.address is None:
        return None
    held = services.by_name(tx, task.service or BASE)
    if held and services.im_state(tx, task.user_id, held.id, task.im) == REJECTED:
        return None
    return Chat(service=task.service or BASE, im=task.im, address=task.address)


def tell_progress(tx: Tx, task: Task, results: Sequence[ActionResult]) -> None:
    """Tell the chat how far its run is, unless it has just been told.

    Only a saved test is spoken of: what else a chat runs has two steps at most.
    """
    began = task.started_at or tx.now
    last = max(task.told_at or 0, began)
    known = last > began and task.told_steps == len(results)
    soon = tx.now - last < max(FIRST, GROWTH * (last - began))
    if task.test_id is None or known or soon:
        return
    user, chat = users.by_id(tx, task.user_id), chat_of(tx, task)
    if user is None or chat is None:
        return
    text = tx.texts(
        user.lang,
        "run-progress",
        name=task.name,
        number=task.id,
        done=len(results),
        count=task.steps,
        failed=sum(result.status == "failed" for result in results),
        link=_link(tx, task),
    )
    aloud = any(last - began < at <= tx.now - began for at in ALOUD)
    say(tx, chat, clean_text(text), corrects=started_id(task.id), minor=not aloud)
    tasks.note_told(tx, task.id, len(results))


def tell_end(tx: Tx, task: Task) -> None:
    """Tell the chat that the run is over whose progress it was told; the card says what came of it."""
    if task.told_at is None:
        return
    user, chat = users.by_id(tx, task.user_id), chat_of(tx, task)
    if user is None or chat is None:
        return
    text = tx.texts(user.lang, "run-over", name=task.name, number=task.id, link=_link(tx, task))
    say(tx, chat, clean_text(text), corrects=started_id(task.id), minor=True)


def _link(tx: Tx, task: Task) -> str:
    return f"{tx.settings.site_url}/tasks/{task.id}"
