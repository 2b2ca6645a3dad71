"""A real headless Chromium for tests, with a profile of its own, driven through chromedriver."""

import base64
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from awt.testing.ports import free_port
from awt.testing.process import LEASH, Server, ServerError, program

SWITCHES: Final = (
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-default-browser-check",
    "--no-first-run",
)

DESKTOP: Final = (1280, 900)
PHONE: Final = (390, 844)


class Chromium(Server):
    """One browser with one empty profile; two of them are two people.

    ``language`` is what it asks sites for (``Accept-Language``), ``arguments`` are further
    switches, ``driver`` is Selenium's WebDriver. The calls block: make none in the reactor that
    serves the page.
    """

    def __init__(self, *, language: str = "en", arguments: Sequence[str] = ()) -> None:
        super().__init__()
        self._port = free_port()
        self._language = language
        self._arguments = tuple(arguments)
        self._driver: WebDriver | None = None

    @property
    def driver(self) -> WebDriver:
        """Selenium's handle of the browser; a ServerError while it is not running."""
        if self._driver is None:
            message = "Chromium is not running"
            raise ServerError(message)
        return self._driver

    def start(self) -> Self:
        """Start chromedriver and the browser, as a desktop with a light page."""
        super().start()
        self._driver = webdriver.Remote(
            command_executor=f"http://127.0.0.1:{self._port}", options=self._options()
        )
        self._driver.set_page_load_timeout(30)
        self.look()
        return self

    def look(self, *, phone: bool = False, dark: bool = False) -> None:
        """Be a telephone (390 x 844 points, touch) or a desktop (1280 x 900), dark or light."""
        width, height = PHONE if phone else DESKTOP
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": width,
                "height": height,
                "deviceScaleFactor": 2 if phone else 1,
                "mobile": phone,
            },
        )
        self.cdp("Emulation.setTouchEmulationEnabled", {"enabled": phone})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", {"features": [scheme]})

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write a PNG of what is to be seen, or of the ``whole`` page."""
        shot = self.cdp(
            "Page.captureScreenshot",
            {"format": "png", "captureBeyondViewport": whole} | self._clip(whole),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def console(self) -> list[str]:
        """Return, once each, what the console warns of: scripts, refused content, failed loads."""
        entries = self.driver.execute("getLog", {"type": "browser"})["value"]
        return [f"{entry['level']}: {entry['message']}" for entry in entries]

    def cdp(self, command: str, parameters: Mapping[str, object]) -> dict[str, Any]:
        """Run a command of the Chrome DevTools Protocol for the open page and return its result."""
        answer = self.driver.execute(
            "executeCdpCommand", {"cmd": command, "params": dict(parameters)}
        )
        result: dict[str, Any] = answer["value"]
        return result

    def stop(self) -> None:
        """Close the browser and remove its profile."""
        if self._driver is not None:
            with suppress(WebDriverException, HTTPError):  # dead: the leash has ended it
                self._driver.quit()
            self._driver = None
        super().stop()

    def command(self) -> Sequence[str]:
        """Return chromedriver's command line; it starts the browser."""
        return [program("chromedriver", package="chromium-driver"), f"--port={self._port}"]

    def environment(self) -> Mapping[str, str]:
        """Return the environment without the proxies that Chromium would take from it."""
        return {
            name: value
            for name, value in super().environment().items()
            if not name.lower().endswith("_proxy")
        }

    def ready(self) -> bool:
        """Tell whether chromedriver listens."""
        return "was started successfully" in self.log

    def _options(self) -> webdriver.ChromeOptions:
        options = webdriver.ChromeOptions()
        options.binary_location = str(self._leashed())
        options.set_capability("goog:loggingPrefs", {"browser": "WARNING"})
        switches = [
            *SWITCHES,
            f"--user-data-dir={self.directory / 'profile'}",
            f"--window-size={DESKTOP[0]},{DESKTOP[1]}",
            f"--accept-lang={self._language}",
            *(["--no-sandbox"] if os.getuid() == 0 else []),  # Chromium refuses root with a sandbox
            *self._arguments,
        ]
        for switch in switches:
            options.add_argument(switch)
        return options

    def _leashed(self) -> Path:
        """Return a program that is Chromium, but ends with chromedriver."""
        path = self.directory / "chromium"
        path.write_text(
            f'#!/bin/sh\nexec {" ".join(LEASH)} {program("chromium", package="chromium")} "$@"\n'
        )
        path.chmod(0o700)
        return path

    def _clip(self, whole: bool) -> dict[str, Any]:  # noqa: FBT001
        if not whole:
            return {}
        size = self.cdp("Page.getLayoutMetrics", {})["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "scale": 1} | {k: size[k] for k in ("width", "height")}}
