"""``#block USER``: close an account, after a question."""

from awt.api.operating import UserName, block_user
from awt.api.people import show_user
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, rest: str) -> Reply:
    if not rest:
        return Reply(talk.t("block-which"), (talk.choice("users"),))
    block_user(talk.tx, talk.administrator, UserName(user=rest))
    return Reply(talk.t("block-done", name=rest), (talk.choice("users"),))


def _confirm(talk: Talk, rest: str) -> str:
    if not rest:
        return ""
    person = show_user(talk.tx, talk.administrator, UserName(user=rest))
    return talk.t("block-confirm", name=person.name, points=person.points)


BLOCK = Command(name="block", run=_run, confirm=_confirm, for_admins=True)
