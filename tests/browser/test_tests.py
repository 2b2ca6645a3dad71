"""Tests on the site, in a real browser: written, run and watched; the pictures of a run."""

import io
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from awt.testing.acting_node import ActingNode
from awt.testing.chromium import Chromium
from awt.testing.process import PATIENCE, until
from awt.testing.site import Browser, RunningNode
from awt.testing.website import Website

NUMBERS = itertools.count(1)
STEPS = "open {url}\ntext Here it is\n"


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    with RunningNode() as running:
        yield running


@pytest.fixture
def ann(node: RunningNode) -> Iterator[Browser]:
    with node.browser() as browser:
        browser.join()
        yield browser


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures go: the folder of ``AWT_TEST_SCREENSHOTS``, for whoever wants to look."""
    return Path(os.environ.get("AWT_TEST_SCREENSHOTS") or tmp_path)


def picture(text: str) -> bytes:
    data = io.BytesIO()
    image = Image.new("RGB", (1280, 800), "#dde8ee")
    ImageDraw.Draw(image).text((80, 80), text, fill="black", font_size=60)
    image.save(data, "JPEG")
    return data.getvalue()


def acting(server: RunningNode) -> ActingNode:
    return ActingNode(server, f"c1-{next(NUMBERS)}", runs="gc_1280x800")


GOOD = {"status": "succeeded", "ms": 120}
BAD = {
    "status": "failed",
    "reason": "text_missing",
    "ms": 10_000,
    "evidence": {
        "console": ["TypeError: <b>x</b> is not a function"],
        "requests": ["GET https://shop.example/api/cart 500"],
        "around": "Welcome back. <script>alert(1)</script>",
    },
}


def sign_in(chromium: Chromium, node: RunningNode, ann: Browser) -> Any:
    driver = chromium.driver
    driver.get(node.url)
    driver.delete_all_cookies()
    driver.add_cookie({"name": "awt_session", "value": ann.cookies["awt_session"]})
    return driver


def seen(driver: Any, selector: str) -> str:
    """Return what is to be read in an element, in one go: a live page puts new ones into its place."""
    return str(
        driver.execute_script("return document.querySelector(arguments[0])?.innerText", selector)
    )


def wait(driver: Any, selector: str, text: str) -> None:
    until(lambda: text in seen(driver, selector), seconds=PATIENCE, what=f"{text} in {selector}")


def test_a_test_is_written_run_and_its_report_read(
    chromium: Chromium, node: RunningNode, ann: Browser, screenshots: Path
) -> None:
    driver = sign_in(chromium, node, ann)
    with Website() as website:
        driver.get(f"{node.url}/tests/new")
        driver.find_element(By.NAME, "name").send_keys("Shop")
        area = driver.find_element(By.NAME, "text")
        area.clear()
        area.send_keys("open shop.example\nfly to //a[1]\ntitle (")
        wait(driver, "#problems", "Line 3, column 7:")
        assert "Line 2, column 1: There is no action “fly”" in seen(driver, "#problems")
        chromium.screenshot(screenshots / "editor-problems.png")
        driver.find_elements(By.CSS_SELECTOR, "#problems button")[1].click()
        caret = "return document.querySelector('textarea').selectionStart"
        assert driver.execute_script(caret) == len("open shop.example\nfly to //a[1]\ntitle ")
        area.clear()
        area.send_keys(STEPS.format(url=website.url))
        wait(driver, "#problems", "The steps can be run.")
        Select(driver.find_element(By.NAME, "type")).select_by_visible_text("http")
        with website.hold():
            driver.find_element(By.CSS_SELECTOR, "button[value=run]").click()
            website.fetched(1)
            wait(driver, "#report", "Cancel")
            driver.find_element(By.CSS_SELECTOR, "#report[data-live]")
            live = driver.find_element(By.CSS_SELECTOR, "#report")
        until(lambda: "Passed" in live.text, seconds=PATIENCE, what="the live report")
        assert live.is_enabled(), "the page was not loaded anew"
        chromium.screenshot(screenshots / "report-live.png")
    assert chromium.console() == []


def test_a_report_shows_pictures_evidence_and_the_last_green_run(
    chromium: Chromium, node: RunningNode, ann: Browser, screenshots: Path
) -> None:
    executor = acting(node)
    text = "open https://shop.example/\nclick //a[.='Basket']\ntext Seeds\n"
    test = ann.call("SaveTest", {"name": "Shop <b>", "text": text}).json()["id"]
    ann.call("SaveGroup", {"name": "Nightly", "members": [{"test": test}]})
    run = {"test": test, "type": "gc"}
    first, second, third = (ann.call("RunTest", run).json()["id"] for _ in range(3))
    assert executor.claim() == [first, second, third]
    for task, last in ((first, GOOD), (second, BAD)):
        for number, said in ((2, "Shop"), (4, "Basket"), (5, "Basket open")):
            executor.shoot(task, number, picture(said))
        executor.shoot(
            task, 8 if last is GOOD else 9, picture("Seeds" if last is GOOD else "Sorry")
        )
        executor.finish(task, GOOD, GOOD, last)
    executor.beat(third, GOOD)

    driver = sign_in(chromium, node, ann)
    driver.get(f"{node.url}/tasks/{third}")
    wait(driver, ".run-steps", "Running")
    executor.shoot(third, 2, picture("Shop"))
    executor.beat(third, GOOD, GOOD)
    until(
        lambda: len(driver.find_elements(By.CSS_SELECTOR, ".filmstrip img")) == 1,
        seconds=PATIENCE,
        what="the picture in the live report",
    )
    executor.finish(third, GOOD, GOOD, BAD)
    wait(driver, "#report", "Failed 2 times in a row")

    for lang, phone, dark in (("en", False, False), ("ru", True, True)):
        ann.post("/lang", {"csrf": _csrf(ann), "lang": lang, "back": "/"})
        chromium.look(phone=phone, dark=dark)
        for name, path in (
            ("tests", "/tests"),
            ("editor", f"/tests/{test}"),
            ("report", f"/tasks/{second}"),
            ("compare", f"/tasks/{second}?compare=green"),
        ):
            driver.get(node.url + path)
            for each in driver.find_elements(By.TAG_NAME, "details"):
                driver.execute_script("arguments[0].open = true", each)
            wide = "return document.documentElement.scrollWidth - window.innerWidth"
            assert driver.execute_script(wide) <= 0, (path, phone)
            chromium.screenshot(screenshots / f"{name}-{lang}.png", whole=True)
    broken = "return [...document.images].filter((i) => i.complete && !i.naturalWidth).length"
    assert driver.execute_script(broken) == 0
    assert "TypeError: <b>x</b>" in seen(driver, ".run-steps")
    assert len(driver.find_elements(By.CSS_SELECTOR, ".compare")) == 3
    assert chromium.console() == []


def test_the_chat_shows_the_picture_of_a_run_and_one_message_of_its_progress(
    chromium: Chromium, node: RunningNode, ann: Browser, screenshots: Path
) -> None:
    executor = acting(node)
    steps = "open https://shop.example/\nclick //a[.='Basket']\ntext Seeds"
    ann.ask(f"#new Shop\n{steps}", service="webtest")
    started = ann.ask("#run shop gc", service="webtest")
    [task] = executor.claim()
    driver = sign_in(chromium, node, ann)
    driver.get(f"{node.url}/dashboard")
    bubbles = "return [...document.querySelectorAll('.bubble')].map((each) => each.innerText)"

    def told() -> bool:
        executor.beat(task, GOOD)
        return any("1 of 3 steps are done" in each for each in driver.execute_script(bubbles))

    until(told, seconds=PATIENCE, what="the progress in the chat", every=0.25)
    assert not any(started.text in each for each in driver.execute_script(bubbles))
    executor.shoot(task, 2, picture("Shop"))
    executor.shoot(task, 9, picture("Sorry"))
    executor.finish(task, GOOD, GOOD, BAD)
    until(
        lambda: any("Failed: Shop" in each for each in driver.execute_script(bubbles)),
        seconds=PATIENCE,
        what="the card in the chat",
        every=0.1,
    )
    assert sum("/tasks/" in each for each in driver.execute_script(bubbles)) == 2

    driver.find_element(By.ID, "chat-text").send_keys(f"#shot {task} 1", Keys.ENTER)
    sizes = "return [...document.querySelectorAll('.bubble img')].map((each) => each.naturalWidth)"
    until(
        lambda: driver.execute_script(sizes) == [1280, 1280],
        seconds=PATIENCE,
        what="the pictures of the card and of the step",
    )
    chromium.screenshot(screenshots / "chat-shot.png")
    driver.refresh()
    until(
        lambda: driver.execute_script(sizes) == [1280, 1280],
        seconds=PATIENCE,
        what="the pictures in the history",
    )
    assert not any(started.text in each for each in driver.execute_script(bubbles))
    url = driver.execute_script("return document.querySelector('.bubble img').src")
    with node.browser() as stranger:
        assert stranger.get(url).headers["Content-Type"] != "image/jpeg"
    assert chromium.console() == []


def _csrf(browser: Browser) -> str:
    return browser.get("/settings").form("/lang")["csrf"]
