"""``#steps TEST``: what a test does; with lines of steps below, what it does from now on."""

from awt.api.tests import SaveTest, actions_of, own_test, save_test
from awt.chat.ask import test_of
from awt.chat.talk import Command, Reply, Talk
from awt.model.steps import write


def _run(talk: Talk, rest: str) -> Reply:
    line, _, text = rest.partition("\n")
    if not line.strip():
        return Reply(talk.t("steps-which"), (talk.choice("tests"),))
    found, _ = test_of(talk, line)
    if text.strip():
        save_test(talk.tx, talk.caller, SaveTest(id=found.id, text=text))
        found = own_test(talk.tx, talk.caller, found.id)
    steps = write(actions_of(found)).splitlines()
    lines = [talk.t("steps-head", number=found.id, name=found.name)]
    lines += [f"{number}) {step}" for number, step in enumerate(steps, 1)]
    choices = (
        talk.choice("run", f"#run {found.id}", name=found.name),
        talk.choice("last", f"#last {found.id}"),
    )
    return Reply("\n".join(lines), choices)


STEPS = Command(name="steps", service="webtest", run=_run)
