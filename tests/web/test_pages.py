"""Every page, in both languages, with the headers that it needs."""

import re
from collections.abc import Callable

import lxml.html
import pytest

from awt.testing.site import Answer, Browser

PUBLIC = ("/", "/faq", "/terms", "/register", "/login", "/api/")
PRIVATE = ("/dashboard", "/services", "/invites", "/history", "/settings")
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
UNFILLED = re.compile(r"\{\s*[$A-Za-z-]|\?\?\?|Undefined|\bNone\b")
"""What Fluent, Jinja and Python leave behind where a value was missing."""


def check(page: Answer, lang: str) -> lxml.html.HtmlElement:
    """Check what holds for every page; return its tree."""
    for name, value in HEADERS.items():
        assert page.headers[name] == value, name
    csp = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in csp
    assert "frame-ancestors 'none'" in csp
    assert "unsafe" not in csp
    assert page.headers["Content-Length"] == str(len(page.body))
    tree = lxml.html.document_fromstring(page.text)
    assert tree.get("lang") == lang
    for code in tree.xpath("//code | //pre | //script"):  # hold braces of their own
        code.text = ""
    seen = tree.text_content() + " ".join(
        tree.xpath("//@alt | //@title | //@*[contains(name(), 'label')]")
    )
    assert not UNFILLED.search(seen), UNFILLED.search(seen)
    assert not tree.xpath("//@style | //style | //@onclick | //script[not(@src)]")
    assert all(
        url.startswith(("/static/", "data:image/svg+xml"))
        for url in tree.xpath("//script/@src | //link/@href | //img/@src")
    )
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(tree.xpath("//label/@for")) <= set(ids)
    assert len(tree.xpath("//h1")) == 1
    has_russian = bool(re.search("[а-яё]", tree.xpath("string(//main)")))
    assert has_russian == (lang == "ru") or lang == "en"
    for href in tree.xpath("//a/@href[starts-with(., '#')]"):
        assert href[1:] in ids, href
    return tree


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(someone: Callable[..., Browser], path: str, lang: str) -> None:
    page = someone(language=lang).get(path)
    assert page.status == 200
    check(page, lang)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_pages_of_an_account(someone: Callable[..., Browser], lang: str) -> None:
    browser = someone(language=lang)
    browser.join("pages-" + lang, "correct horse battery")
    message_id = browser.say(f'#check {browser.url}/faq "nothing like this"', service="webtest")
    with browser.events() as events:
        events.answers(message_id)
        events.answers(message_id)
    for path in PRIVATE:
        page = browser.get(path)
        assert page.status == 200, path
        tree = check(page, lang)
        assert tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert f"{browser.url}/faq" in browser.get("/dashboard").text


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_pages_on_the_way_in(someone: Callable[..., Browser], lang: str) -> None:
    browser = someone(language=lang)
    answer = browser.submit("/register", "/register", login="way-in-" + lang)
    check(browser.follow(answer), lang)
    with browser.events() as events:
        link = events.next().link
    check(browser.get(link), lang)
    browser.click(link)
    gone = browser.get(link)
    assert gone.status == 410
    check(gone, lang)
    check(someone(language=lang).get(link), lang)
    check(browser.get(browser.ask("#loginlink").link), lang)
    link = browser.ask("#forgot").link
    check(browser.get(link), lang)
    page = browser.follow(browser.click(link))
    check(page, lang)
    notice = browser.submit(page, "/new_password", new="short", again="short")
    check(notice, lang)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_pages_of_errors(someone: Callable[..., Browser], lang: str) -> None:
    browser = someone(language=lang)
    for answer, status in (
        (browser.get("/no-such-page"), 404),
        (browser.get("/static/awt.css"), 404),
        (browser.get("/%2e%2e/%2e%2e/etc/passwd"), 404),
        (browser.get("/static/..%2f..%2fconfig.py"), 404),
        (browser.get("/%ff%fe"), 400),
        (browser.request("DELETE", "/faq"), 405),
        (browser.request("PUT", "/"), 405),
        (browser.request("BREW", "/"), 405),
        (browser.post("/login", {}), 403),
        (browser.post("/login", {"x": "y" * 300_000}), 413),
    ):
        assert answer.status == status, answer.url
        check(answer, lang)
        assert f"{status}" in answer.text


def test_a_verb_that_an_address_does_not_take_is_told_those_that_it_does(visitor: Browser) -> None:
    assert visitor.request("DELETE", "/login").headers["Allow"] == "GET, HEAD, POST"
    answer = visitor.get("/api/GetAccount")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "wrong_verb"


@pytest.mark.parametrize("path", ["/api/a/b", "/chat/", "/chat/nothing", "/api/openapi.yaml/x"])
def test_programs_are_told_in_json_that_there_is_nothing(visitor: Browser, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status == 404
    assert answer.json()["error"]["code"] == "unknown_page"


@pytest.mark.parametrize("path", ["//evil.example", "//faq", "/api", "//evil.example/..;/"])
def test_an_address_that_is_written_carelessly_never_leads_to_another_host(
    visitor: Browser, path: str
) -> None:
    answer = visitor.get(path)
    assert answer.status in {200, 301, 404}
    assert re.match(r"/(?!/)", answer.location or "/")


@pytest.mark.parametrize("path", PUBLIC)
def test_head_tells_what_get_would(visitor: Browser, path: str) -> None:
    visitor.get("/faq")
    got, head = visitor.get(path), visitor.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


@pytest.mark.parametrize("path", PRIVATE)
def test_pages_of_an_account_lead_a_visitor_to_the_login(visitor: Browser, path: str) -> None:
    assert visitor.get(path).location == "/login"


def test_own_assets_are_kept_for_ever_and_nothing_else_is(visitor: Browser) -> None:
    tree = lxml.html.document_fromstring(visitor.get("/").text)
    assets = tree.xpath("//script/@src | //link/@href | //img[not(@class='qr')]/@src")
    assert len(assets) >= 4
    for url in assets:
        asset = visitor.get(url)
        assert asset.status == 200
        assert "immutable" in asset.headers["Cache-Control"]
        assert asset.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in asset.headers
    assert not re.search(r"""(?:src|href)=["']https?://""", visitor.get("/").text)


def test_titles_of_tested_pages_are_text(member: Browser) -> None:
    message_id = member.say(f"#check {member.url}/?<script>alert(1)</script>", service="webtest")
    with member.events() as events:
        events.answers(message_id)
        events.answers(message_id)
    assert "<script>alert" not in member.get("/dashboard").text


def test_a_notice_is_shown_once(member: Browser) -> None:
    page = member.follow(member.submit("/settings", "/settings/login", login="noticed"))
    assert "Login saved" in page.text or 'class="box good"' in page.text
    assert 'class="box good"' not in member.get("/settings").text
    member.cookies["awt_notice"] = "<script>"
    assert member.get("/settings").status == 200
