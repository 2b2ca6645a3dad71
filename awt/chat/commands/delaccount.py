"""``#delaccount``: close the account, after a question."""

from awt.api.account import delete_account
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    delete_account(talk.tx, talk.caller, Nothing())
    return Reply(talk.t("chat-closed-owner"))


def _confirm(talk: Talk, _rest: str) -> str:
    days = talk.tx.settings.purge.purge_days
    return talk.t("delaccount-confirm", balance=talk.account.points, days=days)


DELACCOUNT = Command(name="delaccount", run=_run, confirm=_confirm)
