"""``python -m benchmarks.contenders NAME BROWSER URL TESTS PARALLEL``: run the test, print the seconds.

The test is the same for all: ten actions, a screenshot of each that is visual, two of the click.
"""

import asyncio
import ipaddress
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Error, Page, async_playwright
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.internet.task import react

from awt.executor.engines import Engine, Shot
from awt.executor.engines.cdp.engine import CdpEngine
from awt.executor.engines.cdp.switches import FEATURES_OFF, program
from awt.executor.engines.http import HttpEngine
from awt.model.actions import (
    Action,
    Click,
    Enter,
    Exists,
    Modify,
    Open,
    Text,
    Title,
    Url,
    VarTitle,
)

SWITCHES: Final = (
    "--headless=new",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--window-size=1280,800",
    f"--disable-features={','.join(FEATURES_OFF)}",
)
OUTLINE: Final = "arguments[0].style.outline = '3px solid red'"


def actions(url: str) -> list[Action]:
    """Return the test of a browser."""
    return [
        Open(url),
        Exists("//h1"),
        Enter("//input[@name='user']", "bob"),
        Enter("//textarea", "a note"),
        Modify("//h1/@class", "big"),
        Title("shop"),
        Click("//button"),
        Url("user=bob"),
        Exists("//li[.='two']"),
        VarTitle("t"),
    ]


def simple(url: str) -> list[Action]:
    """Return the test without a browser: ten actions too."""
    found: list[Action] = [
        Open(url),
        Title("shop"),
        Url("127"),
        Text(data="Welcome"),
        VarTitle("t"),
    ]
    return found * 2


def ours(engine: Callable[[Any, Path], Engine], test: list[Action]) -> Any:
    """Return the main function of one of our engines."""

    async def main(reactor: Any, tests: int, parallel: int) -> None:
        shots: list[Shot] = []
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o711)  # noqa: PTH101 - the browser's user goes through it
            made = engine(reactor, Path(folder) / "browser")

            async def worker(count: int) -> None:
                for _ in range(count):
                    results = await made.run(test, action_seconds=60, on_shot=shots.append)
                    if any(result.status != "succeeded" for result in results):
                        raise SystemExit(f"failed: {results}")
                    shots.clear()

            await worker(1)
            began = time.monotonic()
            share = [tests // parallel] * parallel
            running = [Deferred.fromCoroutine(worker(count)) for count in share]
            await DeferredList(running, fireOnOneErrback=True)
            print(time.monotonic() - began)
            await made.close()

    def start(tests: int, parallel: int) -> None:
        react(lambda reactor: ensureDeferred(main(reactor, tests, parallel)))

    return start


def selenium(browser: str, url: str) -> Any:
    """Return the original's way: a session of chromedriver for each test."""

    def shoot(driver: webdriver.Chrome, element: WebElement | None = None) -> None:
        if element is not None:
            driver.execute_script(OUTLINE, element)
        driver.get_screenshot_as_png()

    def one() -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = program(browser)
        for switch in SWITCHES:
            options.add_argument(switch)
        if os.getuid() == 0:
            options.add_argument("--no-sandbox")
        driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            steps(driver)
        finally:
            driver.quit()

    def steps(driver: webdriver.Chrome) -> None:
        driver.get(url)
        shoot(driver)
        head = driver.find_element(By.XPATH, "//h1")
        shoot(driver, head)
        for path, text in (("//input[@name='user']", "bob"), ("//textarea", "a note")):
            field = driver.find_element(By.XPATH, path)
            field.clear()
            field.send_keys(text)
            shoot(driver, field)
        driver.execute_script("arguments[0].setAttribute('class', 'big')", head)
        shoot(driver, head)
        assert "Shop" in driver.title
        button = driver.find_element(By.XPATH, "//button")
        shoot(driver, button)
        button.click()
        shoot(driver)
        assert "user=bob" in driver.current_url
        shoot(driver, driver.find_element(By.XPATH, "//li[.='two']"))
        assert driver.title

    def start(tests: int, parallel: int) -> None:
        one()
        began = time.monotonic()
        with ThreadPoolExecutor(parallel) as pool:
            for done in [pool.submit(one) for _ in range(tests)]:
                done.result()
        print(time.monotonic() - began)

    return start


def playwright(browser: str, url: str) -> Any:
    """Return Playwright's way: one browser, a context for each test."""

    async def shoot(page: Page, path: str = "") -> None:
        if path:
            await page.locator(path).first.evaluate("e => { e.style.outline = '3px solid red' }")
        try:
            await page.screenshot(type="jpeg", quality=70)
        except Error:  # Chromium now and then refuses one
            await page.screenshot(type="jpeg", quality=70)

    async def one(chromium: Browser) -> None:
        context = await chromium.new_context(viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        await page.goto(url)
        await shoot(page)
        await page.locator("xpath=//h1").wait_for()
        await shoot(page, "//h1")
        for path, text in (("//input[@name='user']", "bob"), ("//textarea", "a note")):
            await page.locator(path).fill(text)
            await shoot(page, path)
        await page.locator("//h1").evaluate("e => e.setAttribute('class', 'big')")
        await shoot(page, "//h1")
        assert "Shop" in await page.title()
        await shoot(page, "//button")
        await page.locator("//button").click()
        await shoot(page)
        assert "user=bob" in page.url
        await page.locator("//li[.='two']").wait_for()
        await shoot(page, "//li[.='two']")
        assert await page.title()
        await context.close()

    async def main(tests: int, parallel: int) -> None:
        async with async_playwright() as player:
            chromium = await player.chromium.launch(
                executable_path=program(browser), args=list(SWITCHES[1:])
            )
            await one(chromium)
            began = time.monotonic()

            async def worker(count: int) -> None:
                for _ in range(count):
                    await one(chromium)

            await asyncio.gather(*(worker(tests // parallel) for _ in range(parallel)))
            print(time.monotonic() - began)
            await chromium.close()

    def start(tests: int, parallel: int) -> None:
        work: Coroutine[Any, Any, None] = main(tests, parallel)
        asyncio.run(work)

    return start


def contender(name: str, browser: str, url: str) -> Any:
    """Return the main function of a contender."""
    allowed = [ipaddress.ip_network("127.0.0.0/8")]
    if name == "http":
        return ours(
            lambda reactor, _: HttpEngine(reactor=reactor, allow_private_addresses=allowed),
            simple(url),
        )
    if name == "cdp":
        return ours(
            lambda reactor, folder: CdpEngine(
                reactor=reactor, directory=folder, browser=browser, allow_private_addresses=allowed
            ),
            actions(url),
        )
    return {"selenium": selenium, "playwright": playwright}[name](browser, url)


if __name__ == "__main__":
    which, path, address, count, at_once = sys.argv[1:]
    contender(which, path, address)(int(count), int(at_once))
