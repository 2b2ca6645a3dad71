"""The text form of a test: an action a line, the same in chat, in files and in the editor.

    open https://shop.example/login
    enter //input[@name='user'] bob
    click //button[.='Sign in']
    title Dashboard

A line is the type, then its fields. The last field goes on to the end of the line; a selector before
another field ends at the first space outside of its brackets and quotes. What begins with `"` is a JSON
string, which holds what would not stand in a line otherwise. Empty lines and those that begin with `#`
mean nothing. Whatever is wrong is found at its line and column, both from 1, counted in characters.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final, get_args

import msgspec
import re2
from attrs import frozen
from lxml import etree

from awt.model.actions import (
    MAX_DATA,
    REGIONS,
    Action,
    BadUrl,
    Proxy,
    Step,
    normalise_url,
)
from awt.model.locators import CSS, NAME, VARIABLE, compile_regexp

_HOST_PORT = re.compile(r"(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?')
_WORD = re.compile(r"\S+")
_OPENING = {"[": "]", "(": ")"}
_PORTS = range(1, 65536)


@frozen(kw_only=True)
class Problem:
    """What is wrong at a place: ``code`` names the message ``error-field-<code>``.

    ``field`` is where it is in JSON: ``actions[2].selector``.
    """

    code: str
    line: int
    column: int
    field: str = ""
    near: str = ""
    """The word that is meant, where it is one."""


class BadSteps(ValueError):
    """Steps that cannot be saved."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)


class _Bad(Exception):
    """A field is wrong, at an offset from its beginning."""

    def __init__(self, code: str, offset: int = 0) -> None:
        super().__init__(code, offset)
        self.code = code
        self.offset = offset


@frozen
class _Field:
    """A field of a type of action: what it is called, how it is checked, whether it may be empty."""

    attribute: str
    check: Callable[[str], str]
    missing: str
    """What is said where it is not there; empty for a field that may be."""
    words: bool = False
    """Whether it may have spaces outside of brackets and quotes, so that it has to come last."""


@frozen(kw_only=True)
class _Placed:
    """A field as it was written: its value, and how each character of it came to its column."""

    value: str
    column: int
    quoted: bool = False

    def at(self, offset: int) -> int:
        return self.column if self.quoted else self.column + offset


def _stand_in(text: str) -> str:
    """Return a text with a name of the same length for each variable, so that it can be compiled."""
    return VARIABLE.sub(lambda found: "x" * len(found[0]), text)


def _url(text: str) -> str:
    try:
        url = normalise_url(_stand_in(text))
    except BadUrl as error:
        raise _Bad(f"url_{error.code}") from None
    return text if VARIABLE.search(text) else url


def _xpath(text: str) -> str:
    if text.startswith(CSS):
        if not text.removeprefix(CSS).strip():
            raise _Bad("step_css", len(CSS))
        _check_pairs(text, "step_css")
        return text
    _check_pairs(text, "step_xpath")
    try:
        etree.XPath(_stand_in(text))
    except (etree.XPathSyntaxError, ValueError):
        raise _Bad("step_xpath") from None
    return text


def _check_pairs(text: str, code: str) -> None:
    """Find the bracket or quote that has no partner."""
    open_: list[tuple[str, int]] = []
    quote = ""
    for offset, char in enumerate(text):
        if quote:
            if char == quote:
                quote = ""
                open_.pop()
        elif char in "'\"":
            quote = char
            open_.append((char, offset))
        elif char in _OPENING:
            open_.append((_OPENING[char], offset))
        elif char in _OPENING.values() and (not open_ or open_.pop()[0] != char):
            raise _Bad(code, offset)
    if open_:
        raise _Bad(code, open_[-1][1])


def _regexp(text: str) -> str:
    try:
        compile_regexp(_stand_in(text), case=False)
    except re2.error as error:
        said = error.args[0] if error.args else b""
        said = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        part = said.partition(": ")[2]
        found = _stand_in(text).find(part) if part else -1
        raise _Bad("step_regexp", max(0, found)) from None
    return text


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise _Bad("step_name")
    return text


def _region(text: str) -> str:
    if text not in REGIONS:
        raise _Bad("step_region")
    return text


def _text(text: str) -> str:
    return text


def _words(text: str) -> str:
    if not text.strip():
        raise _Bad("step_text")
    return text


def _host_port(text: str) -> str:
    if not text:
        return text
    found = _HOST_PORT.fullmatch(_stand_in(text))
    if VARIABLE.search(text):
        return text
    if found is None or int(found[1]) not in _PORTS:
        raise _Bad("step_proxy")
    return text


_PLACE = _Field("selector", _xpath, "step_xpath")
_LAST_PLACE = _Field("selector", _xpath, "step_xpath", words=True)
_PATTERN = _Field("selector", _regexp, "step_regexp", words=True)
_VARIABLE = _Field("selector", _name, "step_name")
_FIELDS: Final[dict[str, tuple[_Field, ...]]] = {
    "open": (_Field("selector", _url, "url_empty", words=True),),
    "exists": (_LAST_PLACE,),
    "click": (_LAST_PLACE,),
    "enter": (_PLACE, _Field("data", _text, "", words=True)),
    "modify": (_PLACE, _Field("data", _text, "", words=True)),
    "url": (_PATTERN,),
    "title": (_PATTERN,),
    "var_regexp": (_VARIABLE, _Field("data", _regexp, "step_regexp", words=True)),
    "var_xpath": (_VARIABLE, _Field("data", _xpath, "step_xpath", words=True)),
    "var_url": (_VARIABLE,),
    "var_title": (_VARIABLE,),
    "proxy": (_Field("selector", _region, "step_region"), _Field("data", _host_port, "")),
    "text": (_Field("data", _words, "step_text", words=True),),
}
_KINDS: Final[dict[str, type[Step]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Action)
}
TYPES: Final = tuple(_FIELDS)
"""The types of actions, as the text form writes them."""


def ways(regions: Collection[str]) -> tuple[str, ...]:
    """Return what the action `proxy` may name where there are proxies in these regions."""
    return tuple(name for name in REGIONS if name in {*regions, "default", "custom"})


def parse(text: str, *, most: int, regions: Collection[str] = REGIONS) -> tuple[Action, ...]:
    """Return the actions of a text; raise `BadSteps` with everything that is wrong with it.

    ``most``: how many actions a test may have; ``regions``: where the action `proxy` can go here.
    """
    actions: list[Action] = []
    problems: list[Problem] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            actions.append(_line(line, regions))
        except _At as error:
            problems.append(
                Problem(code=error.code, line=number, column=error.column, near=error.near)
            )
        if len(actions) + len(problems) > most:
            problems.append(Problem(code="step_many", line=number, column=1))
            break
    if not actions and not problems:
        problems.append(Problem(code="step_none", line=1, column=1))
    if problems:
        raise BadSteps(problems)
    return tuple(actions)


class _At(Exception):
    """A line is wrong, at a column."""

    def __init__(self, code: str, column: int, near: str = "") -> None:
        super().__init__(code, column)
        self.code = code
        self.column = column
        self.near = near


def _line(line: str, regions: Collection[str]) -> Action:
    word = _WORD.search(line)
    assert word is not None
    name = word[0]
    fields = _FIELDS.get(name)
    if fields is None:
        raise _At("step_unknown", word.start() + 1, name[:40])
    place = word.end()
    values: dict[str, str] = {}
    columns: dict[str, int] = {}
    for field in fields:
        placed, place = _read(line, place, last=field.words)
        columns[field.attribute] = placed.column
        values[field.attribute] = _checked(field, placed)
    if line[place:].strip():
        raise _At("step_extra", place + len(line[place:]) - len(line[place:].lstrip()) + 1)
    action = _KINDS[name](**values)
    _check_whole(action, regions, lambda code, field: _At(code, columns[field], values[field][:40]))
    return action  # type: ignore[return-value]  # each kind is one of the union


def _checked(field: _Field, placed: _Placed) -> str:
    if not placed.value and field.missing:
        raise _At(field.missing, placed.column)
    if len(placed.value.encode(errors="replace")) > MAX_DATA:
        raise _At("step_long", placed.column)
    try:
        return field.check(placed.value)
    except _Bad as error:
        raise _At(error.code, placed.at(error.offset)) from None


def _check_whole(
    action: Step, regions: Collection[str], refuse: Callable[[str, str], Exception]
) -> None:
    """Refuse fields that do not go together, and a region that there is no way to."""
    if isinstance(action, Proxy) and action.selector not in ways(regions):
        raise refuse("step_no_region", "selector")
    if isinstance(action, Proxy) and action.data and action.selector != "custom":
        raise refuse("step_extra", "data")


def _read(line: str, place: int, *, last: bool) -> tuple[_Placed, int]:
    """Return the field that begins after ``place``, and where it ends."""
    begin = place + len(line[place:]) - len(line[place:].lstrip())
    column = min(begin, len(line)) + 1
    if begin < len(line) and line[begin] == '"':
        found = _STRING.match(line, begin)
        assert found is not None
        try:
            value = msgspec.json.decode(found[0].encode(errors="replace"), type=str)
        except msgspec.DecodeError:
            raise _At("step_quote", column) from None
        end = found.end()
        if end < len(line) and not line[end].isspace():
            raise _At("step_quote", end + 1)
        return _Placed(value=value, column=column, quoted=True), end
    end = len(line.rstrip()) if last else _end_of_selector(line, begin)
    end = max(end, begin)
    return _Placed(value=line[begin:end], column=column), end


def _end_of_selector(line: str, begin: int) -> int:
    """Return where the first space outside of brackets and quotes is, or the end of the line."""
    depth = 0
    quote = ""
    for place in range(begin, len(line)):
        char = line[place]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in _OPENING:
            depth += 1
        elif char in _OPENING.values():
            depth -= 1
        elif char.isspace() and depth <= 0:
            return place
    return len(line.rstrip())


def write(actions: Sequence[Action]) -> str:
    """Return actions in the text form; `parse` of it returns the very same."""
    return "".join(f"{_written(action)}\n" for action in actions)


def _written(action: Step) -> str:
    parts = [action.type]
    fields = _FIELDS[action.type]
    for number, field in enumerate(fields, 1):
        value = getattr(action, field.attribute)
        if value or number < len(fields) or field.missing:
            parts.append(_quoted_if_needed(value, last=field.words))
    return " ".join(parts)


def _quoted_if_needed(value: str, *, last: bool) -> str:
    begins_well = value[:1] != '"' and value == value.strip() and bool(value)
    if begins_well and not any(char in value for char in "\n\r"):
        end = len(value) if last else _end_of_selector(value, 0)
        if end == len(value):
            return value
    return msgspec.json.encode(value).decode()


def check(
    actions: Sequence[Action], *, most: int, regions: Collection[str] = REGIONS
) -> tuple[Action, ...]:
    """Return actions as they are kept (addresses complete); raise `BadSteps` as `parse` does.

    The line of a problem is the one that the text form has the action in.
    """
    checked: list[Action] = []
    problems: list[Problem] = []
    if len(actions) > most:
        problems.append(Problem(code="step_many", line=most + 1, column=1, field="actions"))
    if not actions:
        problems.append(Problem(code="step_none", line=1, column=1, field="actions"))
    for number, action in enumerate(actions[:most]):
        try:
            checked.append(_check_one(action, number, regions))
        except BadSteps as error:
            problems += error.problems
    if problems:
        raise BadSteps(problems)
    return tuple(checked)


def _check_one(action: Step, number: int, regions: Collection[str]) -> Action:
    values = {"selector": action.selector, "data": action.data}

    def refuse(code: str, field: str, near: str = "") -> BadSteps:
        where = f"actions[{number}].{field}"
        return BadSteps([Problem(code=code, line=number + 1, column=1, near=near, field=where)])

    known = {field.attribute: field for field in _FIELDS[action.type]}
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            if value:
                raise refuse("step_extra", name)
            continue
        try:
            values[name] = _checked(field, _Placed(value=value, column=1))
        except _At as error:
            raise refuse(error.code, name) from None
    made = type(action)(**values)
    _check_whole(made, regions, lambda code, field: refuse(code, field, values[field][:40]))
    return made  # type: ignore[return-value]  # each kind is one of the union
