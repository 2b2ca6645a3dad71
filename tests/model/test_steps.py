"""The text form: what it means, and where what is wrong with it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.model.actions import (
    REGIONS,
    Action,
    Click,
    Enter,
    Exists,
    Modify,
    Open,
    Proxy,
    Text,
    Title,
    Url,
    VarRegexp,
    VarTitle,
    VarUrl,
    VarXpath,
)
from awt.model.steps import BadSteps, Problem, check, parse, write

MOST = 100
EVERY = """\
open https://shop.example/login
# what begins with a hash is for people

exists //form[@id = "a b"]
enter //input[@name='user'] bob the builder
click //button[.='Sign in']
modify css:input[name='a b'] {N}
url ^https://shop
title Dash.*
var_regexp n \\d{1,3}
var_xpath n //a/@href
var_url here
var_title there
proxy us
proxy custom proxy.example:3128
proxy custom
text Welcome
"""


def problems(text: str, most: int = MOST) -> list[tuple[int, int, str]]:
    with pytest.raises(BadSteps) as caught:
        parse(text, most=most)
    return [(each.line, each.column, each.code) for each in caught.value.problems]


def test_every_type_has_its_line() -> None:
    assert parse(EVERY, most=MOST) == (
        Open("https://shop.example/login"),
        Exists('//form[@id = "a b"]'),
        Enter("//input[@name='user']", "bob the builder"),
        Click("//button[.='Sign in']"),
        Modify("css:input[name='a b']", "{N}"),
        Url("^https://shop"),
        Title("Dash.*"),
        VarRegexp("n", r"\d{1,3}"),
        VarXpath("n", "//a/@href"),
        VarUrl("here"),
        VarTitle("there"),
        Proxy("us"),
        Proxy("custom", "proxy.example:3128"),
        Proxy("custom"),
        Text(data="Welcome"),
    )


def test_an_address_gets_its_scheme_unless_a_variable_may_have_it() -> None:
    opened = parse("open shop.example\nopen {HOST}/a\n", most=MOST)
    assert opened == (Open("http://shop.example/"), Open("{HOST}/a"))


def test_what_does_not_stand_in_a_line_stands_in_quotes() -> None:
    text = 'enter "//a | //b" "two\\nlines \\"said\\""\ntext "  spaces  "\nclick "//a[.=\\"x\\"]"\n'
    assert parse(text, most=MOST) == (
        Enter("//a | //b", 'two\nlines "said"'),
        Text(data="  spaces  "),
        Click('//a[.="x"]'),
    )


def test_lines_may_end_as_in_any_system() -> None:
    assert len(parse("open a.example\r\ntext x\rtext y\n", most=MOST)) == 3


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("fly //a", 1, "step_unknown"),
        ("  OPEN a.example", 3, "step_unknown"),
        ("open", 5, "url_empty"),
        ("open ftp://a.example", 6, "url_scheme"),
        ("open http://a.example:99999", 6, "url_port"),
        ("open http://u:p@a.example", 6, "url_userinfo"),
        ("click", 6, "step_xpath"),
        ("click //a[", 10, "step_xpath"),
        ("click //a]", 10, "step_xpath"),
        ("click //a[.='it]", 13, "step_xpath"),
        ("click //a[[1]]", 7, "step_xpath"),
        ("click css:", 11, "step_css"),
        ("click css:a[b", 12, "step_css"),
        ("enter //a[.='x' b", 10, "step_xpath"),
        ('enter "//a b', 7, "step_quote"),
        ('enter "//a"b c', 12, "step_quote"),
        ('text "a" b', 10, "step_extra"),
        ("title (a|b", 7, "step_regexp"),
        ("title a[b", 8, "step_regexp"),
        (r"url x\k", 6, "step_regexp"),
        ("title a{1,9999}", 8, "step_regexp"),
        ("title (?=x)", 7, "step_regexp"),
        ("var_url 1st", 9, "step_name"),
        ("var_url a b", 11, "step_extra"),
        ("var_regexp a", 13, "step_regexp"),
        ("var_xpath a //", 13, "step_xpath"),
        ("proxy de", 7, "step_region"),
        ("proxy custom nowhere", 14, "step_proxy"),
        ("proxy custom a:0", 14, "step_proxy"),
        ("proxy us a.example:1", 10, "step_extra"),
        ("text ", 6, "step_text"),
        ("text " + "я" * 2049, 6, "step_long"),
    ],
)
def test_what_is_wrong_is_found_where_it_is(line: str, column: int, code: str) -> None:
    assert problems(f"open a.example\n{line}\n") == [(2, column, code)]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems("fly\nopen a.example\nclick\n# no step\ntitle (\n")
    assert found == [(1, 1, "step_unknown"), (3, 6, "step_xpath"), (5, 7, "step_regexp")]


def test_too_many_steps_and_none_are_refused() -> None:
    assert problems("\n# nothing\n") == [(1, 1, "step_none")]
    assert problems("text a\n" * 4, most=3) == [(4, 1, "step_many")]
    assert len(parse("text a\n" * 3, most=3)) == 3


@pytest.mark.parametrize("text", ["//a[" * 1000, "(" * 4000, "'" * 4001, "[" * 4096])
def test_a_selector_that_is_a_bomb_is_only_wrong(text: str) -> None:
    assert problems(f"click {text}")[0][2] == "step_xpath"


def test_deep_nesting_is_read_or_refused_and_never_ends_the_process() -> None:
    text = "click " + "(" * 2000 + "//a" + ")" * 2000
    try:
        found = [action.type for action in parse(text, most=MOST)]
    except BadSteps as error:
        found = [each.code for each in error.problems]
    assert found in (["click"], ["step_xpath"])


PLACES = st.sampled_from(
    ["//a", "//a[.='x y']", "//a | //b", '//a[. = "q"]', "css:a > b", "id('x')"]
)
WORDS = st.text(max_size=30).filter(lambda text: text.isprintable() or "\n" in text)
TEXTS = WORDS.filter(lambda text: bool(text.strip()))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
ACTIONS = st.one_of(
    st.builds(Open, st.sampled_from(["http://a.example/", "https://a.example/b?c=d#e", "{X}/y"])),
    st.builds(Exists, PLACES),
    st.builds(Click, PLACES),
    st.builds(Enter, PLACES, WORDS),
    st.builds(Modify, PLACES, WORDS),
    st.builds(Title, st.sampled_from(["a b", '"quoted"', " lead", "x{2}|y"])),
    st.builds(VarRegexp, NAMES, st.sampled_from([r"\d+", '"', "a  b "])),
    st.builds(VarXpath, NAMES, PLACES),
    st.builds(VarTitle, NAMES),
    st.builds(Proxy, st.sampled_from(REGIONS)),
    st.builds(Proxy, st.just("custom"), st.sampled_from(["a.example:1", "[::1]:8080"])),
    st.builds(Text, st.just(""), TEXTS),
)


@given(st.lists(ACTIONS, min_size=1, max_size=8))
def test_what_is_written_is_read_back_as_it_was(actions: list[Action]) -> None:
    assert parse(write(actions), most=MOST) == check(actions, most=MOST) == tuple(actions)


@given(st.text(max_size=200))
def test_any_text_is_steps_or_problems(text: str) -> None:
    try:
        parse(text, most=MOST)
    except BadSteps as error:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for problem in error.problems:
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


def test_actions_in_json_are_checked_alike_and_say_which_field_is_wrong() -> None:
    with pytest.raises(BadSteps) as caught:
        check([Open("a.example"), Click("//a["), VarUrl("x", "more"), Text()], most=MOST)
    assert list(caught.value.problems) == [
        Problem(code="step_xpath", line=2, column=1, field="actions[1].selector"),
        Problem(code="step_extra", line=3, column=1, field="actions[2].data"),
        Problem(code="step_text", line=4, column=1, field="actions[3].data"),
    ]
    assert check([Open("a.example")], most=1) == (Open("http://a.example/"),)
    for actions in ([], [Text(data="a")] * 2):
        with pytest.raises(BadSteps):
            check(actions, most=1)
