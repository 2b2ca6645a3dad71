"""What an account says to an assistant that it may use: commands, numbers, yes and no, URLs, words."""

from collections.abc import Sequence
from typing import Final

from awt.api import remote
from awt.api.catalogue import ServiceName, add_service
from awt.chat.talk import Command, Reply, Talk
from awt.db import services
from awt.db.services import Service
from awt.model.messages import Choice
from awt.model.speech import Speech, nearest, understand
from awt.model.status import ACTIVE, BASE, NEW
from awt.model.times import MINUTE

CONFIRM: Final = 5 * MINUTE
"""How long a question waits for its ``yes``."""
OUTSIDE: Final = frozenset({"add", "help", "services", "lang"})
"""Commands that an assistant which the user removed still takes."""


class Dialogues:
    """Runs commands."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = tuple(commands)
        self._by_word = {
            word: command for command in commands for word in (command.name, *command.aliases)
        }
        assert len(self._by_word) == sum(1 + len(c.aliases) for c in commands)

    def of_assistant(self, service: str) -> list[Command]:
        """Return the commands that an assistant takes: the account's, its own, and at the base all."""
        return [c for c in self.commands if c.service in {None, service} or service == BASE]

    def title(self, talk: Talk, service: Service) -> str:
        """Return what a service is called in the language of the chat."""
        key = f"service-{service.short_name}-title"
        return talk.t(key) if talk.tx.texts.has(talk.lang, key) else service.title

    def greeting(self, talk: Talk) -> Reply:
        """Return what an assistant says when it is added by somebody who may use it."""
        title = self.title(talk, talk.service)
        return Reply(talk.t("chat-hello", title=title), (talk.choice("help"), talk.choice("menu")))

    def answer(self, talk: Talk, text: str) -> Reply | None:
        """Answer a line of chat."""
        open_ = talk.dialogue.of(talk.service.short_name)
        speech = understand(text)
        if speech.kind == "number" and speech.number <= len(open_.choices):
            text = open_.choices[speech.number - 1]
            speech = understand(text)
        waiting, until = open_.confirm, open_.confirm_until
        open_.confirm, open_.confirm_until = "", 0
        if waiting:
            if speech.kind == "yes" and until > talk.tx.now:
                return self._run(talk, understand(waiting), confirmed=True)
            if speech.kind in {"yes", "no"}:
                return Reply(talk.t("chat-not-done"), (talk.choice("help"),))
        if talk.service.url is not None and not self._is_ours(talk, speech):
            remote.ask(talk.tx, talk.account, talk.service, talk.chat, talk.lang, text)
            return None
        if speech.kind == "command":
            return self._run(talk, speech, confirmed=False)
        if speech.kind == "url":
            line = f"{speech.word} {speech.rest}".strip()
            return self._run(talk, Speech(kind="command", word="check", rest=line), confirmed=False)
        return self._unknown(talk, speech)

    def answer_outside(self, talk: Talk, text: str) -> Reply | None:
        """Answer one of the few commands that a removed assistant takes; None for all else."""
        speech = understand(text)
        open_ = talk.dialogue.of(talk.service.short_name)
        if speech.kind == "number" and speech.number <= len(open_.choices):
            speech = understand(open_.choices[speech.number - 1])
        command = self._by_word.get(speech.word) if speech.kind == "command" else None
        if command is None or command.name not in OUTSIDE:
            return None
        return command.run(talk, speech.rest)

    def _is_ours(self, talk: Talk, speech: Speech) -> bool:
        """Tell whether a line is a command that the assistant of another program takes itself."""
        command = self._by_word.get(speech.word) if speech.kind == "command" else None
        return command in self.of_assistant(talk.service.short_name)

    def _run(self, talk: Talk, speech: Speech, *, confirmed: bool) -> Reply | None:
        command = self._by_word.get(speech.word)
        if command is None or not talk.knows(command):
            return self._unknown(talk, speech)
        elsewhere = self._elsewhere(talk, command)
        if elsewhere is not None:
            return elsewhere
        question = command.confirm(talk, speech.rest) if command.confirm and not confirmed else ""
        if question:
            open_ = talk.dialogue.of(talk.service.short_name)
            open_.confirm = f"#{command.name} {speech.rest}".strip()
            open_.confirm_until = talk.tx.now + CONFIRM
            return Reply(question, (talk.choice("yes", "yes"), talk.choice("no", "no")))
        return command.run(talk, speech.rest)

    def _elsewhere(self, talk: Talk, command: Command) -> Reply | None:
        """Say where a command of another service belongs; the base assistant takes what the user has."""
        name = command.service
        if name is None or name == talk.service.short_name:
            return None
        service = services.by_name(talk.tx, name)
        if service is None or not service.enabled:
            return self._unknown(talk, Speech(kind="command", word=command.name))
        title = self.title(talk, service)
        if talk.service.short_name != BASE:
            return Reply(talk.t("chat-other-assistant", command=f"#{command.name}", title=title))
        status = services.status(talk.tx, talk.account.id, service.id)
        if status in {NEW, ACTIVE}:
            return None
        if status is None and not service.price:
            add_service(talk.tx, talk.caller, ServiceName(short_name=name))
            return None
        add = f"#add {name}"
        return Reply(
            talk.t("chat-needs-service", title=title, command=add),
            (talk.choice("add", add, title=title),),
        )

    def _unknown(self, talk: Talk, speech: Speech) -> Reply:
        here = self.of_assistant(talk.service.short_name)
        known = [command.name for command in here if talk.knows(command)]
        found = nearest(speech.word, known) if speech.word else None
        first: tuple[Choice, ...] = ()
        if found is None:
            text = talk.t("chat-unknown")
        else:
            text = talk.t("chat-unknown-nearest", command=f"#{found}")
            first = (Choice(f"#{found}", f"#{found}"),)
        more = (talk.choice("help"), talk.choice("menu"))
        return Reply(text, first + tuple(c for c in more if c.send != f"#{found}"))
