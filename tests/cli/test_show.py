"""Results for people."""

from typing import Any

import pytest

from awt.cli import show


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        ({}, ["done"]),
        (None, ["done"]),
        ([], ["done"]),
        ("text", ["text"]),
        (
            {"a": 1, "b": True, "c": None, "d": [], "e": {}},
            ["a: 1", "b: true", "c: -", "d: -", "e: -"],
        ),
        ({"a": {"b": {"c": 0.5}}}, ["a:", "  b:", "    c: 0.5"]),
        ({"a": [1, "x"]}, ["a:", "  - 1", "  - x"]),
        (
            [{"a": 1, "b": 2}, {"a": [3]}],
            ["- a: 1", "  b: 2", "- a:", "    - 3"],
        ),
        ([[], {}, [1]], ["- -", "- -", "- - 1"]),
    ],
)
def test_a_result_is_keys_and_values_indented(result: Any, lines: list[str]) -> None:
    assert show.readable(result) == lines


def test_nothing_that_a_terminal_would_obey_is_printed() -> None:
    [line] = show.readable({"title": "a\x1b[2Jb\nc\x9b\u202e«é»"})
    assert line == "title: a\\x1b[2Jb\\nc\\x9b\\u202e«é»"
    assert show.readable({"a\x07": 1}) == ["a\\x07: 1"]


def test_a_dead_letter_is_a_line() -> None:
    letter = {
        "id": "m1",
        "queue": "api",
        "kind": "Hear",
        "attempt": 5,
        "created_at": "2026-11-22T03:36:33Z",
        "error": "Unavailable",
        "trace": "t",
    }
    lines = show.letters({"letters": [letter, letter | {"id": "m2"}]})
    assert lines[0] == "m1  2026-11-22T03:36:33Z  api  Hear  Unavailable"
    assert len(lines) == 2
    assert show.letters({"letters": []}) == ["no dead letters"]


def test_counts_leave_zeros_out() -> None:
    assert show.counts({"links": 3, "tasks": 0}) == ["links: 3"]
    assert show.counts({"links": 0}) == ["nothing to collect"]
