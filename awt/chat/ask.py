"""How people name tests, tasks and types in commands."""

from awt.api.tests import own_test
from awt.chat.talk import Talk
from awt.db import tasks, tests
from awt.db.tests import Test
from awt.errors import Refused
from awt.model.speech import first_word
from awt.model.task_types import PARENTS

_DIGITS = 15
"""Longest number that is one."""


def number(word: str) -> int | None:
    """Return the number that a word is, None for another word."""
    word = word.lstrip("#")
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= _DIGITS else None


def latest(talk: Talk) -> int | None:
    """Return the number of the latest run of whoever asks."""
    found = tasks.of_user(talk.tx, talk.account.id, limit=1)
    return found[0].id if found else None


def test_of(talk: Talk, rest: str) -> tuple[Test, str]:
    """Return the test that is named by its number or its whole name, and what follows.

    Errors: ``unknown_test``.
    """
    word, more = first_word(rest)
    wanted = number(word)
    if wanted is not None:
        return own_test(talk.tx, talk.caller, wanted), more
    for named, left in _names(rest):
        found = tests.named(talk.tx, talk.account.id, named)
        if found is not None:
            return found, left
    raise Refused("unknown_test")


def _names(rest: str) -> list[tuple[str, str]]:
    """Return what can be the name, the longest first, with what follows it."""
    words = rest.split()[:20]
    return [(" ".join(words[:end]), " ".join(words[end:])) for end in range(len(words), 0, -1)]


def options(rest: str) -> tuple[str | None, bool]:
    """Return the type of node and whether to go on after a failure, from the words ``[type] [debug]``."""
    words = rest.lower().split()
    kind = next((word for word in words if word in PARENTS), None)
    if kind is None:
        kind = next((word for word in words if word != "debug"), None)
    return kind, "debug" in words
