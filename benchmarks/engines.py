"""A test of ten actions with screenshots, by our engines and by what others would use.

Each contender is a process of its own, so that all its CPU, that of its browsers included, is counted
when it has ended; the site is served by this process. They take turns, at so many tests at once. With
root's rights the others' browsers run as root without a sandbox, which is in their favour; ours never do.
"""

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median
from typing import Final

from attrs import frozen

from awt.testing.website import Website
from benchmarks.measure import Figure

PARALLEL: Final = 4
ROUNDS: Final = int(os.environ.get("AWT_BENCH_ROUNDS", "3"))
TESTS: Final = 40
"""Tests of a round by a browser."""
MANY: Final = 2000
"""Tests of a round by the engine without one."""
PAGE: Final = b"""<!doctype html><title>The Shop</title><h1>Welcome</h1><form action=/found>
<input name=user><textarea name=note>old</textarea><button>Sign in</button></form>
<style>body{background:linear-gradient(#fda,#adf);height:1500px}</style>
<ul><li>one<li>two<li>three</ul>"""
BROWSERS: Final = ("chromium-headless-shell", "chromium")
GOALS: Final = {"chromium-headless-shell": (3.0, 1 / 3), "chromium": (2.0, None)}
"""By browser: times the tests a minute of selenium, and its share of the CPU."""
PLAYWRIGHT: Final = 1.3
HTTP: Final = 300
_SUBREAPER: Final = 36
"""PR_SET_CHILD_SUBREAPER: orphans become children of this process, which counts their CPU."""


@frozen
class Cost:
    """What a test takes: seconds of CPU, and how many there are in a minute."""

    cpu: float
    speed: float


def run() -> Iterator[Figure]:
    """Measure."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with Website(PAGE) as site:
        alone = _medians(site, ("http", ""))
        http = alone["http", ""]
        yield _figure("http, no browser", http)
        for browser in BROWSERS:
            names = [(name, browser) for name in ("selenium", "playwright", "cdp")]
            found = _medians(site, *names)
            yield from _compared(browser, found)
            ratio = http.speed / found["selenium", browser].speed
            yield Figure(
                what=f"http / selenium, {browser}, tests a minute",
                found=f"{ratio:.0f}x",
                goal=f">= {HTTP}x",
                good=ratio >= HTTP,
            )


def _medians(site: Website, *names: tuple[str, str]) -> dict[tuple[str, str], Cost]:
    rounds: dict[tuple[str, str], list[Cost]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for contender, browser in names:
            rounds[contender, browser].append(_measured(contender, browser, site.url))
    return {
        name: Cost(median(c.cpu for c in costs), median(c.speed for c in costs))
        for name, costs in rounds.items()
    }


def _measured(contender: str, browser: str, url: str) -> Cost:
    """Run a contender; it warms up, says so, and is then measured until its end."""
    tests = MANY if contender == "http" else TESTS
    command = [sys.executable, "-m", "benchmarks.contenders", contender, browser, url]
    before = _children()
    with subprocess.Popen([*command, str(tests), str(PARALLEL)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.read().split()
    with suppress(ChildProcessError):
        while True:  # what is left of its browsers ends too, and is counted
            os.waitpid(-1, 0)
    if process.returncode:
        raise SystemExit(f"{contender} with {browser} failed")
    done = tests + 1  # the first one warms up
    return Cost((_children() - before) / done, tests / float(said[-1]) * 60)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figure(what: str, cost: Cost) -> Figure:
    return Figure(what=what, found=f"{cost.cpu:.3f} s CPU a test, {cost.speed:.0f} tests/min")


def _compared(browser: str, found: dict[tuple[str, str], Cost]) -> Iterator[Figure]:
    ours = found["cdp", browser]
    theirs, other = found["selenium", browser], found["playwright", browser]
    yield _figure(f"selenium, a session a test, {browser}", theirs)
    yield _figure(f"playwright, a context a test, {browser}", other)
    yield _figure(f"cdp, {browser}", ours)
    least, most = GOALS[browser]
    speed, share = ours.speed / theirs.speed, ours.cpu / theirs.cpu
    yield Figure(
        what="cdp / selenium, tests a minute",
        found=f"{speed:.2f}x",
        goal=f">= {least:.0f}x",
        good=speed >= least,
    )
    yield Figure(
        what="cdp / selenium, CPU a test",
        found=f"{share:.2f}",
        goal=f"<= {most:.2f}" if most else "",
        good=share <= most if most else None,
    )
    ratio = ours.speed / other.speed
    yield Figure(
        what="cdp / playwright, tests a minute",
        found=f"{ratio:.2f}x",
        goal=f">= {PLAYWRIGHT}x",
        good=ratio >= PLAYWRIGHT,
    )


if __name__ == "__main__":
    began = time.monotonic()
    for figure in run():
        print(f"  {figure}", flush=True)
    print(f"  ({time.monotonic() - began:.0f} s)")
