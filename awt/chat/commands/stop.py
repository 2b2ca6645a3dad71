"""``stop``: no assistant writes first to this address any more, whoever invites it."""

from awt.api import invites
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    invites.stop(talk.tx, talk.im, talk.address)
    return Reply(talk.t("stop-member"), (talk.choice("menu"), talk.choice("help")))


STOP = Command(name="stop", aliases=("стоп",), run=_run)
