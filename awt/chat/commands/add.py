"""``#add NAME``: add a free service; paid ones are bought on the site."""

from awt.api.catalogue import ServiceName, add_service
from awt.chat.commands.services import SERVICES
from awt.chat.talk import Command, Reply, Talk
from awt.errors import Refused


def _run(talk: Talk, rest: str) -> Reply | None:
    name = rest.lower()
    if not name:
        return SERVICES.run(talk, "")
    try:
        with talk.tx.savepoint():
            add_service(talk.tx, talk.caller, ServiceName(short_name=name))
    except Refused as refused:
        if refused.code != "paid_on_site":
            raise
        link = f"{talk.tx.settings.site_url}/services"
        return Reply(talk.t("add-paid", link=link, **refused.values), (talk.choice("balance"),))
    return Reply(talk.t("add-done", name=name), (talk.choice("menu"), talk.choice("help")))


ADD = Command(name="add", run=_run)
