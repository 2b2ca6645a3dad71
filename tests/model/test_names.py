"""Login names, passwords, texts, time zones."""

import unicodedata
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.model.messages import LINK
from awt.model.names import clean_text, has_controls, login_problem, password_problem, zones


@pytest.mark.parametrize("login", ["ann", "a.b-c_9", "a" * 32, "..."])
def test_a_login_name_is_short_and_plain(login: str) -> None:
    assert login_problem(login) is None


@pytest.mark.parametrize(
    "login", ["", "an", "a" * 33, "Ann", "ann lee", "аня", "ann\n", "ann@example.org"]
)
def test_other_login_names_are_refused(login: str) -> None:
    assert login_problem(login) == "login"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("12345678", None),
        ("four plain words here", None),
        ("пароль из слов", None),
        ("a" * 72, None),
        ("", "password_short"),
        ("1234567", "password_short"),
        ("a" * 73, "password_long"),
        ("я" * 37, "password_long"),
        ("1234567\x00", "characters"),
        ("1234567\n", "characters"),
        ("1234567\ud800", "characters"),
    ],
)
def test_a_password_is_long_enough_and_no_longer_than_bcrypt_looks(
    password: str, problem: str | None
) -> None:
    assert password_problem(password) == problem


@given(st.text(alphabet=st.characters(), max_size=100))
def test_any_password_has_a_problem_or_can_be_hashed(password: str) -> None:
    if password_problem(password) is None:
        assert 8 <= len(password.encode()) <= 72
        assert not has_controls(password)


@given(st.text(alphabet=st.characters(), max_size=200))
def test_a_cleaned_text_can_go_out_anywhere_and_stays_as_it_is(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert LINK not in once
    once.encode()
    # The Char of XML 1.0, 2.2, without what none needs.
    for char in once:
        assert char in "\n\t" or ord(char) >= 0x20
        assert unicodedata.category(char) != "Cs"
        assert ord(char) & 0xFFFE != 0xFFFE


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00\x07\x1b[31mb\x7f\x85", "a[31mb"),
        ("a\u202eb\u2066c", "abc"),
        (f"a{LINK}b\uf8ff", "ab"),
        ("a\ufffeb\uffff\U0001ffff", "ab"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("привет", "привет"),
    ],
)
def test_a_text_keeps_what_people_write(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_time_zones_mean_the_same_on_every_machine() -> None:
    assert {"UTC", "Europe/Berlin", "Europe/Moscow"} <= zones()
    assert not {"localtime", "Factory"} & zones()
    for name in ("UTC", "Asia/Kolkata"):
        assert zoneinfo.ZoneInfo(name).key == name
