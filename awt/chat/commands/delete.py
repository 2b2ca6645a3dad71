"""``#del NAME``: remove a service. What was paid for is asked about first."""

from awt.api.catalogue import ServiceName, delete_service
from awt.chat.talk import Command, Reply, Talk
from awt.db import services


def _run(talk: Talk, rest: str) -> Reply:
    name = rest.lower()
    if not name:
        return Reply(talk.t("del-which"), (talk.choice("menu"),))
    delete_service(talk.tx, talk.caller, ServiceName(short_name=name))
    return Reply(talk.t("del-done", name=name), (talk.choice("services"),))


def _confirm(talk: Talk, rest: str) -> str:
    found = services.by_name(talk.tx, rest.lower())
    if (
        found is None
        or not found.price
        or services.status(talk.tx, talk.account.id, found.id) is None
    ):
        return ""
    return talk.t("del-confirm", name=found.short_name, price=found.price)


DEL = Command(name="del", aliases=("delete",), run=_run, confirm=_confirm)
