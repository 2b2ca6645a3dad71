"""The commands, in both languages. Which IM they are given on matters to the gate and not to them."""

import re
from collections.abc import Iterator

import pytest

from awt.api import claims
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.catalogue import ServiceName, add_service
from awt.api.claims import ClaimTasks, FinishTask
from awt.chat.commands import COMMANDS
from awt.db import executors, ledger, users
from awt.db.users import User
from awt.errors import Refused
from awt.model.actions import ActionResult
from awt.model.status import DELETED, LANGS
from awt.model.times import SECOND
from awt.testing.talk import DEMO_PRICE, Conversation, World


class Ann:
    """Ann's chat with the base assistant, and texts in her language."""

    def __init__(self, world: World, lang: str) -> None:
        self.world = world
        self.lang = lang
        self.chat = world.member("jabber", "ann@example.org", lang=lang)

    def ask(self, text: str) -> str:
        """Say something to the base assistant and return the one answer."""
        return self.chat.ask(text).text

    def to(self, service: str) -> Conversation:
        """Return the chat with another assistant."""
        return self.world.chat("jabber", "ann@example.org", service=service)

    def t(self, key: str, **values: str | int) -> str:
        return self.world.texts(self.lang, key, **values)

    @property
    def user(self) -> User:
        found = self.world.user("jabber", "ann@example.org")
        assert found is not None
        return found

    def buy_demo(self) -> None:
        site = Caller(who=Who.USER, user_id=self.user.id)
        self.world.run(add_service, site, ServiceName(short_name="demo"))

    def spend(self, points: int) -> None:
        user = self.user.id
        self.world.run(lambda tx: ledger.move(tx, user, -points, "ADJUSTMENT"))


@pytest.fixture(params=LANGS)
def ann(world: World, request: pytest.FixtureRequest) -> Iterator[Ann]:
    """Ann, in each language in turn."""
    ann = Ann(world, request.param)
    yield ann
    everything = [m.body.text for m in world.messages if hasattr(m.body, "text")]
    cyrillic = [bool(re.search("[а-яё]{4}", text)) for text in everything if len(text) > 40]
    if not getattr(ann, "mixed", False):
        assert set(cyrillic) <= {request.param == "ru"}, "an answer in the other language"


def test_help_has_every_command_and_says_what_it_is_for(ann: Ann) -> None:
    text = ann.ask("#help")
    for command in (c for c in COMMANDS if not c.for_admins):
        line = f"{ann.t(f'{command.name}-usage')} - {ann.t(f'{command.name}-help')}"
        assert line in text.split("\n")
    assert text.startswith(ann.t("help-head"))


def test_help_of_an_assistant_has_its_own_commands_first(ann: Ann) -> None:
    lines = ann.to("webtest").ask("#help").text.split("\n")
    assert lines[2].startswith("#check")
    ann.buy_demo()
    assert "#check" not in ann.to("demo").ask("#help").text


@pytest.mark.parametrize("word", ["check", "#check", "/CHECK"])
def test_help_of_a_command_is_its_line(ann: Ann, word: str) -> None:
    assert ann.ask(f"#help {word}").startswith(ann.t("check-usage"))


def test_help_names_the_other_words_of_a_command(ann: Ann) -> None:
    assert ann.t("help-aliases", aliases="#forgotpass") in ann.ask("#help forgot")
    assert ann.ask("#help forgotpass").startswith("#forgot -")


def test_help_of_a_mistyped_command_finds_the_nearest(ann: Ann) -> None:
    said = ann.chat.ask("#help balanse")
    assert said.text.startswith(ann.t("chat-unknown-nearest", command="#balance"))
    assert ann.ask("1").startswith(ann.t("balance-usage"))


def test_help_of_nothing_like_a_command_says_so(ann: Ann) -> None:
    assert ann.ask("#help xyzzy").startswith(ann.t("chat-unknown"))


@pytest.mark.parametrize("word", ["#start", "#?", "/help", "# help", "#HELP"])
def test_help_answers_to_all_its_names(ann: Ann, word: str) -> None:
    assert ann.ask(word).startswith(ann.t("help-head"))


def test_the_menu_has_the_services_of_the_account(ann: Ann) -> None:
    ann.buy_demo()
    text = ann.ask("#menu")
    assert text.startswith(
        ann.t("menu-head", name=f"#{ann.user.hash[:8]}", balance=200 - DEMO_PRICE)
    )
    assert ann.t("menu-line", title=ann.t("service-demo-title"), name="demo") in text
    assert "webtest" not in text


def test_whoami_shows_the_account_and_its_addresses(ann: Ann) -> None:
    lines = ann.ask("#whoami").split("\n")
    assert lines[:5] == [
        ann.t("whoami-name", name=f"#{ann.user.hash[:8]}"),
        ann.t("whoami-balance", balance=200),
        ann.t("whoami-place", lang=ann.lang, timezone="UTC"),
        ann.t("whoami-im", kind="jabber", address="ann@example.org", state="confirmed"),
        ann.t("whoami-webchat"),
    ]


def test_services_are_listed_with_their_prices_and_states(ann: Ann) -> None:
    said = ann.chat.ask("#services")
    assert f"base ({ann.t('services-have')})" in said.text
    assert f"webtest ({ann.t('services-free')})" in said.text
    assert f"demo ({ann.t('services-price', price=DEMO_PRICE)})" in said.text
    assert ann.t("services-paid", link="https://awt.example/services") in said.text
    assert said.sends == ["#add webtest", "#menu"]


def test_services_that_one_has_are_not_offered(ann: Ann) -> None:
    ann.buy_demo()
    ann.ask("#add webtest")
    said = ann.chat.ask("#services")
    assert said.sends == ["#menu"]
    assert "https://" not in said.text


def test_a_free_service_is_added_and_its_assistant_says_hello(ann: Ann) -> None:
    assert ann.ask("#add WebTest").startswith(ann.t("add-done", name="webtest"))
    hello = ann.t("chat-service-hello", title=ann.t("service-webtest-title"), name="webtest")
    queues = {m.queue for m in ann.world.messages if getattr(m.body, "text", "") == hello}
    assert queues == {"user_op.webtest.jabber", "user_op.webtest.webchat"}


def test_add_without_a_name_shows_what_there_is(ann: Ann) -> None:
    assert ann.ask("#add").startswith(ann.t("services-head"))


def test_what_cannot_be_added_is_explained(ann: Ann) -> None:
    assert ann.ask("#add base").startswith(ann.t("error-service-added", service="base"))
    assert ann.ask("#add x").startswith(ann.t("error-unknown-service", service="x"))
    assert ann.ask("#add demo").startswith(
        ann.t(
            "add-paid",
            service="demo",
            price=DEMO_PRICE,
            balance=200,
            link="https://awt.example/services",
        )
    )
    assert ann.user.points == 200


def test_a_service_is_removed_and_its_assistant_leaves(ann: Ann) -> None:
    ann.ask("#add webtest")
    assert ann.ask("#del webtest").startswith(ann.t("del-done", name="webtest"))
    gone = [m.queue for m in ann.world.messages if m.queue.startswith("user_op.webtest.")][-2:]
    assert gone == ["user_op.webtest.jabber", "user_op.webtest.webchat"]
    assert ann.ask("#delete webtest").startswith(ann.t("error-no-service", service="webtest"))


def test_a_paid_service_is_removed_after_a_question_only(ann: Ann) -> None:
    ann.buy_demo()
    asked = ann.t("del-confirm", name="demo", price=DEMO_PRICE)
    assert ann.ask("#del demo").startswith(asked)
    assert ann.ask("no").startswith(ann.t("chat-not-done"))
    assert "(demo)" in ann.ask("#menu")
    ann.ask("#del demo")
    assert ann.ask("yes").startswith(ann.t("del-done", name="demo"))
    assert "(demo)" not in ann.ask("#menu")
    assert ann.user.points == 200 - DEMO_PRICE


def test_what_cannot_be_removed_is_explained(ann: Ann) -> None:
    assert ann.ask("#del").startswith(ann.t("del-which"))
    assert ann.ask("#del base").startswith(ann.t("error-base-service"))
    assert ann.ask("#del x").startswith(ann.t("error-unknown-service", service="x"))
    assert ann.ask("#del demo").startswith(ann.t("error-no-service", service="demo"))


def test_an_authorisation_is_asked_for_again(ann: Ann) -> None:
    ann.ask("#add webtest")
    webtest = ann.to("webtest")
    assert ann.ask("#resend webtest").startswith(ann.t("resend-done", name="webtest"))
    [again] = webtest.read()
    assert again.kind == "reauth"
    assert ann.ask("#resend webtest").startswith(
        ann.t("error-too-many", left=ann.t("span-minute", count=1))
    )
    ann.world.wait(60)
    assert ann.ask("#resend webtest").startswith(ann.t("resend-done", name="webtest"))


def test_resend_without_a_name_means_the_assistant_itself(ann: Ann) -> None:
    assert ann.ask("#resend").startswith(ann.t("resend-done", name="base"))
    assert ann.ask("#resend demo").startswith(ann.t("error-no-service", service="demo"))


def test_a_login_link_signs_in_once_and_a_newer_one_replaces_it(ann: Ann) -> None:
    first, second = ann.chat.link("#loginlink"), ann.chat.ask("#login")
    left = ann.t("span-minute", count=15)
    assert second.text == ann.t("chat-link-login", link=second.link or "", left=left)
    with pytest.raises(Refused, match="link_not_active"):
        ann.world.click(first)
    assert ann.world.click(second.link or "").account.hash == ann.user.hash
    with pytest.raises(Refused, match="link_not_active"):
        ann.world.click(second.link or "")


def test_a_login_link_ends(ann: Ann) -> None:
    link = ann.chat.link("#loginlink")
    ann.world.wait(900)
    with pytest.raises(Refused, match="link_not_active"):
        ann.world.click(link)


def test_a_password_link_is_sent_a_few_times_a_day(ann: Ann) -> None:
    said = ann.chat.ask("#forgotpass")
    left = ann.t("span-hour", count=1)
    assert said.text == ann.t("chat-link-password", link=said.link or "", left=left)
    assert ann.world.click(said.link or "").account.hash == ann.user.hash
    assert ann.ask("#forgot").startswith(
        ann.t("error-too-many", left=ann.t("span-minute", count=1))
    )
    ann.world.wait(60)
    assert ann.chat.link("#forgot")


def test_the_balance_shows_the_last_movements(ann: Ann) -> None:
    ann.buy_demo()
    lines = ann.ask("#balance").split("\n")
    assert lines[:3] == [
        ann.t("balance-now", balance=200 - DEMO_PRICE),
        f"-{DEMO_PRICE}  {ann.t('ledger-service-price')}",
        f"+200  {ann.t('ledger-sign-up-bonus')}",
    ]


def test_the_language_is_changed_at_once(ann: Ann) -> None:
    ann.mixed = True  # type: ignore[attr-defined]  # for the fixture
    other = {"en": "ru", "ru": "en"}[ann.lang]
    assert ann.chat.ask("#lang").sends == ["#lang en", "#lang ru"]
    assert ann.ask(f"#lang {other.upper()}").startswith(ann.world.texts(other, "lang-done"))
    assert ann.user.lang == other
    assert ann.ask("#tz").startswith(ann.world.texts(other, "tz-which", timezone="UTC"))


@pytest.mark.parametrize("lang", ["de", "en ru", "e" * 4000])
def test_a_language_that_is_not_spoken_changes_nothing(ann: Ann, lang: str) -> None:
    assert ann.ask(f"#lang {lang}").startswith(ann.t("error-field-lang"))
    assert ann.user.lang == ann.lang


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_the_time_zone_is_a_city(ann: Ann, said: str, zone: str) -> None:
    assert ann.ask(f"#tz {said}").startswith(ann.t("tz-done", timezone=zone))
    assert ann.user.timezone == zone
    assert ann.ask("#tz").startswith(ann.t("tz-which", timezone=zone))


def test_a_mistyped_city_is_offered_as_it_should_be(ann: Ann) -> None:
    said = ann.chat.ask("#tz Berln")
    assert said.text.startswith(ann.t("tz-unknown"))
    assert said.sends == ["#tz Europe/Berlin"]
    assert ann.ask("1").startswith(ann.t("tz-done", timezone="Europe/Berlin"))
    assert ann.chat.ask("#tz xyzzyxyzzy").sends == []


def test_an_account_is_closed_after_a_question_only(ann: Ann) -> None:
    link = ann.chat.link("#loginlink")
    asked = ann.t("delaccount-confirm", balance=200, days=42)
    assert ann.ask("#delaccount").startswith(asked)
    gone, last = ann.chat.say("да" if ann.lang == "ru" else "yes")
    assert (gone.kind, gone.text) == ("delete", "")
    assert last.text == ann.t("chat-closed-owner")
    assert (ann.user.status, ann.user.points) == (DELETED, 0)
    with pytest.raises(Refused, match="link_not_active"):
        ann.world.click(link)


# Checks.


def finish(ann: Ann, *results: ActionResult) -> str:
    """Let a node finish Ann's check; return the card."""
    claim = ClaimTasks(types=["http"], free_slots=1)
    [task] = ann.world.run(claims.claim_tasks, LOCAL_NODE, claim).tasks
    done = FinishTask(task=task.id, attempt=task.attempt, results=list(results))
    ann.world.run(claims.finish_task, LOCAL_NODE, done)
    [card] = ann.chat.read()
    return card.text


OPENED = ActionResult(
    status="succeeded",
    ms=400,
    data={"status": 200, "url": "http://example.com/", "title": "Seeds\ue000\x07"},
)


@pytest.mark.parametrize("line", ["#check example.com", "example.com", "/check  example.com "])
def test_an_address_is_checked(ann: Ann, line: str) -> None:
    assert ann.ask(line).startswith(ann.t("check-started", url="example.com"))
    assert ann.user.points == 199
    assert card(finish(ann, OPENED)) == [
        ann.t("card-good", name="http://example.com/"),
        ann.t("card-status", status="200"),
        ann.t("card-title", title="Seeds"),
        ann.t("card-time", ms=400),
        ann.t("card-price", price=2, balance=198),
    ]
    assert ann.ask("1").startswith(ann.t("check-started", url="http://example.com/"))


def card(text: str) -> list[str]:
    """Return the lines of a card without the choices below it."""
    return text.partition("\n\n1. ")[0].split("\n")


@pytest.mark.parametrize(
    "line", ['example.com "a b"', "#check example.com a b", "example.com\n«a b»"]
)
def test_a_text_is_looked_for(ann: Ann, line: str) -> None:
    assert ann.ask(line).startswith(ann.t("check-started", url="example.com"))
    missing = ActionResult(status="failed", reason="text_missing", ms=1)
    text = finish(ann, OPENED, missing)
    assert text.startswith(ann.t("card-bad", name="http://example.com/"))
    assert ann.t("card-text-missing") in text
    assert ann.ask("1").startswith(ann.t("check-started", url="http://example.com/"))
    assert ann.t("card-text-found") in finish(ann, OPENED, ActionResult(status="succeeded", ms=1))


def test_a_card_says_why_a_check_failed_and_says_it_once(ann: Ann) -> None:
    ann.ask('example.com "a b"')
    down = ActionResult(status="failed", reason="http_status", detail="503 Busy", ms=7)
    text = finish(ann, down, ActionResult(status="skipped"))
    assert card(text) == [
        ann.t("card-bad", name="http://example.com/"),
        ann.t("card-reason-http-status", detail="503 Busy"),
        ann.t("card-time", ms=7),
        ann.t("card-price", price=2, balance=198),
    ]


def test_a_page_that_has_no_text_is_not_said_to_lack_one(ann: Ann) -> None:
    ann.ask('example.com/logo.png "a b"')
    text = finish(ann, OPENED, ActionResult(status="failed", reason="not_html"))
    assert ann.t("card-reason-not-html") in text
    assert ann.t("card-text-missing") not in text


def test_a_reason_that_nobody_knows_is_told_as_it_is(ann: Ann) -> None:
    ann.ask("example.com")
    strange = ActionResult(status="failed", reason="eaten_by_a_bear", detail="grr")
    text = finish(ann, strange)
    assert ann.t("card-reason-other", reason="eaten_by_a_bear", detail="grr") in text


def test_a_check_that_was_lost_with_its_nodes_costs_nothing(ann: Ann) -> None:
    ann.ask('example.com "a b"')
    for _ in range(claims.ATTEMPTS):
        ann.world.run(claims.claim_tasks, LOCAL_NODE, ClaimTasks(types=["http"], free_slots=1))
        ann.world.wait(60)
        ann.world.run(claims.recover_tasks, LOCAL_NODE, claims.RecoverTasks())
    [card] = ann.chat.read()
    assert card.text.count(ann.t("card-reason-node-lost")) == 1
    assert ann.t("card-price", price=0, balance=200) in card.text
    assert ann.user.points == 200


def test_a_check_whose_browser_died_before_it_came_for_it_ends_with_its_reason_and_costs_nothing(
    ann: Ann,
) -> None:
    def look(*, unclaimed: bool = True) -> claims.Recovered:
        params = claims.RecoverTasks(unclaimed=unclaimed)
        done: claims.Recovered = ann.world.run(claims.recover_tasks, LOCAL_NODE, params)
        return done

    browser = Caller(who=Who.NODE, node="browser")
    other = Caller(who=Who.NODE, node="other")
    ann.world.run(claims.claim_tasks, browser, ClaimTasks(types=["gc"], free_slots=0))
    ann.world.run(claims.claim_tasks, other, ClaimTasks(types=["http"], free_slots=0))
    ann.world.wait(5)
    ann.ask('example.com "a b"')
    assert ann.user.points == 199
    ann.world.wait(executors.ALIVE / SECOND - 6)
    ann.world.run(claims.claim_tasks, other, ClaimTasks(types=["http"], free_slots=5))
    assert look() == claims.Recovered(again=0, failed=0), "it may still come back"
    ann.world.wait(10)
    assert look(unclaimed=False) == claims.Recovered(again=0, failed=0)
    assert look() == claims.Recovered(again=0, failed=1)
    [card] = ann.chat.read()
    assert card.text.count(ann.t("card-reason-no-node")) == 1
    assert ann.t("card-price", price=0, balance=200) in card.text
    assert ann.user.points == 200
    assert look() == claims.Recovered(again=0, failed=0)
    claim = ClaimTasks(types=["gc"], free_slots=5)
    assert ann.world.run(claims.claim_tasks, browser, claim).tasks == [], "it came too late"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("#check", "check-which"),
        ("#check ftp://example.com", "error-field-url-scheme"),
        ("#check http://ann:secret@example.com", "error-field-url-userinfo"),
        ("#check http://", "error-field-url-host"),
        ("#check example.com:0", "error-field-url-port"),
        ("#check example.com/" + "a" * 3000, "error-field-url-too-long"),
        ("#check example.com " + "ы" * 3000, "error-field-text-too-long"),
    ],
)
def test_what_cannot_be_checked_is_explained_and_costs_nothing(
    ann: Ann, line: str, key: str
) -> None:
    assert ann.ask(line).startswith(ann.t(key))
    assert ann.user.points == 200


def test_a_check_needs_a_point(ann: Ann) -> None:
    ann.spend(200)
    said = ann.chat.ask("example.com")
    assert said.text.startswith(ann.t("check-no-points", price=1, balance=0))
    assert said.sends == ["#balance"]
    assert ann.world.run(users.locked, ann.user.id) == ann.user


def test_the_base_assistant_takes_a_check_unless_that_service_was_removed(ann: Ann) -> None:
    ann.ask("example.com")
    ann.ask("#del webtest")
    said = ann.chat.ask("example.com")
    title = ann.t("service-webtest-title")
    assert said.text.startswith(ann.t("chat-needs-service", title=title, command="#add webtest"))
    assert ann.ask("1").startswith(ann.t("add-done", name="webtest"))
    assert ann.ask("example.com").startswith(ann.t("check-started", url="example.com"))


def test_another_assistant_names_the_one_that_checks(ann: Ann) -> None:
    ann.buy_demo()
    title = ann.t("service-webtest-title")
    said = ann.to("demo").ask("example.com")
    assert said.text == ann.t("chat-other-assistant", command="#check", title=title)
