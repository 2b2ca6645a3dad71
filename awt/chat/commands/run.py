"""``#run TEST [type] [debug]``: a test, started; the card comes when it is over."""

from awt.api.progress import started_id
from awt.api.runs import RunTest, run_test
from awt.chat.ask import options, test_of
from awt.chat.talk import Command, Reply, Talk
from awt.errors import Refused


def _run(talk: Talk, rest: str) -> Reply:
    if not rest.strip():
        return Reply(talk.t("run-which"), (talk.choice("tests"),))
    found, more = test_of(talk, rest)
    kind, debug = options(more)
    params = RunTest(test=found.id, type=kind, debug=debug)
    try:
        with talk.tx.savepoint():
            started = run_test(talk.tx, talk.caller, params)
    except Refused as refused:
        if refused.code != "not_enough_points":
            raise
        return Reply(talk.t("check-no-points", **refused.values), (talk.choice("balance"),))
    link = f"{talk.tx.settings.site_url}/tasks/{started.id}"
    text = talk.t("run-started", name=found.name, number=started.id, link=link)
    choices = (talk.choice("cancel", f"#cancel {started.id}"),)
    return Reply(text, choices, id=started_id(started.id))


RUN = Command(name="run", service="webtest", run=_run)
