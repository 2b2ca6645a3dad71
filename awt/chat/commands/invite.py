"""``#invite ADDRESS``: the base assistant asks somebody in."""

from awt.api.invites import InviteUser, invite_user, list_invites
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk
from awt.model.address import guess
from awt.model.times import SECOND


def _run(talk: Talk, rest: str) -> Reply:
    if not rest:
        link = list_invites(talk.tx, talk.caller, Nothing()).link
        return Reply(talk.t("invite-which", link=link), (talk.choice("invites"),))
    kind, address = guess(rest)
    made = invite_user(talk.tx, talk.caller, InviteUser(kind=kind, address=address))
    left = talk.span(made.left * SECOND)
    return Reply(talk.t("invite-done", address=made.address, left=left), (talk.choice("invites"),))


INVITE = Command(name="invite", run=_run)
