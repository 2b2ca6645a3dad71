"""What one may type, and what is said of what one may not."""

import argparse
import re
from collections.abc import Iterator
from typing import Any

import pytest

from awt import __version__
from awt.cli.options import build, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        ("two words", "two words"),
        ("a=b", "a=b"),
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("007", "007"),
        ('"5"', "5"),
        ('"\\u0041"', "A"),
        ('"half', '"half'),
        ("'5'", "'5'"),
        ("true", True),
        ("True", "True"),
        ("null", None),
        ("NaN", "NaN"),
        ("[1, 2]", [1, 2]),
        ('[{"kind": "jabber"}]', [{"kind": "jabber"}]),
        ("{", "{"),
        (" 5", 5),
        ("Привет", "Привет"),
    ],
)
def test_a_value_is_json_where_it_is_such_and_else_a_text(text: str, value: Any) -> None:
    args = parse(["call", "Method", f"key={text}"], {})
    assert args.values == [("key", value)]


def test_parameters_may_stand_around_options() -> None:
    args = parse(["call", "Method", "--json", "a=1", "b=x"], {})
    assert (args.values, args.json) == ([("a", 1), ("b", "x")], True)
    args = parse(["call", "Method", "a=1", "--json", "b=x"], {})
    assert args.values == [("a", 1), ("b", "x")]


def test_a_key_comes_from_the_environment_unless_it_is_given() -> None:
    args = parse(["dead", "list", "--url", "http://x"], {"AWT_KEY": "secret"})
    assert (args.key_given, args.key_known) == (None, "secret")
    parse(["dead", "list"], {"AWT_KEY": "secret"})


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        ([], "awt: the following arguments are required: COMMAND"),
        (["nonsense"], "awt: argument COMMAND: invalid choice: 'nonsense'"),
        (["node", "add"], "awt node add: the following arguments are required: NAME"),
        (["gc", "now"], "awt: unrecognized arguments: now"),
        (["gc", "--jso"], "awt: unrecognized arguments: --jso"),
        (["gc", "--url", "http://x"], "awt: unrecognized arguments: --url http://x"),
        (["migrate", "--config"], "awt migrate: argument --config: expected one argument"),
        (["call"], "awt call: the following arguments are required: METHOD"),
        (["call", "M", "x"], "awt call: argument key=value: 'x' is not key=value"),
        (["call", "M", "=x"], "awt call: argument key=value: '=x' is not key=value"),
        (["call", "M", "--json", "x"], "awt: 'x' is not key=value"),
        (["call", "M", "--json", "--nope"], "awt: unrecognized arguments: --nope"),
        (["call", "M", "a=1", "a=2"], "awt: a key stands twice"),
        (["call", "M", "a=1", "--json", "a=2"], "awt: a key stands twice"),
        (["call", "M", "a=\udcff"], "awt: 'a=\\udcff' is not UTF-8"),
        (["call", "M", "--key", "k"], "awt: --key goes with --url"),
        (["call", "M", "--key", "k", "--config", "f"], "awt: --key goes with --url"),
        (["call", "M", "--url", "u", "--config", "f"], "awt call: argument --config: not allowed"),
        (["dead"], "awt dead: the following arguments are required: ACTION"),
        (["dead", "bury", "x"], "awt dead: argument ACTION: invalid choice: 'bury'"),
        (["dead", "drop"], "awt dead drop: the following arguments are required: ID"),
        (["admin", "create"], "awt admin create: the following arguments are required: LOGIN"),
        (
            ["admin", "credit", "ann", "much"],
            "awt admin credit: argument AMOUNT: invalid int value",
        ),
        (["admin", "credit", "ann"], "awt admin credit: the following arguments are required"),
        (["admin", "service"], "awt admin service: the following arguments are required: ACTION"),
        (["admin", "service", "add", "x"], "awt admin service add: the following arguments are"),
        (["admin", "service", "price", "x", "1.5"], "awt admin service price: argument POINTS"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(
    argv: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(argv, {})
    said = capsys.readouterr()
    assert caught.value.code == 2
    assert said.out == ""
    assert said.err.startswith(problem)
    assert said.err.endswith("--help)\n")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    ["", "migrate", "doctor", "gc", "call", "dead replay", "admin credit", "admin service add"],
)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse([*command.split(), "--help"], {})
    assert caught.value.code == 0
    assert f"usage: awt {command}".rstrip() in capsys.readouterr().out


def leaves(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Return the commands that one may type."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield parser.prog
    for group in groups:
        for inner in group.choices.values():
            yield from leaves(inner)


def test_the_document_names_every_command(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs/operating.md").read_text()
    rows = re.findall(r"^\| `(awt(?: [a-z]+)+)", text, flags=re.MULTILINE)
    assert sorted(rows) == sorted(leaves(build({})))


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--version"], {})
    assert capsys.readouterr().out == f"awt {__version__}\n"
