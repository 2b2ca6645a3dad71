"""How Chromium is started: quiet, contained, and with one way to the network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FEATURES_OFF: Final = (
    # Chromium keeps only the last --disable-features, so all of them stand here.
    "AimEnabled",  # pages of the address bar: a third of the time of a test
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
    "CalculateNativeWinOcclusion",
    "DialMediaRouteProvider",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",  # a test opens what it says
    "InterestFeedContentSuggestions",
    "LocalNetworkAccessChecks",  # asks a person; what may be reached the proxy decides
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "Translate",
)

SWITCHES: Final = (
    "--headless",
    "--remote-debugging-pipe",
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--disable-auto-reload",  # of what could not be loaded: a test opens what it says, once
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-hang-monitor",
    "--disable-popup-blocking",
    "--disable-prompt-on-repost",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
)

ROUND: Final = (
    # Without <-loopback> Chromium goes round a proxy to 127.0.0.1 and to 169.254.169.254.
    "--proxy-bypass-list=<-loopback>",
    # The headless shell knows the first of these names, the browser the second.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
)
"""Closes the ways round a proxy."""

EGRESS: Final = (
    # Port 9 answers nobody: what is no test's has no way out.
    "--proxy-server=http://127.0.0.1:9",
    *ROUND,
)

# The program itself, where its folder is known: a script that starts it would be one more process.
_PROGRAMS: Final = "/usr/lib/chromium/{0}", "/usr/lib64/chromium-browser/{0}"


class NoBrowser(Exception):
    """There is no program of this name; the message says what to do."""


def program(name: str) -> str:
    """Return the path of a browser's program, e.g. of `chromium-headless-shell`."""
    if os.path.sep in name:
        return name
    for place in _PROGRAMS:
        if os.access(place.format(name), os.X_OK):
            return place.format(name)
    found = shutil.which(name)
    if found is None:
        raise NoBrowser(f"{name} is not installed: apt-get install {name}")
    return found


def command_line(path: str, profile: Path) -> Iterator[str]:
    """Yield the words of the command that starts a browser with a profile of its own."""
    yield path
    yield from SWITCHES
    yield from EGRESS
    yield f"--user-data-dir={profile}"
