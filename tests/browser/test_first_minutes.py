"""The first five minutes of a newcomer, in a real browser."""

import functools
import http.server
import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from awt.testing.chromium import Chromium
from awt.testing.process import PATIENCE, until
from awt.testing.site import Browser, RunningNode

PASSWORD = "correct horse battery"
PAGES = ("/", "/faq", "/terms", "/api/", "/dashboard", "/services", "/settings")


class _Shop(http.server.BaseHTTPRequestHandler):
    """A website to check."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>Garden <shop></title><h1>Seeds</h1><p>Basket</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    with RunningNode() as running:
        yield running


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures go: the folder of ``AWT_TEST_SCREENSHOTS``, for whoever wants to look."""
    return Path(os.environ.get("AWT_TEST_SCREENSHOTS") or tmp_path)


class Person:
    """Somebody at the browser, who sees what is on the page and nothing else."""

    def __init__(self, chromium: Chromium, url: str) -> None:
        self._chromium = chromium
        self._driver = chromium.driver
        self._url = url

    def open(self, path: str) -> None:
        self._driver.get(path if path.startswith("http") else self._url + path)

    @property
    def path(self) -> str:
        return self._driver.current_url.removeprefix(self._url)

    def all(self, selector: str) -> list[WebElement]:
        found = self._driver.find_elements(By.CSS_SELECTOR, selector)
        return [element for element in found if element.is_displayed()]

    def one(self, selector: str) -> WebElement:
        found: list[WebElement] = []

        def look() -> list[WebElement]:
            found[:] = self.all(selector)
            return found

        self.wait(look, f"{selector} on {self.path}")
        return found[0]

    def wait(self, condition: Callable[[], Any], what: str) -> None:
        def holds() -> bool:
            try:
                return bool(condition())
            except StaleElementReferenceException:  # another page has come meanwhile
                return False

        until(holds, seconds=PATIENCE, what=what)

    def say(self, text: str) -> None:
        self.one("#chat-text").send_keys(text, Keys.ENTER)

    def answers(self) -> list[str]:
        return [each.text for each in self.all(".message:not(.mine) .bubble")]

    def hear(self, pattern: str) -> str:
        """Wait for an answer that has the pattern in it, and return it."""

        found: list[str] = []

        def look() -> list[str]:
            found[:] = [text for text in self.answers() if re.search(pattern, text)]
            return found

        self.wait(look, f"{pattern} in the chat")
        return found[-1]

    def fill(self, form: str, **fields: str) -> None:
        """Fill in a form and send it, and wait for the page that it leads to."""
        page = self._driver.find_element(By.TAG_NAME, "html")
        for name, value in fields.items():
            field = self.one(f"form[action='{form}'] [name='{name}']")
            field.clear()
            field.send_keys(value)
        self.one(f"form[action='{form}'] button").click()
        self.wait(functools.partial(_is_gone, page), f"the answer to {form}")

    def complaints(self) -> list[str]:
        """Return what the browser objects to: scripts, refused content, failed loads."""
        return self._chromium.console()

    def cookie(self) -> str:
        """Return the secret of the session."""
        found = self._driver.get_cookie("awt_session")
        assert found is not None
        return str(found["value"])

    def overflow(self) -> int:
        """Return by how many points the page is wider than the screen."""
        script = "return document.documentElement.scrollWidth - window.innerWidth"
        return int(self._driver.execute_script(script))


def _is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except Exception:  # noqa: BLE001 - whatever the driver says of an element that is no more
        return True
    return False


def test_a_newcomer_registers_chats_and_checks_a_site(
    chromium: Chromium, node: RunningNode, shop: str, screenshots: Path
) -> None:
    me = Person(chromium, node.url)
    me.open("/")
    assert "website" in me.one("h1").text
    me.wait(lambda: me.one("[data-state]").text == "Connected", "the connection")
    me.say("hi")
    me.hear("activate")
    me.one(".message a[href*='/activate?']").click()
    me.wait(lambda: me.path.startswith("/activate"), "the page of the link")
    chromium.screenshot(screenshots / "link.png")
    me.one("form[action='/activate'] button").click()
    me.wait(lambda: me.path == "/dashboard", "the dashboard")
    assert me.one("h1").text.startswith("Hello")

    me.say(f'#check {shop} "Basket"')
    card = me.hear("Time")
    assert "Garden <shop>" in card
    assert "200" in card
    chromium.screenshot(screenshots / "card.png")
    me.open("/dashboard")
    assert shop in me.one(".tasks").text
    assert "Passed" in me.one(".tasks").text

    me.open("/settings")
    me.fill("/settings/login", login="newcomer")
    me.fill("/settings/password", new=PASSWORD, again=PASSWORD)
    me.one(".top form[action='/logout'] button").click()
    me.wait(lambda: me.path == "/", "the front page")
    me.wait(lambda: me.one("[data-state]").text == "Connected", "the connection")
    assert not me.all(".message")
    me.open("/login")
    me.fill("/login", login="newcomer", password=PASSWORD)
    assert me.path == "/dashboard"
    assert me.one("h1").text == "Hello, newcomer"
    me.one("[data-tab='base']").click()
    me.hear("Your account is active")
    assert me.complaints() == []

    me.one(".top .langs button").click()
    me.wait(lambda: "Здравствуйте" in me.one("h1").text, "Russian")
    for phone, dark in ((False, True), (True, False)):
        chromium.look(phone=phone, dark=dark)
        for path in PAGES:
            me.open(path)
            assert me.overflow() <= 0, (path, phone)
            name = path.strip("/") or "home"
            look = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
            chromium.screenshot(screenshots / f"{name}-{look}.png")
    me.open("/dashboard")
    me.say("#balance")
    me.hear("балл")
    assert me.complaints() == []


def test_the_chat_goes_on_when_the_node_was_away(chromium: Chromium, node: RunningNode) -> None:
    me = Person(chromium, node.url)
    me.open("/")
    me.say("hi")
    me.hear("activate")
    before = len(me.answers())
    node.kill()
    me.wait(lambda: me.one("[data-state]").text != "Connected", "the loss of the connection")
    node.start()
    me.wait(lambda: me.one("[data-state]").text == "Connected", "the connection again")
    assert len(me.answers()) == before
    me.say("#help")
    me.wait(lambda: len(me.answers()) == before + 1, "one answer more")
    assert len(me.all(".message.mine")) == 2


def test_a_page_whose_session_ended_is_loaded_anew(chromium: Chromium, node: RunningNode) -> None:
    me = Person(chromium, node.url)
    me.open("/")
    me.say("hi")
    link = me.hear("activate")
    cookie = me.cookie()
    with Browser(node.url) as other:
        other.cookies["awt_session"] = cookie
        found = re.search(r"http\S+", link)
        assert found
        assert other.click(found.group()).status == 303
    me.wait(lambda: not me.all(".message"), "a page without the conversation")
    assert me.cookie() != cookie


def test_times_of_the_chat_are_in_the_zone_of_the_account(
    chromium: Chromium, node: RunningNode
) -> None:
    with Browser(node.url) as other:
        other.join("islander")
        assert other.call("UpdateAccount", {"timezone": "Pacific/Kiritimati"}).status == 200
        me = Person(chromium, node.url)
        me.open("/robots.txt")
        for name, value in other.cookies.items():
            chromium.driver.add_cookie({"name": name, "value": value})
    me.open("/dashboard")
    me.say("#whoami")
    me.hear("islander")
    shown = me.one(".message time")
    moment = datetime.fromisoformat(shown.get_attribute("datetime") or "")
    assert shown.text == moment.astimezone(ZoneInfo("Pacific/Kiritimati")).strftime("%H:%M")
    assert me.complaints() == []
