"""The process that looks for elements: what it does with the worst, and what it leaves."""

import os
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from awt.executor.engines.seeker import Seeker
from awt.executor.engines.surface import Failed
from awt.model.locators import locate
from tests.executor.sites import reactor

ENDLESS = "//*[count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]) > 0]"
MANY = "<p>x</p>" * 2000


def living(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class SeekerTests(TestCase):
    timeout = 60

    def setUp(self) -> None:
        self.seeker = Seeker(reactor=reactor, places=3, longest=0)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.seeker.close()))

    async def has(self, page: str, selector: str) -> bool:
        return await self.seeker.has(page, locate(selector), seconds=30)

    def pids(self) -> list[int]:
        return [process.transport.pid for process in self.seeker._all if process.transport]

    async def test_it_finds_by_xpath_and_by_css_in_any_page(self) -> None:
        page = "<ul><li class=x>a<li>б</ul>"
        self.assertTrue(await self.has(page, "//li[.='б']"))
        self.assertTrue(await self.has(page, "css:ul > li.x"))
        self.assertFalse(await self.has(page, "//li[.='c']"))
        self.assertFalse(await self.has("", "//li"))
        self.assertFalse(await self.has("\0 <!-- ", "//li"))
        self.assertEqual(len(self.pids()), 1)

    async def test_rows_stand_in_bodies_as_in_a_browser(self) -> None:
        table = "<table><caption>x</caption><tr><td>a<tr><td>b<thead><tr><td>c</table>"
        self.assertTrue(await self.has(table, "/html/body/table/tbody[count(tr)=2]"))
        self.assertTrue(await self.has(table, "//thead/tr/td[.='c']"))
        self.assertFalse(await self.has(table, "//thead/tbody"))

    async def test_what_names_no_element_is_said(self) -> None:
        for selector, reason in (("count(//p)", "bad_xpath"), ("css:p:::", "bad_css")):
            with self.assertRaises(Failed) as caught:
                await self.has("<p>", selector)
            self.assertEqual(caught.exception.reason, reason)

    async def test_a_path_that_never_ends_ends_with_whoever_asked(self) -> None:
        _ = await self.has(MANY, "//p")
        (pid,) = self.pids()
        asked = Deferred.fromCoroutine(self.has(MANY, ENDLESS))
        reactor.callLater(0, asked.cancel)
        with self.assertRaises(CancelledError):
            await asked
        await self.seeker.close()
        self.assertFalse(living(pid))
        self.assertTrue(await self.has(MANY, "//p"))

    async def test_a_path_that_never_ends_is_ended_long_before_the_action(self) -> None:
        with self.assertRaises(Failed) as caught:
            await self.has(MANY, ENDLESS)
        self.assertEqual(caught.exception.reason, "timeout")
        self.assertTrue(await self.has(MANY, "//p"))

    async def test_many_at_once_share_a_few_processes_that_are_gone_in_the_end(self) -> None:
        asked: list[Any] = [Deferred.fromCoroutine(self.has("<b>", "//b")) for _ in range(20)]
        self.assertEqual([await each for each in asked], [True] * 20)
        pids = self.pids()
        self.assertEqual(len(pids), 3)
        await self.seeker.close()
        self.assertEqual([living(pid) for pid in pids], [False] * 3)
