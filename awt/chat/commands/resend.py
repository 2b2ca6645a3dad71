"""``#resend [NAME]``: the request for authorisation of a service again."""

from awt.api.catalogue import ServiceName, resend_service
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, rest: str) -> Reply:
    name = rest.lower() or talk.service.short_name
    resend_service(talk.tx, talk.caller, ServiceName(short_name=name))
    return Reply(talk.t("resend-done", name=name), (talk.choice("menu"),))


RESEND = Command(name="resend", run=_run)
