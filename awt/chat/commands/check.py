"""``#check URL ["text"]``, or a bare URL: whether the page is there, and the text on it."""

from awt.api.runs import RunTest, run_test
from awt.chat.talk import Command, Reply, Talk
from awt.errors import Refused
from awt.model.speech import first_word, quoted


def _run(talk: Talk, rest: str) -> Reply:
    url, text = first_word(rest)
    if not url:
        return Reply(talk.t("check-which"))
    wanted = quoted(text)
    if wanted is None:
        wanted = text or None
    try:
        with talk.tx.savepoint():
            run_test(talk.tx, talk.caller, RunTest(url=url, text=wanted))
    except Refused as refused:
        if refused.code != "not_enough_points":
            raise
        return Reply(talk.t("check-no-points", **refused.values), (talk.choice("balance"),))
    return Reply(talk.t("check-started", url=url))


CHECK = Command(name="check", service="webtest", run=_run)
