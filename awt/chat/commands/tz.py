"""``#tz [Area/City]``: the time zone that times are shown in."""

from awt.api.account import UpdateAccount, update_account
from awt.chat.talk import Command, Reply, Talk
from awt.model.messages import Choice
from awt.model.names import zones
from awt.model.speech import nearest


def _run(talk: Talk, rest: str) -> Reply:
    if not rest:
        return Reply(talk.t("tz-which", timezone=talk.account.timezone))
    by_name = {name.lower(): name for name in zones()}
    by_city = {name.rpartition("/")[2]: name for name in by_name}
    wanted = rest.lower().replace(" ", "_")
    found = by_name.get(wanted) or by_name.get(by_city.get(wanted, ""))
    if found is None:
        near = nearest(wanted, sorted(by_city))
        if near is None:
            return Reply(talk.t("tz-unknown"))
        name = by_name[by_city[near]]
        return Reply(talk.t("tz-unknown"), (Choice(name, f"#tz {name}"),))
    update_account(talk.tx, talk.caller, UpdateAccount(timezone=found))
    return Reply(talk.t("tz-done", timezone=found), (talk.choice("whoami"),))


TZ = Command(name="tz", run=_run)
