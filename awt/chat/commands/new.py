"""``#new NAME`` and lines of steps: a test, saved."""

from awt.api.tests import SaveTest, save_test
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, rest: str) -> Reply:
    name, _, text = rest.partition("\n")
    if not name.strip() or not text.strip():
        return Reply(talk.t("new-how"))
    made = save_test(talk.tx, talk.caller, SaveTest(name=name.strip(), text=text))
    choices = (
        talk.choice("run", f"#run {made.id}", name=made.name),
        talk.choice("steps", f"#steps {made.id}"),
    )
    done = talk.t("new-done", number=made.id, name=made.name, steps=len(made.actions))
    return Reply(done, choices)


NEW = Command(name="new", service="webtest", run=_run)
