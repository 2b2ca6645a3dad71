"""What administrators look at and say, from the command line."""

import pytest

from awt.cli.options import parse
from tests.cli.test_commands import Operator


class Administration(Operator):
    async def test_accounts_are_found_and_shown(self) -> None:
        self.migrated()
        await self.ask("admin", "create", "chief")
        await self.ask("admin", "create", "second")
        lines = (await self.type("admin", "users")).splitlines()
        assert [line.split()[1] for line in lines] == ["second", "chief"]
        assert "200 points  no confirmed address" in lines[0]
        [line] = (await self.type("admin", "users", "ch")).splitlines()
        assert line.split()[1] == "chief"
        assert await self.type("admin", "users", "--status", "BL") == "no account fits\n"
        assert "points: 200" in await self.type("admin", "user", "chief")
        assert "unknown_user" in await self.type("admin", "user", "nobody", status=1)

    async def test_the_audit_log_tells_what_was_done(self) -> None:
        self.migrated()
        assert await self.type("admin", "audit") == "nothing yet\n"
        await self.ask("admin", "create", "chief")
        await self.ask("admin", "credit", "chief", "5", "--reason", "tea")
        first, second = (await self.type("admin", "audit")).splitlines()
        assert first.endswith("operator  command  Adjust  user=chief, amount=5, reason=tea")
        assert second.endswith("MakeAdmin  login=chief")

    async def test_queues_and_garbage_are_told_of(self) -> None:
        self.migrated()
        assert await self.type("admin", "queues") == "nothing waits, and nothing is dead\n"
        assert await self.type("admin", "garbage") == "nothing to collect within a day\n"
        self.sql(
            "INSERT INTO outbox (message_id, queue, body, trace, state, attempt, created_at,"
            " next_at, purge_after) VALUES ('m', 'api', '{}', 't', 'ready', 0, 1, 1, 2)"
        )
        assert await self.type("admin", "queues") == "api  1 waiting  0 dead\n"
        assert await self.type("admin", "garbage") == "outbox: 1 now, 1 within a day\n"

    async def test_garbage_is_collected_by_a_command_for_cron(self) -> None:
        self.migrated()
        self.sql("INSERT INTO consumed (message_id, purge_after) VALUES ('m', 2)")
        assert (await self.ask("gc"))["consumed ids"] == 1
        assert self.sql("SELECT * FROM consumed") == []

    async def test_accounts_with_tests_and_without_income_are_reported(self) -> None:
        self.migrated()
        assert await self.type("admin", "report") == "no account to report\n"
        self.sql(
            "INSERT INTO user (hash, login, status, points, lang, timezone, time, undeletable,"
            " is_admin, created_at, login_failures)"
            " VALUES ('h', 'ann', 'AC', 0, 'ru', 'UTC', 0, 0, 0, 0, 0)"
        )
        self.sql(
            "INSERT INTO test (user_id, name, actions, created_at, changed_at)"
            " VALUES (1, 'page', '[]', 0, 0)"
        )
        assert (await self.type("admin", "report")).splitlines() == [
            "1  ann  1 tests  1970-01-01T00:00:00Z  no confirmed address",
            "1 in all",
        ]

    async def test_news_are_shown_sent_listed_and_stopped(self) -> None:
        self.migrated()
        assert "no_readers" in await self.type("admin", "news", "send", "en=Hello", status=1)
        self.sql(
            "INSERT INTO user (hash, status, points, lang, timezone, time, undeletable, is_admin,"
            " created_at, login_failures) VALUES ('h', 'AC', 0, 'ru', 'UTC', 0, 0, 0, 0, 0)"
        )
        self.sql(
            "INSERT INTO user_im (user_id, kind, address, state, confirmed_address)"
            " VALUES (1, 'webchat', 'a', 'confirmed', 'webchat:a')"
        )
        self.sql("INSERT INTO user_service SELECT 1, id, 'AC', 0 FROM service LIMIT 1")
        self.sql("INSERT INTO user_service_im SELECT 1, id, 'webchat', 'AC' FROM service LIMIT 1")
        shown = await self.type("admin", "news", "preview", "en=Hello", "ru=Привет")
        assert shown.splitlines() == [
            "en, 0 readers:",
            "  Hello",
            "ru, 1 readers:",
            "  Привет",
            "webchat: 1",
            "1 in all",
        ]
        again = ("admin", "news", "send", "ru=Привет", "--idempotency-key", "one")
        first = await self.ask(*again)
        assert await self.ask(*again) == first
        [line] = (await self.type("admin", "news", "list")).splitlines()
        assert line.endswith("sending  0 of 1  Привет")
        assert "stopped" in await self.type("admin", "news", "stop", str(first["id"]))
        assert "news_over" in await self.type("admin", "news", "stop", str(first["id"]), status=1)

    async def test_a_service_is_another_program(self) -> None:
        self.settings('[remote]\nhosts = ["shop.example"]')
        self.migrated()
        await self.ask("admin", "service", "add", "shop", "--title", "Shop", "--price", "7")
        await self.ask("admin", "service", "url", "shop", "https://shop.example/")
        lines = (await self.type("admin", "service", "list")).splitlines()
        assert lines[-1] == "shop  Shop  7 points  enabled  https://shop.example/"
        await self.ask("admin", "service", "url", "shop", "")
        lines = (await self.type("admin", "service", "list")).splitlines()
        assert lines[-1].endswith("built in")


@pytest.mark.parametrize(
    ("texts", "what"),
    [(["Hello"], "is not LANG=TEXT"), (["en=a", "en=b"], "a language stands twice")],
)
def test_texts_without_a_language_are_bad_usage(
    texts: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["admin", "news", "send", *texts], {})
    assert ended.value.code == 2
    assert what in capsys.readouterr().err
