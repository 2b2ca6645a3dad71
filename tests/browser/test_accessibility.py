"""Every page, as somebody meets it who does not see it or has no mouse: no grave finding of axe-core."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webelement import WebElement

from awt.testing.axe import examine
from awt.testing.chromium import Chromium
from awt.testing.process import PATIENCE, until
from awt.testing.site import Browser, RunningNode

PUBLIC = ("/", "/faq", "/terms", "/api/", "/register", "/login", "/nowhere", "/activate?salt=x")
MEMBER = ("/dashboard", "/services", "/invites", "/history", "/settings")
ADMIN = (
    "/admin",
    "/admin/users",
    "/admin/report",
    "/admin/services",
    "/admin/news",
    "/admin/queues",
    "/admin/queues/lost",
    "/admin/nodes",
    "/admin/garbage",
    "/admin/audit",
)
LETTER = '{"kind": "answer", "address": "a1", "text": "Good morning"}'
EVERY_IM = {
    "IMS": "webchat,jabber,skype",
    "XMPP_DOMAIN": "awt.example",
    "SKYPE_BASE_URL": "https://skype.example",
    "SKYPE_USER": "awt",
}
"""All networks are shown; nothing connects to them from here."""
OPEN = "for (const each of document.querySelectorAll('details')) each.open = true"


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    with RunningNode(**EVERY_IM) as running:
        yield running


PICTURES = os.environ.get("AWT_TEST_SCREENSHOTS")
"""Where pictures go, for whoever wants to look."""


class Looker:
    """Looks at pages and keeps what keeps somebody out."""

    def __init__(self, chromium: Chromium, url: str, *, look: str, pictures: Path | None) -> None:
        self.chromium = chromium
        self.url = url
        self.look = look
        self.pictures = pictures
        self.grave: list[tuple[str, str, tuple[str, ...]]] = []
        self.wide: list[str] = []
        self.seen = 0

    def wear(self, browser: Browser) -> None:
        """Be whom a browser without a screen is."""
        driver = self.chromium.driver
        driver.get(self.url + "/robots.txt")
        driver.delete_all_cookies()
        for name, value in browser.cookies.items():
            driver.add_cookie({"name": name, "value": value})

    def open(self, *paths: str) -> None:
        for path in paths:
            self.chromium.driver.get(self.url + path)
            self.examine(path)

    def submit(self, action: str) -> None:
        """Send a form of the page that is open, and wait for what comes."""
        driver = self.chromium.driver
        page = driver.find_element("tag name", "html")
        driver.execute_script(f"document.querySelector('form[action=\"{action}\"]').submit()")
        until(lambda: _is_gone(page), seconds=PATIENCE, what=f"the answer to {action}")

    def examine(self, path: str) -> None:
        """Examine the page that is open, with all that can be unfolded."""
        driver = self.chromium.driver
        driver.execute_script(OPEN)
        self.seen += 1
        self.grave += [(path, f.rule, f.places) for f in examine(self.chromium) if f.is_grave]
        over = "return document.documentElement.scrollWidth - window.innerWidth"
        if driver.execute_script(over) > 0:
            self.wide.append(path)
        name = urlsplit(path).path.strip("/").replace("/", "-") or "home"
        if self.pictures is not None:
            self.chromium.screenshot(self.pictures / f"{name}-{self.look}.png", whole=True)


def _is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except WebDriverException:
        return True
    return False


def administrator(node: RunningNode, login: str, language: str) -> Browser:
    """Return somebody who may see every page, with something on each."""
    browser = node.browser(language=language)
    browser.join(login, "correct horse battery")
    with sqlite3.connect(node.database, timeout=20) as connection:
        connection.execute("UPDATE user SET is_admin = 1 WHERE login = ?", (login,))
        connection.execute(
            "INSERT OR IGNORE INTO outbox (message_id, queue, body, trace, state, attempt,"
            " created_at, next_at, error) VALUES ('lost', 'user_op.base.jabber', ?, 't', 'dead', 6,"
            " 1800000000000, 1, 'remote-server-not-found')",
            (LETTER,),
        )
    connection.close()
    browser.call("CreateKey", {"name": "laptop", "read_only": True})
    browser.call("AddNode", {"name": f"c-{login}", "services": ["base"]})
    browser.call("PutService", {"short_name": "shop", "title": "Shop", "price": 90})
    return browser


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ru", True)])
def test_no_page_keeps_anybody_out(
    node: RunningNode, chromium: Chromium, language: str, *, phone: bool
) -> None:
    """The desktop is light and the phone dark."""
    chromium.look(phone=phone, dark=phone)
    look = f"{language}-{'phone' if phone else 'desktop'}"
    pictures = Path(PICTURES) if PICTURES else None
    me = Looker(chromium, node.url, look=look, pictures=pictures)
    visitor = node.browser(language=language)
    visitor.cookies["awt_lang"] = language
    visitor.get("/")
    me.wear(visitor)
    public = [path for path in PUBLIC if path != "/api/" or not phone]  # it is long, and one
    me.open(*public)
    link = urlsplit(visitor.ask("hi").link)
    me.open(f"{link.path}?{link.query}")

    chief = administrator(node, f"chief-{language}", language)
    chief.cookies["awt_lang"] = language
    chief.ask(f"#check {node.url}/faq", service="webtest")
    me.wear(chief)
    me.open(*MEMBER, *ADMIN)
    me.open(f"/admin/users/{chief.call('GetAccount').json()['hash']}")
    driver = chromium.driver
    driver.get(me.url + "/admin/news")
    for lang, text in (("en", "We have moved."), ("ru", "Мы переехали.")):
        field = driver.find_element("id", f"f-text-{lang}")
        field.send_keys(text)
    me.submit("/admin/news/preview")
    me.examine("/admin/news/preview")
    driver.get(me.url + "/admin/nodes")
    driver.find_element("id", "f-name").send_keys("C 9")
    me.submit("/admin/nodes/add")
    me.examine("/admin/nodes/add")
    assert me.grave == []
    assert me.wide == []
    assert me.seen == len(public) + len(MEMBER) + len(ADMIN) + 4
