"""``#tests``: the tests of the account, and how they ended last."""

from awt.api.tests import TestList, list_tests
from awt.chat.talk import Command, Reply, Talk
from awt.db import tasks

SHOWN = 10
"""How many tests are shown."""


def _run(talk: Talk, _rest: str) -> Reply:
    found = list_tests(talk.tx, talk.caller, TestList(limit=SHOWN)).tests
    if not found:
        return Reply(talk.t("tests-none"), (talk.choice("help"),))
    lines = [talk.t("tests-head")]
    choices = []
    for test in found:
        last = tasks.of_test(talk.tx, test.id, limit=1)
        state = talk.t("task-state", status=last[0].status if last else "none")
        steps = len(test.actions)
        lines.append(talk.t("tests-line", number=test.id, name=test.name, steps=steps, state=state))
        choices.append(talk.choice("run", f"#run {test.id}", name=test.name))
    lines.append(talk.t("tests-foot", link=f"{talk.tx.settings.site_url}/tests"))
    return Reply("\n".join(lines), tuple(choices))


TESTS = Command(name="tests", service="webtest", run=_run)
