"""``#invites``: who was invited, how long each invite lasts; send one again, take one back."""

from awt.api.invites import (
    InviteId,
    InviteView,
    list_invites,
    resend_invite,
    revoke_invite,
)
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk
from awt.errors import Refused
from awt.model.messages import Choice
from awt.model.speech import first_word
from awt.model.times import SECOND

SHOWN = 10
"""How many invites are shown, the newest first."""
CHOICES = 8
"""How many things to do with them are offered."""


def _run(talk: Talk, rest: str) -> Reply:
    word, number = first_word(rest)
    if not word:
        return _show(talk)
    if word not in {"again", "revoke"} or not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - no row has such an id
        raise Refused("unknown_invite")
    which = InviteId(id=int(number))
    if word == "again":
        text = talk.t("invites-sent", address=resend_invite(talk.tx, talk.caller, which).address)
    else:
        text = talk.t("invites-revoked", address=revoke_invite(talk.tx, talk.caller, which).address)
    return Reply(text, (talk.choice("invites"),))


def _show(talk: Talk) -> Reply:
    found = list_invites(talk.tx, talk.caller, Nothing())
    shown = found.invites[:SHOWN]
    lines = [talk.t("invites-head") if shown else talk.t("invites-none")]
    lines += [_line(talk, one) for one in shown]
    lines.append(talk.t("invites-link", link=found.link))
    choices: list[Choice] = []
    for one in shown:
        if one.may_resend:
            label = talk.t("invites-again", address=one.address)
            choices.append(Choice(label, f"#invites again {one.id}"))
        if one.may_revoke:
            label = talk.t("invites-revoke", address=one.address)
            choices.append(Choice(label, f"#invites revoke {one.id}"))
    return Reply("\n".join(lines), (*choices[:CHOICES], talk.choice("points")))


def _line(talk: Talk, one: InviteView) -> str:
    left = talk.span(one.left * SECOND)
    return talk.t("invites-line", address=one.address, state=one.state, left=left)


INVITES = Command(name="invites", run=_run)
