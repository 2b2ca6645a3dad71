"""``#points``: what invites have earned, and what one earns."""

from awt.api.invites import list_invites
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    found = list_invites(talk.tx, talk.caller, Nothing())
    lines = [
        talk.t("points-now", balance=talk.account.points, earned=found.earned),
        talk.t("points-rule", inviter=found.bonus_inviter, invited=found.bonus_invited),
    ]
    if not found.earns:
        lines.append(talk.t("points-webchat"))
    lines.append(talk.t("invites-link", link=found.link))
    return Reply("\n".join(lines), (talk.choice("invites"), talk.choice("balance")))


POINTS = Command(name="points", run=_run)
