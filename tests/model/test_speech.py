"""What a line of chat means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.chat.commands import COMMANDS
from awt.model.speech import Speech, first_word, nearest, quoted, understand

NAMES = [command.name for command in COMMANDS]


@pytest.mark.parametrize(
    ("text", "speech"),
    [
        ("#help", Speech(kind="command", word="help")),
        ("/help", Speech(kind="command", word="help")),
        ("# help", Speech(kind="command", word="help")),
        (" #HELP ", Speech(kind="command", word="help")),
        ("#?", Speech(kind="command", word="?")),
        ("#add  Demo ", Speech(kind="command", word="add", rest="Demo")),
        ("#new A\nopen /\nclick x", Speech(kind="command", word="new", rest="A\nopen /\nclick x")),
        ("#помощь", Speech(kind="command", word="помощь")),
        ("1", Speech(kind="number", number=1)),
        ("2.", Speech(kind="number", number=2)),
        ("3)", Speech(kind="number", number=3)),
        ("#4", Speech(kind="number", number=4)),
        ("99", Speech(kind="number", number=99)),
        ("yes", Speech(kind="yes")),
        ("Yes!", Speech(kind="yes")),
        ("ДА.", Speech(kind="yes")),
        ("no", Speech(kind="no")),
        ("Нет", Speech(kind="no")),
        ("http://example.com", Speech(kind="url", word="http://example.com")),
        ("example.com", Speech(kind="url", word="example.com")),
        ("example.com:8080/a?b#c", Speech(kind="url", word="example.com:8080/a?b#c")),
        ("пример.рф", Speech(kind="url", word="пример.рф")),
        ('example.com "a b"', Speech(kind="url", word="example.com", rest='"a b"')),
        ("example.com\n«а б»", Speech(kind="url", word="example.com", rest="«а б»")),
        ("Hello there", Speech(kind="words", word="hello", rest="there")),
        ("example.com is down", Speech(kind="words", word="example.com", rest="is down")),
        ("0", Speech(kind="words", word="0")),
        ("100", Speech(kind="words", word="100")),
        ("e.g", Speech(kind="words", word="e.g")),
        ("/etc/passwd", Speech(kind="words", word="/etc/passwd")),
        ("", Speech(kind="words")),
        ("#", Speech(kind="words", word="#")),
    ],
)
def test_a_line_means_one_thing(text: str, speech: Speech) -> None:
    assert understand(text) == speech


@given(st.text(max_size=200) | st.text(alphabet="#/ 1.?!\n\"'«»yesдаhtp:.com", max_size=20))
def test_any_line_means_something(text: str) -> None:
    speech = understand(text)
    assert (speech.kind == "number") == (speech.number > 0)
    assert speech.word == speech.word.strip()
    assert speech.rest == speech.rest.strip()
    nearest(speech.word, NAMES)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('"a b"', "a b"),
        ("'a'", "a"),
        ("«а»", "а"),
        ("“a”", "a"),
        ("„a“", "a"),
        ('" a "', "a"),
        ('""', ""),
        ('"', None),
        ("a", None),
        ('"a', None),
        ('"a" b', None),
        ("", None),
    ],
)
def test_quotes_come_in_pairs(text: str, inside: str | None) -> None:
    assert quoted(text) == inside


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", ("", "")), ("a", ("a", "")), (" a  b c ", ("a", "b c")), ("a\n\tb", ("a", "b"))],
)
def test_a_first_word_ends_at_white_space_of_any_kind(text: str, parts: tuple[str, str]) -> None:
    assert first_word(text) == parts


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("hlep", "help"),
        ("#hepl", "help"),
        ("balanse", "balance"),
        ("login", "loginlink"),
        ("deleteaccount", "delaccount"),
        ("xyzzy", None),
        ("h", None),
        ("", None),
        ("h" * 41, None),
    ],
)
def test_a_mistyped_command_is_known_by_its_likeness(word: str, name: str | None) -> None:
    assert nearest(word, NAMES) == name
