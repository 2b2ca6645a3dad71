"""Addresses, texts and results of actions."""

import re
from typing import get_args
from urllib.parse import urlsplit

import idna
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.model.actions import (
    MAX_DATA,
    MAX_DETAIL,
    MAX_URL,
    Action,
    ActionResult,
    BadAction,
    BadUrl,
    Enter,
    Open,
    Text,
    check_actions,
    normalise_url,
    plain,
)

_PIECES = st.sampled_from(
    ["http", "https", "ftp", "example", "com", "xn--", "::1", "80", "%41", "//", "..", "\uff11"]
) | st.sampled_from(":/?#@[]%.\\-_ éß。℀\u202e\u00ad")
_URLISH = st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=60)


@given(_URLISH)
def test_any_text_is_a_web_address_or_a_bad_url(text: str) -> None:
    try:
        url = normalise_url(text)
    except BadUrl:
        return
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.path.startswith("/")
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert len(url) <= MAX_URL
    assert normalise_url(url) == url


@given(_URLISH)
def test_a_host_is_accepted_only_in_the_form_that_the_network_library_takes(text: str) -> None:
    try:
        host = urlsplit(normalise_url(text)).hostname
    except BadUrl:
        return
    assert host
    if ":" in host:
        return
    assert host.encode("idna").decode() == host
    for label in host.removesuffix(".").split("."):
        assert re.fullmatch(r"[a-z0-9_-]{1,63}", label)
        assert not label.startswith("xn--") or idna.encode(idna.decode(label)).decode() == label


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("example.com", "http://example.com/"),
        ("example.com:8080/x", "http://example.com:8080/x"),
        ("//example.com/x", "http://example.com/x"),
        ("HTTPS://Example.COM:443?q=1#top", "https://example.com/?q=1#top"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://bücher.example/straße?q=ü", "http://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC"),
        ("http://пример.рф", "http://xn--e1afmkfd.xn--p1ai/"),
        ("http://example。com/", "http://example.com/"),
        ("My_Site.example:8080", "http://my_site.example:8080/"),
        ("http://r3---sn-a_.Бюро.example./", "http://r3---sn-a_.xn--90a0af9c.example./"),
        ("http://example.com/a%20b", "http://example.com/a%20b"),
        ('http://example.com/"<>', "http://example.com/%22%3C%3E"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/"),
        ("http://2130706433/", "http://2130706433/"),
        ("http://\uff11\uff12\uff17.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_an_address_is_completed_and_encoded(text: str, url: str) -> None:
    assert normalise_url(text) == url


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("http://example.com/" + "a" * MAX_URL, "too_long"),
        ("http://example.com/" + "ü" * 1000, "too_long"),
        ("http://exa mple.com/", "characters"),
        ("http://example.com/\n", "characters"),
        ("http://example.com/\x00", "characters"),
        ("http://example.com/\ud800", "characters"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("file:/etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("http:example.com", "host"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("http://user:word@example.com/", "userinfo"),
        ("http://good.example\\@evil.example/", "userinfo"),
        ("http://good.example\\.evil.example/", "host"),
        ("http://a..b/", "host"),
        ("http://" + "a" * 64 + ".example/", "host"),
        ("http://" + "a.b" * 100 + "/", "host"),
        ("http://" + "a." * 128 + "/", "host"),
        ("http://./", "host"),
        ("http://a_ü.example/", "host"),
        ("http://xn--a_b.example/", "host"),
        ("http://a+b.example/", "host"),
        ("http://[fe80::1%25eth0]/", "host"),
        ("http://[::1", "host"),
        ("http://[::1]x/", "host"),
        ("http://℀.example/", "host"),
        ("http://example.com:0/", "port"),
        ("http://example.com:65536/", "port"),
        ("http://example.com:port/", "port"),
    ],
)
def test_what_is_not_a_web_address_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(BadUrl) as caught:
        normalise_url(text)
    assert caught.value.code == code


def test_a_check_opens_the_page() -> None:
    assert check_actions("example.com", None) == (Open("http://example.com/"),)


def test_a_check_with_a_text_looks_for_it() -> None:
    assert check_actions("example.com", "All is well")[1:] == (Text(data="All is well"),)


def test_a_blank_text_is_no_text() -> None:
    assert len(check_actions("example.com", " \n")) == 1


def test_a_text_that_can_not_be_stored_is_refused() -> None:
    with pytest.raises(BadAction):
        check_actions("example.com", "ü" * MAX_DATA)


def test_an_action_crosses_the_wire_as_its_type_and_two_fields() -> None:
    wire = {"type": "enter", "selector": "//input", "data": "bob"}
    action = msgspec.convert(wire, Action)
    assert isinstance(action, Enter)
    assert msgspec.to_builtins(action) == wire
    assert action.type == "enter"


def test_there_are_the_twelve_actions_and_the_text_of_a_check() -> None:
    tags = {str(kind.__struct_config__.tag) for kind in get_args(Action)}
    assert tags == {
        "open",
        "exists",
        "click",
        "enter",
        "modify",
        "url",
        "title",
        "var_regexp",
        "var_xpath",
        "var_url",
        "var_title",
        "proxy",
        "text",
    }


def test_an_action_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="hover"):
        msgspec.convert({"type": "hover", "selector": "//a"}, Action)


def test_a_result_holds_no_control_characters_and_no_endless_texts() -> None:
    result = ActionResult(
        status="failed", detail="a\x1b[31m\n" + "b" * 999, data={"title": "x\u202ey\x07", "n": 1}
    )
    assert result.detail.startswith("a[31m b")
    assert len(result.detail) == MAX_DETAIL
    assert result.data == {"title": "xy", "n": 1}


def test_a_result_off_the_wire_is_cleaned_as_well() -> None:
    wire = msgspec.json.encode({"status": "failed", "detail": "a\x07b\u202ec"})
    assert msgspec.json.decode(wire, type=ActionResult).detail == "abc"


def test_a_result_survives_the_wire() -> None:
    result = ActionResult(status="succeeded", ms=12, data={"status": 200, "title": "T"})
    assert msgspec.json.decode(msgspec.json.encode(result), type=ActionResult) == result


@given(st.text(max_size=400), st.integers(min_value=1, max_value=50))
def test_plain_text_is_short_and_folded_and_cleaning_it_again_changes_nothing(
    text: str, limit: int
) -> None:
    once = plain(text, limit)
    assert len(once) <= limit
    assert not any(ord(char) < 0x20 for char in once)
    assert plain(once, limit) == once


def test_joiners_of_persian_and_emoji_are_kept() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648"
    assert plain(persian, 99) == persian
