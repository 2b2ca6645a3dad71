"""The catalogues have every text that is said, and nothing else."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser
from fluent.syntax.ast import BaseNode, Junk, Message, VariableReference
from fluent.syntax.visitor import Visitor

import awt
from awt import errors
from awt.api import closing
from awt.api.outgoing import PATHS
from awt.chat.commands import COMMANDS
from awt.db import garbage
from awt.model.status import LANGS
from awt.text.catalog import Catalog

ROOT = Path(awt.__file__).parent
SOURCES = sorted(p for p in ROOT.rglob("*.py") if "testing" not in p.parts)
AREAS = ("chat", "errors", "cards")
PAGES = ("site", "admin")
SERVICES = ("base", "webtest", "demo")
LINKS = ("login", "password")
"""Purposes of links that are sent by `awt.api.signing`."""
ALSO_USED = {
    "error-bad-request": "the code is made by bad_field()",
    "error-field-range": "see bad_field(..., least=, most=)",
    "error-refused": "said of a code that has no text",
}


class _Variables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: VariableReference) -> None:
        self.found.add(node.id.name)


def _variables(node: BaseNode) -> frozenset[str]:
    visitor = _Variables()
    visitor.visit(node)
    return frozenset(visitor.found)


def _file(lang: str, area: str) -> Path:
    return ROOT / "text" / lang / f"{area}.ftl"


@functools.cache
def _catalog() -> Catalog:
    return Catalog()


@functools.cache
def _bundle(lang: str, area: str) -> FluentBundle:
    bundle = FluentBundle([lang], use_isolating=False)
    bundle.add_resource(FluentResource(_file(lang, area).read_text(encoding="utf-8")))
    return bundle


@functools.cache
def _messages(lang: str, area: str) -> dict[str, frozenset[str]]:
    """Return the variables of each message of a file."""
    parsed = FluentParser().parse(_file(lang, area).read_text(encoding="utf-8"))
    assert not [entry.content for entry in parsed.body if isinstance(entry, Junk)]
    found = [entry for entry in parsed.body if isinstance(entry, Message)]
    names = [entry.id.name for entry in found]
    assert len(names) == len(set(names)), "a key comes twice"
    return {entry.id.name: _variables(entry) for entry in found}


@functools.cache
def _trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]


@functools.cache
def _nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return all nodes of a module, which are looked at again and again."""
    return tuple(ast.walk(tree))


@functools.cache
def _calls_by_name(tree: ast.Module) -> dict[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for node in _nodes(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            found.setdefault(name or "", []).append(node)
    return found


def _calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for name in names:
        yield from _calls_by_name(tree).get(name, ())


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(node: ast.expr) -> list[str]:
    """Return the texts that an argument can be: a constant, one of two, one of a table's."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        table = node.func.value
        values = table.values if isinstance(table, ast.Dict) and node.func.attr == "get" else []
        return [text for value in [*values, *node.args[1:]] for text in _texts(value)]
    text = _text(node)
    return [] if text is None else [text]


def _tuples(tree: ast.Module) -> Iterator[str]:
    for node in _nodes(tree):
        if isinstance(node, ast.Tuple) and node.elts:
            texts = [_text(element) for element in node.elts]
            if None not in texts:
                yield from (text for text in texts if text)


def _literal_keys() -> set[str]:
    keys = set()
    for _, tree in _trees():
        for call in _calls(tree, "t", "texts", "said"):
            for argument in call.args[:2]:
                keys |= {text for text in _texts(argument) if "-" in text}
    return keys


def _choices() -> set[str]:
    """Return the keys of choices: named in the call, or in a tuple that the call goes through."""
    names = set()
    for _, tree in _trees():
        for call in _calls(tree, "choice"):
            texts = _texts(call.args[0])
            names |= set(texts or _tuples(tree))
        for node in _nodes(tree):
            if isinstance(node, ast.JoinedStr) and _text(node.values[0]) == "choice-":
                names |= set(_tuples(tree))
    commands = {command.name for command in COMMANDS}
    others = {"yes", "no", "again", "shot-of", "shot-step"}
    return {f"choice-{name}" for name in names if name in commands | others}


def _error_codes() -> set[str]:
    codes = set(errors.STATUS)
    for _, tree in _trees():
        for call in _calls(tree, "Refused"):
            code = call.args[0]
            codes |= set(_assigned(tree, code.id) if isinstance(code, ast.Name) else _texts(code))
    return codes


def _assigned(tree: ast.Module, name: str) -> Iterator[str]:
    """Return the texts that are assigned to a name anywhere in a module."""
    for node in _nodes(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.Assign) and name in [getattr(t, "id", "") for t in targets]:
            yield from _texts(node.value)


def _field_codes() -> set[str]:
    codes = set()
    for path, tree in _trees():
        for call in _calls(tree, "bad_field"):
            codes |= set(_texts(call.args[1]))
        for call in _calls(tree, "Refused"):
            codes |= {
                text
                for keyword in call.keywords
                if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict)
                for value in keyword.value.values
                for text in _texts(value)
            }
        for node in _nodes(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                target = node.targets[0].value
                if isinstance(target, ast.Name) and target.id == "problems":
                    codes |= set(_texts(node.value))
        if path.match("model/names.py"):
            codes |= _returned(tree, "password_problem")
        if path.match("model/steps.py"):
            texts = (_text(node) for node in _nodes(tree) if isinstance(node, ast.Constant))
            codes |= {text for text in texts if text and text.startswith("step_")}
        if path.match("model/actions.py"):
            codes |= {f"url_{text}" for c in _calls(tree, "BadUrl") for text in _texts(c.args[0])}
            codes |= {
                f"text_{text}" for c in _calls(tree, "BadAction") for text in _texts(c.args[0])
            }
    return codes


def _returned(tree: ast.Module, name: str) -> set[str]:
    """Return the texts that a function can return."""
    return {
        text
        for function in _nodes(tree)
        if isinstance(function, ast.FunctionDef) and function.name == name
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
        for text in _texts(node.value)
    }


REASONS: Final = {"_REASONS", "_ERRORS"}
"""Tables whose last column is the reason of a result."""


def _reasons() -> set[str]:
    reasons = {"other", "no_node", "node_lost"}
    for path, tree in _trees():
        if "executor" not in path.parts and not path.match("model/locators.py"):
            continue
        for name in ("Failed", "NotYet", "BadProxy", "BadAction", "Problem"):
            for call in _calls(tree, name):
                reasons |= set(_texts(call.args[0]))
        for node in _nodes(tree):
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in REASONS:
                reasons |= {
                    text
                    for pair in getattr(node.value, "elts", [])
                    for text in _texts(pair.elts[-1])
                }
    script = Path(awt.__file__).with_name("executor") / "engines" / "page.js"
    for call in re.findall(r"this\.fail\(([^;]*)", script.read_text()):
        reasons |= set(re.findall(r'"([a-z]+_[a-z]+|hidden|disabled|covered|unsupported)"', call))
    return reasons - {"text_missing"}  # the card says it in a line of its own


def _ledger_types() -> set[str]:
    return {
        text
        for _, tree in _trees()
        for call in _calls(tree, "move")
        for argument in call.args
        for text in _texts(argument)
    }


def _dashed(prefix: str, codes: set[str]) -> set[str]:
    return {prefix + code.lower().replace("_", "-") for code in codes}


@functools.cache
def _used() -> set[str]:
    """Return every key that the code can ask for."""
    keys = {key for key in _literal_keys() if not key.startswith("site-")}
    keys |= _choices()
    keys |= {f"{command.name}-{part}" for command in COMMANDS for part in ("usage", "help")}
    keys |= {f"service-{name}-{part}" for name in SERVICES for part in ("title", "description")}
    keys |= {f"span-{unit}" for unit in ("day", "hour", "minute")}
    keys |= {f"chat-link-{purpose}" for purpose in LINKS}
    keys |= {f"chat-closed-{reason}" for reason in closing.STATUS}
    keys |= _dashed("error-", _error_codes())
    keys |= _dashed("error-field-", _field_codes())
    keys |= _dashed("card-reason-", _reasons())
    keys |= _dashed("ledger-", _ledger_types())
    return keys | set(ALSO_USED)


def _in_templates() -> set[str]:
    pattern = re.compile(r"""\bt\(\s*["']([a-z0-9-]+[a-z0-9])["']\s*[,)]""")
    return {
        key
        for path in (ROOT / "web" / "templates").rglob("*.html")
        for key in pattern.findall(path.read_text(encoding="utf-8"))
    }


def test_the_tables_that_keys_are_made_of_are_found() -> None:
    """Else the tests below would pass for having looked at nothing."""
    assert {"chat-activate", "card-good", "card-bad"} <= _literal_keys()
    assert {"choice-menu", "choice-loginlink", "choice-yes"} <= _choices()
    assert {"paid_on_site", "unknown_service", "too_many"} <= _error_codes()
    assert {"url_host", "text_too_long", "address", "taken", "password_short"} <= _field_codes()
    assert {"http_status", "dns", "tls", "unsupported"} <= _reasons()
    assert {"SIGN_UP_BONUS", "TASK_START", "WRITE_OFF"} <= _ledger_types()
    assert set(LINKS) <= set(PATHS)
    assert _in_templates()


@pytest.mark.parametrize("area", [*AREAS, *PAGES])
def test_the_languages_have_the_same_keys_with_the_same_variables(area: str) -> None:
    first, *others = (_messages(lang, area) for lang in LANGS)
    for other in others:
        assert other == first


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_that_the_code_says_is_there(lang: str) -> None:
    catalog = _catalog()
    assert sorted(key for key in _used() if not catalog.has(lang, key)) == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_that_the_pages_show_is_there(lang: str) -> None:
    catalog = _catalog()
    assert sorted(key for key in _in_templates() if not catalog.has(lang, key)) == []


@pytest.mark.parametrize("area", AREAS)
def test_no_text_is_kept_that_nobody_says(area: str) -> None:
    assert sorted(set(_messages(LANGS[0], area)) - _used() - _in_templates()) == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_kind_of_garbage_has_a_name(lang: str) -> None:
    kinds = (*garbage.OF_USERS, *garbage.BY_DATE)
    keys = [f"admin-garbage-{kind.replace(' ', '-')}" for kind in kinds]
    assert [key for key in keys if not _catalog().has(lang, key)] == []


def test_a_key_is_in_one_file_only() -> None:
    keys = [key for area in (*AREAS, *PAGES) for key in _messages(LANGS[0], area)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("value", [1, 3, 5, 1234567, "x"])
@pytest.mark.parametrize("area", [*AREAS, *PAGES])
@pytest.mark.parametrize("lang", LANGS)
def test_every_text_can_be_formatted(lang: str, area: str, value: str | int) -> None:
    bundle = _bundle(lang, area)
    for key, variables in _messages(lang, area).items():
        pattern = bundle.get_message(key).value
        assert pattern is not None, key
        values = dict.fromkeys(variables, value)
        if isinstance(value, str):  # numbers only where NUMBER() asks for them
            values |= {"ms": 1, "least": 1, "most": 2, "line": 1, "column": 1}
        text, problems = bundle.format_pattern(pattern, values)
        assert not problems, (key, problems)
        assert "{" not in str(text), key


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("lang", LANGS)
def test_nobody_is_shouted_at(lang: str, area: str) -> None:
    assert "!" not in _file(lang, area).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGS)
def test_the_activation_message_has_the_link_the_warning_and_the_time(lang: str) -> None:
    text = _catalog()(lang, "chat-activate", link="<link>", left="<left>")
    assert "<link>" in text
    assert "<left>" in text
    assert {"en": "deleted", "ru": "удаляется"}[lang] in text


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 балл"),
        (2, "2 балла"),
        (5, "5 баллов"),
        (11, "11 баллов"),
        (21, "21 балл"),
        (0, "0 баллов"),
    ],
)
def test_russian_points_agree_with_their_number(count: int, words: str) -> None:
    assert _catalog()("ru", "services-price", price=count) == words


def test_times_and_codes_are_not_grouped_like_sums() -> None:
    assert _catalog()("en", "card-time", ms=12345) == "Time: 12345 ms"


def test_a_language_that_is_not_there_gets_the_default() -> None:
    assert _catalog()("tlh", "choice-yes") == "Yes"
