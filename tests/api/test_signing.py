"""Signing in by password and by link, how failures are slowed down, and what ends a session."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.trial.unittest import TestCase

from awt.api.caller import Caller, Who
from awt.api.passwords import OF_A_NETWORK
from awt.db import sessions, users
from awt.errors import Refused
from awt.testing.databases import Databases
from tests.api.house import House

PASSWORD = "correct horse"
FAR = "198.51.100.0/24"


class Signing(TestCase):
    timeout = 60

    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.sqlite() as self.url:
            yield

    def setUp(self) -> None:
        self.house = House(self.url)
        self.addCleanup(self.house.close)

    async def refusal(self, name: str, caller: Caller, **values: Any) -> Refused:
        with pytest.raises(Refused) as caught:
            await self.house.call(name, caller, values)
        return caught.value

    async def ann(self, **columns: Any) -> Caller:
        """Return the browser of an account with a login and a password."""
        password = await self.house.passwords.hash(PASSWORD)
        return await self.house.somebody(**({"login": "ann", "password": password} | columns))

    async def login(self, login: str = "ann", password: str = PASSWORD, **at: Any) -> Caller:
        """Sign in with a new browser and return it."""
        browser = await self.house.browser(**at)
        found = await self.house.call("Login", browser, {"login": login, "password": password})
        assert not await self.house.is_live(browser)
        return await self.house.session(found.session)

    async def wrong(self, times: int, network: str = FAR, login: str = "ann") -> list[str]:
        browser = await self.house.browser(network)
        return [
            (await self.refusal("Login", browser, login=login, password=f"wrong {i} wrong")).code
            for i in range(times)
        ]

    def link(self) -> tuple[str, dict[str, str]]:
        """Return path and fields of the link that was sent last."""
        secrets = [message.secret for message in self.house.messages if message.secret]
        url = urlsplit(secrets[-1])
        return url.path, dict(parse_qsl(url.query))

    async def test_login_name_and_confirmed_address_sign_in(self) -> None:
        ann = await self.ann()
        address = f"user{ann.user_id}@example.org"
        for name in ("ann", " ANN ", address, f"{address.upper()}/phone"):
            signed_in = await self.login(name)
            assert signed_in.user_id == ann.user_id

    async def test_unknown_and_wrong_look_the_same(self) -> None:
        await self.ann()
        await self.house.somebody(login="bob")
        browser = await self.house.browser()
        for login in ("ann", "nobody", "nobody@example.org", "", "bob", "a\0b", "ж" * 500):
            for password in ("wrong password", "", "x" * 100, "\0", "ж" * 60):
                refused = await self.refusal("Login", browser, login=login, password=password)
                assert (refused.code, refused.fields) == ("wrong_login", {})
            self.house.wait(901)
            self.house.waits.advance(9)
            found = await self.house.database.read(users.by_login, "ann")
            assert found
            await self.house.database.write(users.change, found.id, login_failures=0)

    async def test_ten_failures_of_one_place_close_it_for_a_quarter_of_an_hour(self) -> None:
        await self.ann()
        assert await self.wrong(10) == ["wrong_login"] * 10
        browser = await self.house.browser(FAR)
        refused = await self.refusal("Login", browser, login="ann", password=PASSWORD)
        assert (refused.code, refused.status, refused.retry_after) == ("too_many", 429, 900)
        self.house.wait(901)
        slow = Deferred.fromCoroutine(self.login(network=FAR))
        self.advance_until(slow)
        await slow

    def advance_until(self, done: Deferred[Any]) -> None:
        """Let the waits of logins pass as they come."""
        loop = LoopingCall(self.house.waits.advance, 1)
        _ = loop.start(0.001)

        def stop(result: Any) -> Any:
            loop.stop()
            return result

        _ = done.addBoth(stop)

    async def test_failures_elsewhere_only_slow_an_account_down(self) -> None:
        ann = await self.ann()
        await self.house.database.write(users.change, ann.user, login_failures=10)
        waiting = Deferred.fromCoroutine(self.login())
        while not self.house.waits.getDelayedCalls():
            await self.house.database.read(users.by_id, ann.user)
        [call] = self.house.waits.getDelayedCalls()
        assert call.getTime() == 1
        self.house.waits.advance(1)
        signed_in = await waiting
        found = await self.house.database.read(users.by_id, signed_in.user)
        assert found
        assert found.login_failures == 0

    async def test_an_account_that_was_attacked_for_years_can_still_sign_in(self) -> None:
        ann = await self.ann()
        await self.house.database.write(users.change, ann.user, login_failures=100_000)
        waiting = Deferred.fromCoroutine(self.login())
        while not self.house.waits.getDelayedCalls():
            await self.house.database.read(users.by_id, ann.user)
        [call] = self.house.waits.getDelayedCalls()
        assert call.getTime() == 8
        self.house.waits.advance(8)
        await waiting

    async def test_a_network_that_guesses_names_is_closed(self) -> None:
        for i in range(100):
            assert await self.wrong(1, login=f"guess{i}") == ["wrong_login"]
        assert await self.wrong(1, login="another") == ["too_many"]
        await self.ann()
        await self.login()

    async def test_who_is_not_activated_is_told_so_and_gets_his_link_again(self) -> None:
        browser = await self.house.browser()
        values = {"jabber": "ann@x.org", "login": "ann", "password": PASSWORD}
        await self.house.call("CreateAccount", browser, values)
        self.house.wait(61)
        sent = len(self.house.messages)
        refused = await self.refusal("Login", browser, login="ann", password=PASSWORD)
        assert refused.code == "not_activated"
        assert len(self.house.messages) == sent + 1
        refused = await self.refusal("Login", browser, login="ann", password=PASSWORD)
        assert refused.code == "not_activated"
        assert len(self.house.messages) == sent + 1
        _, fields = self.link()
        await self.house.call("Activate", browser, fields)
        await self.login()

    async def test_a_password_change_ends_every_session_and_every_link(self) -> None:
        ann = await self.ann()
        other = await self.login()
        chat = Caller(who=Who.CHAT, user_id=ann.user_id, service="base", im="jabber", address="a@x")
        await self.house.call("LoginLink", chat)
        _, fields = self.link()
        found = await self.house.call(
            "ChangePassword", ann, {"old": PASSWORD, "new": "battery staple"}
        )
        assert not await self.house.is_live(ann)
        assert not await self.house.is_live(other)
        mine = await self.house.session(found.session)
        assert mine.user_id == ann.user_id
        assert mine.session_id != ann.session_id
        refused = await self.refusal("TemporaryLogin", await self.house.browser(), **fields)
        assert refused.code == "link_not_active"
        assert await self.wrong(1) == ["wrong_login"]
        await self.login(password="battery staple")

    async def test_a_new_password_needs_the_old_one_and_bounds(self) -> None:
        ann = await self.ann()
        for old in ({}, {"old": "wrong"}, {"old": ""}, {"old": None}):
            refused = await self.refusal("ChangePassword", ann, new="battery staple", **old)
            assert refused.fields == {"old": "wrong"}
        for new, problem in (
            ("short", "password_short"),
            ("x" * 73, "password_long"),
            ("ж" * 37, "password_long"),
            ("a\nb" * 5, "characters"),
        ):
            refused = await self.refusal("ChangePassword", ann, new=new, old=PASSWORD)
            assert refused.fields == {"new": problem}
        assert await self.house.is_live(ann)

    async def test_guesses_of_the_old_password_are_counted(self) -> None:
        ann = await self.ann()
        for _ in range(10):
            refused = await self.refusal("ChangePassword", ann, new="battery staple", old="wrong")
            assert refused.code == "bad_request"
        refused = await self.refusal("ChangePassword", ann, new="battery staple", old="wrong")
        assert refused.code == "too_many"

    async def test_who_guessed_the_old_password_too_often_may_not_guess_right(self) -> None:
        ann = await self.ann()
        for _ in range(10):
            await self.refusal("ChangePassword", ann, new="battery staple", old="wrong")
        refused = await self.refusal("ChangePassword", ann, new="battery staple", old=PASSWORD)
        assert refused.code == "too_many"
        self.house.wait(901)
        await self.house.call("ChangePassword", ann, {"new": "battery staple", "old": PASSWORD})

    async def test_guesses_at_the_same_time_are_no_more_guesses(self) -> None:
        await self.ann()
        assert await self.wrong(9) == ["wrong_login"] * 9
        browser = await self.house.browser(FAR)
        tries = [
            Deferred.fromCoroutine(
                self.refusal("Login", browser, login="ann", password=f"wrong {i} wrong")
            )
            for i in range(6)
        ]
        codes = [(await refused).code for refused in tries]
        assert sorted(codes) == ["too_many"] * 5 + ["wrong_login"]

    async def test_one_network_does_not_keep_the_others_from_signing_in(self) -> None:
        ann = await self.ann()
        passwords = self.house.passwords
        hashing = [
            Deferred.fromCoroutine(passwords.hash(f"a password {i}", network=FAR))
            for i in range(OF_A_NETWORK)
        ]
        with pytest.raises(Refused, match="too_many"):
            await passwords.hash("one too many", network=FAR)
        assert (await self.login()).user_id == ann.user_id
        for hashed in hashing:
            await hashed
        assert await passwords.hash("room again", network=FAR)

    async def test_a_key_changes_no_password(self) -> None:
        ann = await self.ann()
        key = Caller(who=Who.USER, user_id=ann.user_id)
        refused = await self.refusal("ChangePassword", key, new="battery staple", old=PASSWORD)
        assert refused.code == "forbidden"

    async def test_a_password_link_sets_a_password_without_the_old_one_and_once(self) -> None:
        ann = await self.ann()
        await self.house.call("CreateKey", ann, {"name": "ci"})
        chat = Caller(who=Who.CHAT, user_id=ann.user_id, service="base", im="jabber", address="a@x")
        await self.house.call("ForgotPassword", chat)
        path, fields = self.link()
        assert path == "/forgot_password"
        found = await self.house.call("ResetPassword", await self.house.browser(), fields)
        assert not await self.house.is_live(ann)
        mine = await self.house.session(found.session)
        noted = (await self.house.call("History", mine)).changes
        assert [(each.event, each.old) for each in noted[:2]] == [("signed_in", ""), ("key", "ci")]
        changed = await self.house.call("ChangePassword", mine, {"new": "battery staple"})
        mine = await self.house.session(changed.session)
        refused = await self.refusal("ChangePassword", mine, new="another one")
        assert refused.fields == {"old": "wrong"}
        refused = await self.refusal("ResetPassword", await self.house.browser(), **fields)
        assert refused.code == "link_not_active"

    async def test_a_login_link_signs_in_for_a_quarter_of_an_hour_and_the_newest_only(self) -> None:
        ann = await self.ann()
        chat = Caller(who=Who.CHAT, user_id=ann.user_id, service="base", im="jabber", address="a@x")
        fields = []
        for _ in range(3):
            await self.house.call("LoginLink", chat)
            path, found = self.link()
            assert path == "/temporary_login"
            fields.append(found)
        browser = await self.house.browser()
        for old in fields[:2]:
            assert (await self.refusal("TemporaryLogin", browser, **old)).code == "link_not_active"
        assert (await self.refusal("ResetPassword", browser, **fields[2])).code == "link_not_active"
        self.house.wait(899)
        found = await self.house.call("TemporaryLogin", browser, fields[2])
        assert (await self.house.session(found.session)).user_id == ann.user_id
        assert await self.house.is_live(ann)
        await self.house.call("LoginLink", chat)
        self.house.wait(900)
        _, late = self.link()
        assert (await self.refusal("TemporaryLogin", browser, **late)).code == "link_not_active"

    async def test_a_link_of_a_closed_account_opens_nothing(self) -> None:
        ann = await self.ann()
        chat = Caller(who=Who.CHAT, user_id=ann.user_id, service="base", im="jabber", address="a@x")
        await self.house.call("LoginLink", chat)
        _, fields = self.link()
        await self.house.call("DeleteAccount", ann)
        browser = await self.house.browser()
        assert (await self.refusal("TemporaryLogin", browser, **fields)).code == "link_not_active"
        assert not await self.house.is_live(ann)
        assert await self.wrong(1) == ["wrong_login"]

    async def test_signing_out_ends_this_session_alone(self) -> None:
        ann = await self.ann()
        other = await self.login()
        await self.house.call("Logout", ann)
        assert not await self.house.is_live(ann)
        assert await self.house.is_live(other)

    async def test_other_sessions_are_listed_and_ended(self) -> None:
        ann = await self.ann()
        other, third = await self.login(), await self.login()
        stranger = await self.house.somebody()
        listed = (await self.house.call("ListSessions", ann)).sessions
        assert {s.id for s in listed} == {ann.session_id, other.session_id, third.session_id}
        assert [s.id for s in listed if s.current] == [ann.session_id]
        refused = await self.refusal("EndSession", ann, id=stranger.session_id)
        assert refused.code == "unknown_session"
        await self.house.call("EndSession", ann, {"id": other.session_id})
        assert not await self.house.is_live(other)
        await self.house.call("EndOtherSessions", ann)
        assert not await self.house.is_live(third)
        assert await self.house.is_live(ann)
        assert await self.house.is_live(stranger)

    async def test_a_session_that_ended_meanwhile_changes_no_password(self) -> None:
        ann = await self.ann()
        await self.house.database.write(sessions.end, ann.session_id or 0)
        refused = await self.refusal("ChangePassword", ann, new="battery staple", old=PASSWORD)
        assert refused.code == "unauthenticated"
