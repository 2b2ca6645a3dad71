"""``#help [command]``: what there is to say, generated from the table of commands."""

from collections.abc import Sequence

from awt.chat.talk import Command, Reply, Talk
from awt.model.messages import Choice
from awt.model.speech import nearest
from awt.model.status import BASE


def make_help(others: Sequence[Command]) -> Command:
    """Return the command that explains the others and itself."""

    def run(talk: Talk, rest: str) -> Reply:
        word = rest.lstrip("#/").lower()
        commands = [c for c in (command, *others) if talk.knows(c)]
        if word:
            return _one(talk, commands, word)
        here = talk.service.short_name
        shown = [c for c in commands if c.service in {None, here} or here == BASE]
        own = [c for c in shown if c.service is not None]
        account = [c for c in shown if c.service is None and not c.for_admins]
        admin = [c for c in shown if c.for_admins]
        lines = [talk.t("help-head"), ""]
        lines += [_line(talk, c) for c in own]
        lines += [""] if own else []
        lines += [_line(talk, c) for c in account]
        lines += [""] if admin else []
        lines += [_line(talk, c) for c in admin]
        return Reply(
            "\n".join([*lines, "", talk.t("help-foot")]),
            (talk.choice("menu"), talk.choice("services")),
        )

    command = Command(name="help", aliases=("start", "?"), run=run)
    return command


def _line(talk: Talk, command: Command) -> str:
    usage = talk.t(f"{command.name}-usage")
    return f"{usage} - {talk.t(f'{command.name}-help')}"


def _one(talk: Talk, commands: list[Command], word: str) -> Reply:
    for command in commands:
        if word in (command.name, *command.aliases):
            text = _line(talk, command)
            if command.aliases:
                text += "\n" + talk.t(
                    "help-aliases", aliases=", ".join(f"#{a}" for a in command.aliases)
                )
            return Reply(text, (talk.choice("help"),))
    found = nearest(word, [command.name for command in commands])
    if found is None:
        return Reply(talk.t("chat-unknown"), (talk.choice("help"),))
    nearest_help = Choice(f"#help {found}", f"#help {found}")
    return Reply(talk.t("chat-unknown-nearest", command=f"#{found}"), (nearest_help,))
