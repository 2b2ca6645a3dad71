"""The engines that keep to the contract."""

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


class HeadlessShell(EngineContract, EngineCase):
    browser = "chromium-headless-shell"

    def make(self, **options: Any) -> Engine:
        # A profile below trial's own folders might not be reached by the browser's user.
        directory = self.folder / str(len(list(self.folder.iterdir())))
        return CdpEngine(
            **{"reactor": reactor, "directory": directory, "browser": self.browser} | options
        )

    @pytest.fixture(autouse=True)
    def _folder(self, browsers: Path) -> None:
        self.folder = browsers


class FullChromium(HeadlessShell):
    browser = "chromium"


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
