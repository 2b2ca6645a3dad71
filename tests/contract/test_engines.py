"""The engines that keep to the contract."""

from pathlib import Path
from typing import Any

import pytest

from awt.executor.engines import Engine
from awt.executor.engines.cdp.engine import CdpEngine
from awt.executor.engines.webdriver import WebdriverEngine
from awt.testing.chromedriver import Chromedriver
from tests.contract.engines import EngineCase, EngineContract, reactor


class HeadlessShell(EngineContract, EngineCase):
    browser = "chromium-headless-shell"

    def make(self, **options: Any) -> Engine:
        # A profile below trial's own folders might not be reached by the browser's user.
        directory = self.folder / str(len(list(self.folder.iterdir())))
        return CdpEngine(reactor=reactor, directory=directory, browser=self.browser, **options)

    @pytest.fixture(autouse=True)
    def _folder(self, browsers: Path) -> None:
        self.folder = browsers


class FullChromium(HeadlessShell):
    browser = "chromium"


class LocalChromedriver(EngineContract, EngineCase):
    def make(self, **options: Any) -> Engine:
        return WebdriverEngine(
            reactor=reactor,
            url=self.driver.url,
            capabilities=self.driver.capabilities,
            **options,
        )

    @pytest.fixture(autouse=True)
    def _endpoint(self, chromedriver: Chromedriver) -> None:
        self.driver = chromedriver
