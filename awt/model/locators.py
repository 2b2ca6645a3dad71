"""What the fields of an action say: elements, regular expressions, variables."""

import re
from collections.abc import Mapping
from typing import Final, Literal

import re2
from attrs import frozen
from lxml import etree

from awt.model.actions import BadAction

CSS: Final = "css:"
"""What a selector begins with that is no XPath."""

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
"""What a variable may be called."""
VARIABLE: Final = re.compile(rf"\{{({NAME.pattern})\}}")
"""``{NAME}`` in a field stands for a variable of the run."""

_ATTRIBUTE: Final = re.compile(r"(.+)/@([\w:.-]+)", re.DOTALL)


@frozen
class Locator:
    """Where an element is, and which of its attributes is meant ("" for none)."""

    kind: Literal["xpath", "css"]
    path: str
    attribute: str = ""


class UnknownVariable(BadAction):
    """No action has stored a value under `name`."""

    def __init__(self, name: str) -> None:
        super().__init__("unknown_variable")
        self.name = name


def locate(selector: str, *, attributes: bool = False) -> Locator:
    """Read a selector: an XPath, or `css:` and a CSS selector.

    With `attributes`, `/@NAME` at its end names an attribute of the element. Raises `BadAction`
    `bad_xpath` or `bad_css` (empty; all else of CSS only the browser can tell).
    """
    path, attribute = selector.strip(), ""
    if attributes and (match := _ATTRIBUTE.fullmatch(path)) is not None:
        path, attribute = match[1], match[2]
        if path.endswith("/"):  # `//@id`: any element below that has it
            path = f"{path[:-1]}/descendant-or-self::*[@{attribute}]"
    if path.startswith(CSS):
        css = path.removeprefix(CSS).strip()
        if not css:
            raise BadAction("bad_css")
        return Locator("css", css, attribute)
    try:
        etree.XPath(path)
    except (etree.XPathError, ValueError):
        raise BadAction("bad_xpath") from None
    return Locator("xpath", path, attribute)


def compile_regexp(text: str, *, case: bool = True) -> "re2._Regexp[str]":
    """Compile a user's regular expression by RE2, which takes linear time whatever it is given.

    Raises `re2.error`, which says what is wrong.
    """
    options = re2.Options()
    options.case_sensitive = case
    options.log_errors = False
    return re2.compile(text, options)


def pattern(text: str, *, case: bool = True) -> "re2._Regexp[str]":
    """Compile a user's regular expression. Raises `BadAction` `bad_regexp`."""
    try:
        return compile_regexp(text, case=case)
    except re2.error:
        raise BadAction("bad_regexp") from None


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Put the values of variables where `{NAME}` stands, once: what a value contains stays as it is.

    Braces around anything but a name, as in `a{3}`, mean nothing here. Raises `UnknownVariable`.
    """

    def value(match: re.Match[str]) -> str:
        try:
            return variables[match[1]]
        except KeyError:
            raise UnknownVariable(match[1]) from None

    return VARIABLE.sub(value, text)
