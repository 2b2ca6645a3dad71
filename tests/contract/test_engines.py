"""The engines that keep to the contract."""

import inspect
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from awt.executor.engines import Engine
from awt.executor.engines.cdp.engine import CdpEngine
from awt.executor.engines.http import HttpEngine
from awt.executor.engines.webdriver import WebdriverEngine
from awt.testing.chromedriver import Chromedriver
from awt.testing.grid import SeleniumGrid
from tests.contract.engines import (
    EngineBasics,
    EngineCase,
    EngineContract,
    EngineEssentials,
    reactor,
)


class Http(EngineBasics, EngineCase):
    def make(self, **options: Any) -> Engine:
        return HttpEngine(**{"reactor": reactor} | options)


NUMBERS = count()


class LocalBrowser(EngineCase):
    browser: str

    def make(self, **options: Any) -> Engine:
        # A profile below trial's own folders might not be reached by the browser's user.
        directory = self.folder / str(next(NUMBERS))
        return CdpEngine(
            **{"reactor": reactor, "directory": directory, "browser": self.browser} | options
        )

    @pytest.fixture(autouse=True)
    def _folder(self, browsers: Path) -> None:
        self.folder = browsers


class HeadlessShell(EngineContract, LocalBrowser):
    browser = "chromium-headless-shell"


class FullChromium(LocalBrowser):
    """It is slow in starting, so that all tests of the contract share one, as those of a node do."""

    browser = "chromium"
    timeout = 900

    async def test_it_keeps_to_the_contract(self) -> None:
        shared = self.engine
        for name, test in inspect.getmembers(EngineContract, inspect.iscoroutinefunction):
            if not name.startswith("test_"):
                continue
            self.engine = shared
            self.site.asked.clear()
            self.site.cookies.clear()
            self.shots.clear()
            try:
                await test(self)
            except Exception as problem:
                problem.add_note(name)
                raise


class AtEndpoint(EngineCase):
    driver: Chromedriver

    def make(self, **options: Any) -> Engine:
        where = {"url": self.driver.url, "capabilities": self.driver.capabilities}
        return WebdriverEngine(**{"reactor": reactor} | where | options)


class LocalChromedriver(EngineContract, AtEndpoint):
    @pytest.fixture(autouse=True)
    def _endpoint(self, chromedriver: Chromedriver) -> None:
        self.driver = chromedriver


class Grid(EngineEssentials, AtEndpoint):
    """The whole contract takes minutes here: a Grid starts a driver and a browser for each session.

    Behind it is the same driver, which keeps to all of it; what is left is what the Grid itself could
    break: requests and answers, elements and their names, big answers, sessions side by side, and the
    capability by which the browser goes through our proxy.
    """

    @pytest.fixture(autouse=True)
    def _endpoint(self, grid: SeleniumGrid) -> None:
        self.driver = grid
