"""Titles and texts out of bytes of any quality."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.executor.engines.page import MAX_TITLE, Page, read_page

HTML = "text/html; charset=utf-8"
HELLO = "Здрасьте"


def test_a_page_has_a_title_and_a_visible_text() -> None:
    page = read_page(
        b"<!doctype html><html><head><title> My\n shop </title><style>p{}</style>"
        b"<script>var hidden = 1</script></head><body><h1>Hello</h1><p>Wor<b>ld</b>&amp;<br>more"
        b"<template>later</template></body></html>",
        HTML,
    )
    assert page == Page(title="My shop", text="Hello World& more")


def test_the_title_of_a_drawing_is_not_the_title_of_the_page() -> None:
    page = read_page(b"<body><svg><title>icon</title></svg><p>x</p>", HTML)
    assert page.title == ""


def test_only_the_first_title_counts() -> None:
    assert read_page(b"<title>a</title><title>b</title>", HTML).title == "a"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (HELLO.encode("cp1251"), "text/html; charset=windows-1251", HELLO),
        (HELLO.encode("koi8-r"), 'text/html; Charset="KOI8-R"', HELLO),
        (b"<meta charset=windows-1251>" + HELLO.encode("cp1251"), "text/html", HELLO),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=shift_jis">'
            + "日本".encode("cp932"),
            "text/html",
            "日本",
        ),
        (b'<?xml version="1.0" encoding="iso-8859-2"?>' + "łódź".encode("iso8859-2"), "", "łódź"),
        ("é".encode(), "text/html; charset=no-such-charset", "é"),
        ("é".encode(), "text/html; charset=punycode", "é"),
        ("é".encode("latin-1"), "text/html", "é"),
        ("é".encode("latin-1"), HTML, "\ufffd"),
        ("éé".encode()[:3], "text/html", "é\ufffd"),
        ("€".encode("cp1252"), "text/html; charset=iso-8859-1", "€"),
        (("\ufeff" + HELLO).encode("utf-16-le"), HTML, HELLO),
        ("\ufeffé".encode(), "text/html; charset=latin1", "é"),
        (b"<meta charset=utf-16>" + "é".encode(), "text/html", "é"),
        (b"+ADw-script+AD4-", "text/html; charset=utf-7", "+ADw-script+AD4-"),
        (b"plain <b>text</b>", "text/plain", "plain <b>text</b>"),
        (b'{"status": "ok"}', "application/json", '{"status": "ok"}'),
        (b"\x89PNG", "image/png", None),
        (b"", HTML, ""),
        (b"<!-- only a comment -->", HTML, ""),
    ],
)
def test_a_text_is_read_in_its_charset(body: bytes, content_type: str, text: str | None) -> None:
    assert read_page(body, content_type).text == text


def test_a_hostile_title_is_cut_and_cleaned() -> None:
    title = "a\x00\x1b[31m\u202eb\u2066c\u200bd<script>alert(1)</script>" + "x" * 999
    read = read_page(f"<title>{title}</title>".encode(), HTML).title
    assert len(read) <= MAX_TITLE
    assert read.isprintable()
    assert read.endswith("x")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_page_is_bad_enough_to_fail(body: bytes, content_type: str) -> None:
    read_page(body, content_type)
    read_page(body, "text/html")
    read_page(b"<title>" + body + b"<p>" + body, "text/html; charset=gbk")


@pytest.mark.parametrize(
    "piece",
    [
        " a%d",
        "<a",
        "<!--",
        "&amp",
        "<div>",
        "<p>x",
        "</x>",
        "<table>",
        '<a href="',
        "<title>",
        "\0<",
    ],
)
def test_the_worst_pages_take_no_more_than_seconds(piece: str) -> None:
    size = 2**20
    if "%d" in piece:
        body = "<a " + "".join(piece % number for number in range(size // 8)) + ">"
    else:
        body = piece * (size // len(piece))
    begin = time.thread_time()  # what others do on this machine does not count
    read_page(body.encode(), HTML)
    assert time.thread_time() - begin < 5
