"""Places, regular expressions and variables."""

import time

import pytest

from awt.model.actions import BadAction
from awt.model.locators import Locator, UnknownVariable, locate, pattern, substitute


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("//a[.='x']/@href", Locator("xpath", "//a[.='x']", "href")),
        ("//@id", Locator("xpath", "/descendant-or-self::*[@id]", "id")),
        ("//div//@id", Locator("xpath", "//div/descendant-or-self::*[@id]", "id")),
        ("css:a.b/@data-x", Locator("css", "a.b", "data-x")),
        ("css: #x > p ", Locator("css", "#x > p")),
        ("//a[@href='/@x']", Locator("xpath", "//a[@href='/@x']")),
    ],
)
def test_a_place_is_read_with_its_attribute(text: str, found: Locator) -> None:
    assert locate(text, attributes=True) == found


@pytest.mark.parametrize(
    ("text", "code"), [("//[", "bad_xpath"), ("", "bad_xpath"), ("css:", "bad_css")]
)
def test_a_place_that_is_none_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadAction) as caught:
        locate(text)
    assert caught.value.code == code


def test_a_regular_expression_cannot_hang() -> None:
    began = time.process_time()
    assert not pattern("(a+)+$").search("a" * 20_000 + "!")
    assert time.process_time() - began < 5


def test_case_counts_unless_it_is_said() -> None:
    assert not pattern("SHOP").search("shop")
    assert pattern("SHOP", case=False).search("my shop")


def test_a_regular_expression_that_is_none_is_refused() -> None:
    with pytest.raises(BadAction):
        pattern("(?=x)")


def test_variables_are_put_in_once_and_braces_of_other_kinds_stay() -> None:
    values = {"a": "{b}", "b": "2"}
    assert substitute("{a}-{b}-x{3}-{ a }-{}", values) == "{b}-2-x{3}-{ a }-{}"


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(UnknownVariable) as caught:
        substitute("{nobody}", {})
    assert caught.value.name == "nobody"
