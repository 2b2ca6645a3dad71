"""``#export TEST``: a test in the form that ``#new`` takes, to be copied."""

from awt.api.tests import actions_of
from awt.chat.ask import test_of
from awt.chat.talk import Command, Reply, Talk
from awt.model.steps import write


def _run(talk: Talk, rest: str) -> Reply:
    if not rest.strip():
        return Reply(talk.t("steps-which"), (talk.choice("tests"),))
    found, _ = test_of(talk, rest)
    return Reply(f"#new {found.name}\n{write(actions_of(found))}".strip())


EXPORT = Command(name="export", service="webtest", run=_run)
