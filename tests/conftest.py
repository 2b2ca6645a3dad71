"""Fixtures of all tests, and the rules that no test gets round."""

import inspect
import unittest
from collections.abc import Generator, Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import settings
from twisted.internet import reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.trial.unittest import TestCase

from awt.testing.chromedriver import Chromedriver
from awt.testing.chromium import Chromium
from awt.testing.databases import Databases
from awt.testing.grid import SeleniumGrid
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.process import logs
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from awt.testing.scale import SCALE
from awt.testing.talk import World
from awt.timers import steady
from tests.integration.rows import FAULT, Row, table

settings.register_profile("awt", deadline=None, derandomize=SCALE == 1, max_examples=100 * SCALE)
settings.load_profile("awt")
steady(reactor)


@pytest.fixture(autouse=True, scope="session")
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run away from the checkout, for trial's mktemp writes where it stands."""
    with chdir(tmp_path_factory.mktemp("elsewhere")):
        yield


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """The MariaDB of this run; take ``mariadb_url`` unless the test wants several databases."""
    with MariaDB() as server:
        yield server


@pytest.fixture
def mariadb_url(mariadb: MariaDB) -> Iterator[str]:
    """The address of an empty database of the test's own."""
    url = mariadb.database()
    yield url
    mariadb.drop(url)


@pytest.fixture(scope="session")
def databases(mariadb: MariaDB, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Databases with our schema, for tests that want one of each engine or several."""
    return Databases(folder=tmp_path_factory.mktemp("databases"), server=mariadb)


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(databases: Databases, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with our schema; a test that takes it runs on each engine."""
    with getattr(databases, request.param)() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "mariadb"])
def _world(databases: Databases, request: pytest.FixtureRequest) -> Iterator[World]:
    with getattr(databases, request.param)() as url, World(url) as installation:
        yield installation


@pytest.fixture
def world(_world: World) -> World:
    """An installation that nobody has used, without a reactor; its tests run on each engine."""
    _world.empty()
    return _world


@pytest.fixture(scope="session")
def chromedriver() -> Iterator[Chromedriver]:
    """The WebDriver endpoint of this run."""
    with Chromedriver() as server:
        yield server


@pytest.fixture(scope="session")
def grid() -> Iterator[SeleniumGrid]:
    """The Selenium Grid of this run."""
    with SeleniumGrid() as server:
        yield server


@pytest.fixture
def browsers() -> Iterator[Path]:
    """A folder for the profiles of browsers; it can be reached by other users, as theirs has to be."""
    with TemporaryDirectory(prefix="awt-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="session")
def memcached() -> Iterator[Memcached]:
    """The memcached of this run; keys need a prefix of the test's own."""
    with Memcached() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """The broker of this run; take a vhost of your own."""
    with RabbitMQ() as server:
        yield server


@pytest.fixture(scope="session")
def prosody() -> Iterator[Prosody]:
    """The Prosody of this run; users need names of the test's own."""
    with Prosody() as server:
        yield server


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    """A browser that nobody has used."""
    with Chromium() as browser:
        yield browser


def pytest_pycollect_makeitem(name: str, obj: object) -> None:
    """Refuse asynchronous tests that nobody would run: only trial's TestCase waits for them."""
    if inspect.isclass(obj):
        if issubclass(obj, TestCase) or not (
            name.startswith("Test") or issubclass(obj, unittest.TestCase)
        ):
            return
        tests = [f"{name}.{member}" for member, _ in inspect.getmembers(obj, _is_bare)]
    else:
        tests = [name] if _is_bare(obj) else []
    if tests:
        message = f"{tests[0]} is asynchronous: put it into a twisted.trial.unittest.TestCase"
        raise pytest.Collector.CollectError(message)


def _is_bare(value: object) -> bool:
    return inspect.iscoroutinefunction(value) and value.__name__.startswith("test")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one: what cannot run must be heard. A failed one shows the logs."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a test skipped itself, and none may: {report.longrepr}"
    if report.failed:
        report.sections += [(f"log of {name}", text) for name, text in logs()]
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped file into a failed one."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a file of tests skipped itself, and none may: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of faults; several processes may have run the tests."""
    found = [
        Row(**cast("dict[str, Any]", value))
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == FAULT
    ]
    if found:
        terminalreporter.section("faults of a suite of nodes")
        for line in table(found):
            terminalreporter.write_line(line)
