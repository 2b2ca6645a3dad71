"""``#queues``: what waits, and what could not be delivered."""

from awt.api.overview import list_queues
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    queues = list_queues(talk.tx, talk.administrator, Nothing()).queues
    lines = [
        talk.t("queues-line", queue=queue.queue, ready=queue.ready, dead=queue.dead)
        for queue in queues
    ]
    if any(queue.dead for queue in queues):
        lines.append(f"{talk.tx.settings.site_url}/admin/queues")
    next_ones = (talk.choice("users"), talk.choice("nodes"))
    return Reply("\n".join(lines) or talk.t("queues-none"), next_ones)


QUEUES = Command(name="queues", run=_run, for_admins=True)
