"""``#balance``: the points, and where the last of them went."""

from awt.api.account import Page, list_ledger
from awt.api.runs import START_PRICE
from awt.chat.talk import Command, Reply, Talk

LAST = 5
"""How many movements are shown."""


def _run(talk: Talk, _rest: str) -> Reply:
    found = list_ledger(talk.tx, talk.caller, Page(limit=LAST))
    lines = [talk.t("balance-now", balance=found.balance)]
    for entry in found.entries:
        if (entry.type, entry.amount) == ("TASK_START", START_PRICE):
            what = talk.t("balance-give-back")
        else:
            what = talk.t("ledger-" + entry.type.lower().replace("_", "-"))
        lines.append(f"{entry.amount:+d}  {what}")
    return Reply("\n".join(lines), (talk.choice("menu"),))


BALANCE = Command(name="balance", run=_run)
