"""What every engine with a browser has to keep to."""

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from awt.executor.engines import Engine, Shot, Viewport
from awt.executor.engines.loop import PAUSES
from awt.model.actions import (
    Action,
    ActionResult,
    Click,
    Enter,
    Exists,
    Modify,
    Open,
    Proxy,
    Text,
    Title,
    Url,
    VarRegexp,
    VarTitle,
    VarUrl,
    VarXpath,
)
from awt.testing import playground
from awt.testing.playground import HOST

reactor: Any = _reactor
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SECONDS = 15.0
"""What an action may take that is expected to pass: the machine may be busy."""
SHORT = 1.0
"""What one may take that is expected to fail, where it hangs."""
A_LOOK = 4.0
"""What a look at a page costs in vain (see `Impatient`)."""


class Impatient:
    """The reactor, but with a clock that goes forward by `A_LOOK` with each look at a page in vain.

    So what does not come is given up after a few looks, and not after the seconds that an action has,
    which are many because the machine may be busy. Once it is `hurried`, what hangs has `SHORT` too.
    """

    def __init__(self) -> None:
        self.hurried = False
        self._ahead = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)

    def seconds(self) -> float:
        return float(reactor.seconds()) + self._ahead

    def callLater(self, delay: float, *call: Any, **values: Any) -> Any:
        if delay in PAUSES:
            self._ahead += A_LOOK
        if self.hurried and delay >= SECONDS:
            delay = SHORT
        return reactor.callLater(delay, *call, **values)


class EngineCase(TestCase):
    """A site and an engine of the test's own."""

    timeout = 120

    def make(self, **options: Any) -> Engine:
        raise NotImplementedError

    def setUp(self) -> None:
        self.site, port = playground.serve(reactor)
        self.base = f"http://{HOST}:{port.getHost().port}"
        self.addCleanup(lambda: Deferred.fromCoroutine(playground.stop(port)))
        self.engine = self.started()
        self.shots: list[Shot] = []

    def started(self, **options: Any) -> Engine:
        engine = self.make(**{"allow_private_addresses": LOOPBACK} | options)
        self.addCleanup(lambda: Deferred.fromCoroutine(engine.close()))
        return engine

    async def run_all(
        self,
        *actions: Action,
        seconds: float = SECONDS,
        debug: bool = False,
        shots: bool = False,
        viewport: Viewport | None = None,
    ) -> list[ActionResult]:
        return await self.engine.run(
            actions,
            action_seconds=seconds,
            debug=debug,
            viewport=viewport or Viewport(),
            on_shot=self.shots.append if shots else None,
        )

    async def passes(self, *actions: Action, **options: Any) -> list[ActionResult]:
        results = await self.run_all(*actions, **options)
        told = [
            (a.type, a.selector, r.reason, r.detail) for a, r in zip(actions, results, strict=True)
        ]
        self.assertEqual([r.status for r in results], ["succeeded"] * len(actions), told)
        return results

    async def fails(self, *actions: Action, **options: Any) -> ActionResult:
        """Return the result of the last action: it fails, and those before it pass."""
        results = await self.run_all(*actions, **options)
        told = [(a.type, r.reason, r.detail) for a, r in zip(actions, results, strict=True)]
        passed = ["succeeded"] * (len(actions) - 1)
        self.assertEqual([r.status for r in results], [*passed, "failed"], told)
        return results[-1]


if TYPE_CHECKING:
    Base = EngineCase
else:
    Base = object


class EngineBasics(Base):
    """What an engine does that has no browser, too."""

    async def test_what_a_page_has_is_found(self) -> None:
        results = await self.passes(
            Open(f"{self.base}/redirect"),
            Url("by=redirect$"),
            Open(self.base),
            Title("^the SHOP$"),
            Exists("//h1[.='Welcome']"),
            Exists("css:form > input[name=user]"),
            Exists("//a/@data-sku"),
            Exists("//p[@class='hidden']"),
            Exists("//tbody/tr/td[.='cell']"),
            Text(data="Price: 42 EUR"),
            VarTitle("t"),
            VarRegexp("t", "S.*"),
            Exists("//form[contains('{t}', 'op')]"),
        )
        self.assertEqual(results[0].data["status"], 200)
        self.assertEqual(results[0].data["url"], f"{self.base}/found?by=redirect")

    async def test_what_a_page_has_not_is_no_element(self) -> None:
        self.engine = self.started(reactor=Impatient())
        results = await self.run_all(
            Exists("//h1"),
            Open(self.base),
            Exists("//h2"),
            Exists("css:form > h1"),
            Exists("//["),
            Exists("count(//p)"),
            Exists("css:p:::"),
            debug=True,
        )
        self.assertEqual(
            [result.reason for result in results],
            ["no_page", "", "no_element", "no_element", "bad_xpath", "bad_xpath", "bad_css"],
        )


class EngineEssentials(Base):
    """What shows that an engine gets through to a browser and is kept apart from what it may not reach."""

    async def test_a_form_is_filled_in_and_sent(self) -> None:
        await self.passes(
            Open(self.base),
            Exists("//h1[.='Welcome']"),
            Enter("//input[@name='user']", "Bob & Anna ж"),
            Enter("css:textarea", "two\nlines"),
            Enter("//select", "Large"),
            Enter("//input[@type='date']", "2026-11-22"),
            Enter("css:#rich", "after"),
            Text(data="after a link"),
            Click("//button[.='Sign in']"),
            Title("^dashboard OF"),
            Url("user=Bob.*note=two.*size=l&day=2026-11-22"),
        )

    async def test_two_tests_at_once_share_nothing(self) -> None:
        actions = (Open(f"{self.base}/cookie"), Open(f"{self.base}/cookie"))
        both = [
            Deferred.fromCoroutine(self.engine.run(actions, action_seconds=SECONDS))
            for _ in range(2)
        ]
        for run in both:
            self.assertEqual([r.status for r in await run], ["succeeded"] * 2)
        # Or once more, with the cookie or still without: `FRESH`.
        without, got = self.site.cookies.count(""), self.site.cookies.count("yes")
        self.assertTrue(without >= 2 and got >= 2, self.site.cookies)

    async def test_a_visual_action_has_a_screenshot_and_a_click_has_two(self) -> None:
        await self.passes(
            Open(self.base),
            Title("Shop"),
            Exists("//h1"),
            Click("//a"),
            shots=True,
            viewport=Viewport(width=640, height=480),
        )
        self.assertEqual(
            [(shot.action, shot.moment) for shot in self.shots],
            [(0, "after"), (2, "after"), (3, "before"), (3, "after")],
        )
        plain, outlined = self.shots[:2]
        self.assertTrue(all(shot.jpeg.startswith(b"\xff\xd8\xff") for shot in self.shots))
        self.assertNotEqual(plain.jpeg, outlined.jpeg)

    async def test_an_address_that_is_private_is_refused_with_the_key_that_allows_it(self) -> None:
        self.engine = self.started(allow_private_addresses=())
        failed = await self.fails(Open(self.base))
        self.assertEqual((failed.reason, failed.detail), ("refused_address", HOST))
        self.assertEqual(failed.data["key"], "test.allow_private_addresses")
        self.assertEqual(self.site.asked, [])


class EngineContract(EngineBasics, EngineEssentials):
    """The twelve actions, and what stands in their way."""

    async def test_keys_are_pressed_and_scripts_hear_of_them(self) -> None:
        await self.passes(
            Open(f"{self.base}/react"),
            Enter("//input", "Hi!"),
            Exists("//output[@class='keyed'][.='heard Hi!']"),
            Modify("//input", "set"),
            Text(data="heard set"),
            Enter("//input", ""),
            Exists("//output[.='heard ']"),
        )

    async def test_elements_values_and_attributes_are_modified(self) -> None:
        await self.passes(
            Open(self.base),
            Modify("//h1", "<b>Changed</b>"),
            Text(data="<b>Changed</b>"),
            Modify("//a/@href", "/late"),
            Modify("//input[@name='user']", "val"),
            VarXpath("v", "//input[@name='user']"),
            Click("//a"),
            Title("Ready"),
            VarTitle("t"),
            VarRegexp("v", "a."),
            Exists("//em[.='It came'][string-length('{v}')=2]"),
        )

    async def test_variables_come_from_the_page_and_go_where_they_are_named(self) -> None:
        results = await self.passes(
            Open(self.base),
            VarXpath("price", "//p[contains(., 'Price')]"),
            VarRegexp("price", "[0-9]+"),
            VarXpath("sku", "css:#link/@data-sku"),
            VarUrl("home"),
            VarTitle("shop"),
            Open("{home}found?sku={sku}&price={price}"),
            Url("sku=A-7&price=42$"),
            Open("{home}"),
            Title("^{shop}$"),
            Enter("//input[@name='user']", "{price} {{sku}} a{3}"),
            VarXpath("typed", "//input[@name='user']"),
        )
        self.assertEqual(results[-1].data, {"value": "42 {A-7} a{3}"})
        self.assertEqual(results[0].data["title"], "The Shop")
        self.assertEqual(results[0].data["status"], 200)

    async def test_what_comes_late_is_waited_for(self) -> None:
        await self.passes(
            Open(f"{self.base}/late"),
            Exists("//em[@id='came']"),
            Title("ready"),
            Click("//button"),
            Exists("//button[.='Pressed']"),
        )

    async def test_elements_are_found_in_frames_of_the_same_and_of_another_site(self) -> None:
        await self.passes(
            Open(f"{self.base}/frames"),
            Text(data="Outside"),
            Click("//body[@class='same']/button"),
            Text(data="Done same"),
            Click("//body[@class='cross']/button"),
            Text(data="Done cross"),
            Enter("//body[@class='cross']/input", "over there"),
            VarXpath("typed", "//body[@class='cross']/input"),
            Click("//button[.='Deep']"),
            Exists("//button[.='Dug']"),
            Title("Frames"),
        )

    async def test_dialogs_are_accepted(self) -> None:
        await self.passes(
            Open(f"{self.base}/dialogs"),
            Click("//button[.='Ask']"),
            Exists("//button[.='Yes']"),
            Click("//button[.='Prompt']"),
            Exists("//button[.='me!']"),
        )

    async def test_windows_that_a_page_opens_are_looked_at_too(self) -> None:
        await self.passes(
            Open(f"{self.base}/windows"),
            Click("//a"),
            Title("Dashboard"),
            Exists("//h1[.='Found']"),
            Click("//button[.='window']"),
            Exists("//em[@id='came']"),
            Title("^Windows$"),
            Click("//button[.='gone']"),
            Exists("//a[.='tab']"),
        )

    async def test_an_element_far_below_is_scrolled_to(self) -> None:
        await self.passes(
            Open(f"{self.base}/far"), Click("//button"), Exists("//button[.='Reached']")
        )

    async def test_workers_of_a_page_run(self) -> None:
        await self.passes(
            Open(f"{self.base}/worker"), Exists("//output[.='at work'][@class='served']")
        )

    async def test_a_hostile_title_is_harmless(self) -> None:
        results = await self.passes(Open(f"{self.base}/xss"), VarTitle("t"))
        self.assertEqual(results[1].data, {"value": "<script>alert(1)</script>"})

    async def test_pages_that_do_not_load_fail_for_a_reason_that_is_true(self) -> None:
        for path, reason in (
            ("/error", "http_status"),
            ("/missing", "http_status"),
            ("/round", "too_many_redirects"),
            ("/reset", "bad_response"),
            ("/download", "not_html"),
        ):
            failed = await self.fails(Open(self.base + path))
            self.assertEqual((path, failed.reason), (path, reason), failed)
        failed = await self.fails(Open("http://nowhere.invalid/"))
        self.assertEqual(failed.reason, "dns")
        failed = await self.fails(Open(f"{self.base}/slow"), seconds=SHORT)
        self.assertEqual(failed.reason, "timeout")

    async def test_conditions_that_do_not_come_true_fail_for_a_reason_that_is_true(self) -> None:
        self.engine = self.started(reactor=Impatient())
        results = await self.run_all(
            Title("before any page"),
            Open(self.base),
            Exists("//nothing"),
            Click("css:.hidden"),
            Enter("//input[@name='locked']", "x"),
            Enter("//h1", "x"),
            Enter("//select", "Huge"),
            Title("Other"),
            Url("other"),
            Text(data="not there"),
            VarXpath("v", "//h1/@lang"),
            VarRegexp("unknown", "x"),
            Exists("//p[.='{unknown}']"),
            Open("{unknown}"),
            VarTitle("t"),
            VarRegexp("t", "nope"),
            VarRegexp("t", "{t"),
            VarRegexp("t", "(?P<"),
            Open("ftp://example.com/"),
            Proxy("us"),
            Open(f"{self.base}/covered"),
            Click("//button"),
            debug=True,
        )
        self.assertEqual(
            [result.reason for result in results],
            [
                "no_page",
                "",
                "no_element",
                "hidden",
                "disabled",
                "not_editable",
                "no_option",
                "title_differs",
                "url_differs",
                "text_missing",
                "no_attribute",
                "unknown_variable",
                "unknown_variable",
                "unknown_variable",
                "",
                "no_match",
                "no_match",
                "bad_regexp",
                "bad_url",
                "unknown_region",
                "",
                "covered",
            ],
            [(result.reason, result.detail) for result in results],
        )

    async def test_a_script_without_end_ends_with_the_action(self) -> None:
        impatient = Impatient()
        self.engine = self.started(reactor=impatient)

        def hurry(_: ActionResult) -> None:
            impatient.hurried = True

        actions = (Open(f"{self.base}/busy"), Click("//button"))
        results = await self.engine.run(actions, action_seconds=SECONDS, on_result=hurry)
        self.assertEqual([result.reason for result in results], ["", "timeout"])
        impatient.hurried = False
        await self.passes(Open(self.base), Exists("//h1"))

    async def test_a_failure_comes_with_evidence(self) -> None:
        self.engine = self.started(reactor=Impatient())
        failed = await self.fails(
            Open(f"{self.base}/noisy"), Exists("css:body.done"), Exists("//nothing"), shots=True
        )
        assert failed.evidence is not None
        self.assertIn("a warning of the page", " ".join(failed.evidence.console))
        self.assertIn("/missing", " ".join(failed.evidence.requests))
        self.assertEqual(failed.evidence.around, "All around")
        self.assertEqual(self.shots[-1].moment, "failed")

    async def test_after_a_failure_the_rest_is_skipped(self) -> None:
        self.engine = self.started(reactor=Impatient())
        results = await self.run_all(Open(self.base), Title("Other"), Exists("//h1"))
        self.assertEqual([r.status for r in results], ["succeeded", "failed", "skipped"])

    async def test_a_run_that_is_cancelled_leaves_nothing(self) -> None:
        heard: Deferred[None] = Deferred()
        run = Deferred.fromCoroutine(
            self.engine.run(
                (Open(self.base), Exists("//nothing")),
                action_seconds=60,
                on_result=lambda _: reactor.callLater(0, heard.callback, None),
            )
        )
        await heard
        run.cancel()
        run.cancel()  # a claim says so, a sign of life says so, and the part stops
        with self.assertRaises(CancelledError):
            await run

    async def test_the_proxy_changes_in_the_middle_and_cookies_stay(self) -> None:
        self.engine = self.started(proxies={"us": f"{HOST}:9"})
        results = await self.run_all(
            Open(f"{self.base}/cookie"),
            Proxy("us"),
            Open(f"{self.base}/cookie"),
            Proxy("default"),
            Open(f"{self.base}/cookie"),
            debug=True,
        )
        self.assertEqual([r.reason for r in results], ["", "", "proxy", "", ""])
        self.assertEqual(self.site.cookies[:2], ["", "yes"])
        self.assertEqual(set(self.site.cookies[2:]) - {"yes"}, set())

    async def test_a_page_without_end_is_broken_off(self) -> None:
        self.engine = self.started(max_bytes=2**20)
        failed = await self.fails(Open(f"{self.base}/huge"))
        self.assertEqual(failed.reason, "too_large")
