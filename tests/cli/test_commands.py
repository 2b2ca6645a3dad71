"""Commands in this process, on files of SQLite."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.trial.unittest import TestCase

from awt.cli.main import run
from awt.cli.options import parse
from awt.db.migrate import newest
from awt.testing.databases import Databases
from awt.testing.ports import free_port

reactor: Any = _reactor
NOW = 1_800_000_000_000


class Operator(TestCase):
    """Somebody who types commands."""

    @pytest.fixture(autouse=True)
    def _terminal(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, databases: Databases
    ) -> Iterator[None]:
        self.capsys = capsys
        self.data = tmp_path / "data"
        self.config = tmp_path / "awt.toml"
        self.port = free_port()
        self.settings()
        with databases.sqlite() as url:
            self.url = url
            yield

    def settings(self, more: str = "") -> None:
        """Write the configuration."""
        listen = f"tcp:{self.port}:interface=127.0.0.1"
        self.config.write_text(
            f'data_dir = "{self.data}"\nsite_url = "https://awt.example"\n{more}\n'
            f'[web]\nlisten = "{listen}"\n'
        )

    def migrated(self) -> None:
        """Put a database with the newest schema into the data directory."""
        self.data.mkdir()
        shutil.copy(self.url.removeprefix("sqlite:///"), self.file)

    @property
    def file(self) -> Path:
        return self.data / "awt.db"

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.file) as connection:
            found = connection.execute(statement, values).fetchall()
        connection.close()
        return found

    async def type(self, *argv: str, status: int = 0) -> str:
        """Type a command; return what it printed, on stdout when it was done and on stderr else."""
        args = parse([*argv, "--config", str(self.config)], {})
        found = await run(args, reactor)
        said = self.capsys.readouterr()
        assert found == status, said
        if status == 0:
            assert said.err == ""
            return said.out
        if argv[0] != "doctor":
            assert said.out == ""
        return said.err

    async def ask(self, *argv: str) -> Any:
        """Type a command with ``--json`` and return its result."""
        return json.loads(await self.type(*argv, "--json"))


class Migrating(Operator):
    async def test_an_empty_place_gets_a_database_for_its_owner_alone(self) -> None:
        assert await self.ask("migrate") == {"before": None, "after": newest()}
        assert stat.S_IMODE(self.data.stat().st_mode) == 0o700
        assert await self.type("migrate") == f"The schema is {newest()}, as before.\n"
        assert self.sql("SELECT short_name FROM service WHERE short_name = 'base'")

    async def test_a_schema_of_a_newer_version_is_left_alone(self) -> None:
        self.migrated()
        self.sql("UPDATE alembic_version SET version_num = '9999'")
        for command in ("migrate", "gc"):
            said = await self.type(command, status=2)
            assert said == (
                "awt: database.url: its schema (9999) is newer than this version of awt\n"
            )

    async def test_a_directory_that_cannot_be_made_is_said(self) -> None:
        self.data = self.config / "inside"
        self.settings()
        assert "Not a directory" in await self.type("migrate", status=2)


class Broker(Operator):
    async def test_what_the_broker_has_to_know_is_printed_as_it_takes_it(self) -> None:
        self.settings('[amqp]\nurl = "amqp://server:secret@127.0.0.1/awt"')
        said = await self.type("broker")
        assert "secret" not in said
        assert json.loads(said)["vhosts"] == [{"name": "awt"}]
        assert (await self.ask("broker"))["permissions"] == json.loads(said)["permissions"]

    async def test_a_node_without_a_broker_is_told_so(self) -> None:
        assert "amqp.url" in await self.type("broker", status=2)


class Configuring(Operator):
    async def test_all_problems_of_a_file_are_said_a_line_each(self) -> None:
        self.config.write_text(
            'rol = "all"\nsite_url = "nowhere"\n[web]\nlisten = "tcp:x"\n[gc]\npurge_days = "many"\n'
        )
        said = await self.type("migrate", status=2)
        assert [line.split(": ")[1] for line in said.splitlines()] == [
            "rol",
            "gc.purge_days",
            "site_url",
            "web.listen",
        ]

    async def test_a_file_that_is_not_toml_or_not_there_is_said(self) -> None:
        self.config.write_text("role = all\n")
        assert f"awt: {str(self.config)!r}: Invalid value" in await self.type("gc", status=2)
        self.config.write_bytes(b"\xff")
        assert f"awt: {str(self.config)!r}: cannot be read" in await self.type("gc", status=2)
        self.config.unlink()
        assert await self.type("gc", status=2) == (
            f"awt: {str(self.config)!r}: cannot be read: No such file or directory\n"
        )

    async def test_a_database_that_is_not_there_is_not_made_in_passing(self) -> None:
        for command in (("gc",), ("call", "ListServices"), ("dead", "list")):
            said = await self.type(*command, status=2)
            assert said.endswith("there is no " + f"{self.file} yet; run `awt migrate` first\n")
        assert not self.data.exists()

    async def test_a_database_without_a_schema_is_said(self) -> None:
        self.data.mkdir()
        sqlite3.connect(self.file).close()
        self.file.touch()
        said = await self.type("gc", status=2)
        assert (
            said == "awt: database.url: the database has no schema yet; run `awt migrate` first\n"
        )

    async def test_what_is_no_database_is_down(self) -> None:
        self.data.mkdir()
        self.file.write_bytes(b"this is no database" * 100)
        assert await self.type("gc", status=3) == "awt: database: file is not a database\n"

    async def test_a_server_that_is_not_there_is_down(self) -> None:
        self.settings(f'[database]\nurl = "mysql://u:p@127.0.0.1:{free_port()}/awt"')
        for command in (("migrate",), ("gc",), ("call", "ListServices")):
            assert "Can't connect to MySQL server" in await self.type(*command, status=3)


class Calling(Operator):
    async def test_a_result_is_readable_or_json(self) -> None:
        self.migrated()
        assert "  - short_name: base\n" in await self.type("call", "ListServices")
        found = await self.ask("call", "ListServices")
        assert [service["short_name"] for service in found["services"]] == ["base", "webtest"]
        assert await self.type("call", "EndOtherSessions", status=1)

    async def test_parameters_reach_the_method_with_their_types(self) -> None:
        self.migrated()
        put = ("call", "PutService", "short_name=shop")
        await self.type(*put, 'title="5"', "price=7", "enabled=false")
        found = await self.ask(*put, "description=a=b c")
        assert found == {
            "short_name": "shop",
            "title": "5",
            "description": "a=b c",
            "price": 7,
            "enabled": False,
            "url": None,
        }

    async def test_a_method_with_a_step_that_waits_is_called(self) -> None:
        self.migrated()
        self.settings("[security]\nbcrypt_rounds = 4")
        found = await self.ask(
            "call", "CreateAccount", "jabber=ann@example.org", "login=ann", "password=a b c d e"
        )
        assert found["status"] == "NW"
        [(password,)] = self.sql("SELECT password FROM user WHERE login = 'ann'")
        assert password.startswith("$2b$04$")

    async def test_a_refusal_is_its_code_and_its_text(self) -> None:
        self.migrated()
        for argv, line in (
            (("Nonsense",), "unknown_method: There is no method Nonsense."),
            (("Logout",), "forbidden: This is not allowed here."),
            (("Hear",), "forbidden: This is not allowed here."),
            (("ListServices", "a=1"), "bad_request: a: There is no such field."),
            (("Adjust", "user=x", "amount=x"), "bad_request: amount: This is of the wrong type."),
            (("Adjust", "user=x"), "bad_request: amount: This is needed."),
            (("Adjust", "user=x", "amount=1"), "unknown_user: There is no account x."),
            (("BlockUser", "user=\x1b[1m"), "unknown_user: There is no account \\x1b[1m."),
        ):
            assert await self.type("call", *argv, status=1) == f"awt: {line}\n"

    async def test_several_bad_fields_are_a_line_each(self) -> None:
        self.migrated()
        said = await self.type(
            "call", "CreateAccount", "jabber=nobody", "login=A", "lang=tlh", status=1
        )
        assert [line.split(": ")[2] for line in said.splitlines()] == ["jabber", "login", "lang"]


class Administering(Operator):
    async def test_an_administrator_is_made_and_the_last_word_is_his_link(self) -> None:
        self.migrated()
        said = await self.type("admin", "create", "chief")
        assert said.split()[-1].startswith("https://awt.example/temporary_login?user_hash=")
        assert self.sql("SELECT is_admin, status FROM user WHERE login = 'chief'") == [(1, "AC")]
        again = await self.type("admin", "create", "chief")
        assert again.split()[-1] != said.split()[-1]
        assert (await self.ask("admin", "create", "chief"))["created"] is False

    async def test_points_are_given_once_under_one_name(self) -> None:
        self.migrated()
        found = await self.ask("admin", "create", "chief")
        before = found["account"]["points"]
        credit = ("admin", "credit", "chief", "-20", "--reason", "a test")
        for _ in range(2):
            found = await self.ask(*credit, "--idempotency-key", "october")
            assert found["account"]["points"] == before - 20
        assert (await self.ask(*credit))["account"]["points"] == before - 40
        [(data,)] = self.sql("SELECT data FROM ledger ORDER BY id DESC LIMIT 1")
        assert json.loads(data)["reason"] == "a test"
        said = await self.type("admin", "credit", "chief", str(-before), status=1)
        assert said.startswith("awt: below_zero: ")

    async def test_an_account_is_blocked_and_unblocked(self) -> None:
        self.migrated()
        account = (await self.ask("admin", "create", "chief"))["account"]
        assert (await self.ask("admin", "block", "chief"))["status"] == "BL"
        found = await self.ask("admin", "unblock", account["hash"])
        assert found["account"]["status"] == "AC"
        assert found["link"].startswith("https://awt.example/forgot_password?")
        said = await self.type("admin", "unblock", account["hash"], status=1)
        assert said == f"awt: not_blocked: The account {account['hash']} is not blocked.\n"

    async def test_services_are_added_priced_and_switched(self) -> None:
        self.migrated()
        await self.type("admin", "service", "add", "shop", "--title", "Shop", "--price", "7")
        assert (await self.ask("admin", "service", "price", "shop", "0"))["price"] == 0
        assert (await self.ask("admin", "service", "disable", "shop"))["enabled"] is False
        assert (await self.ask("admin", "service", "enable", "shop"))["enabled"] is True
        said = await self.type("admin", "service", "price", "shpo", "5", status=1)
        assert said.startswith("awt: unknown_service: ")
        said = await self.type("admin", "service", "disable", "base", status=1)
        assert said.startswith("awt: base_fixed: ")

    async def test_a_service_that_is_another_program_gets_its_address_and_its_secret(self) -> None:
        self.migrated()
        add = ("admin", "service", "add", "bot", "--title", "Bot", "--at")
        said = await self.type(*add, "https://bots.example.com/", status=1)
        assert said.startswith("awt: host_not_listed: ")
        said = await self.type("admin", "service", "secret", "webtest", status=1)
        assert said.startswith("awt: unknown_service: ")
        assert (await self.ask(*add, ""))["url"] is None


class Collecting(Operator):
    async def test_a_pass_says_what_went(self) -> None:
        self.migrated()
        assert await self.type("gc") == "nothing to collect\n"
        for number in range(3):
            self.sql("INSERT INTO consumed (message_id, purge_after) VALUES (?, ?)", str(number), 1)
        assert await self.type("gc") == "consumed ids: 3\n"
        assert set((await self.ask("gc")).values()) == {0}


class Burying(Operator):
    def dead(self, message_id: str, body: str) -> None:
        self.sql(
            "INSERT INTO outbox (message_id, queue, body, trace, state, attempt, created_at, next_at,"
            " error) VALUES (?, 'user_op.base.webchat', ?, 't', 'dead', 5, ?, ?, 'Unavailable')",
            message_id,
            body,
            NOW,
            NOW,
        )

    async def test_dead_letters_are_listed_shown_replayed_and_dropped(self) -> None:
        self.migrated()
        assert await self.type("dead", "list") == "no dead letters\n"
        body = json.dumps({"kind": "answer", "address": "a1" * 16, "text": "hello"})
        self.dead("m1", body)
        self.dead("m2", body)
        self.dead("m3", "{")
        lines = (await self.type("dead", "list")).splitlines()
        assert lines[0] == "m1  2027-01-15T08:00:00Z  user_op.base.webchat  answer  Unavailable"
        assert [line.split()[0] for line in lines] == ["m1", "m2", "m3"]
        assert "hello" in await self.type("dead", "show", "m1")
        assert await self.type("dead", "replay", "m1") == "done\n"
        assert await self.ask("dead", "drop", "m2") == {}
        said = await self.type("dead", "replay", "m3", status=1)
        assert said.startswith("awt: letter_broken: ")
        assert dict(self.sql("SELECT message_id, state FROM outbox")) == {
            "m1": "ready",
            "m2": "dropped",
            "m3": "dead",
        }
        for action in ("show", "replay", "drop"):
            said = await self.type("dead", action, "m1", status=1)
            assert said.startswith("awt: unknown_letter: ")


class Examining(Operator):
    async def test_before_the_first_start_all_is_well_and_nothing_is_made(self) -> None:
        found = await self.ask("doctor")
        assert [finding["name"] for finding in found] == [
            "configuration",
            "data_dir",
            "database",
            "web.listen",
        ]
        assert all(finding["good"] for finding in found)
        assert not self.data.exists()

    async def test_a_schema_that_lacks_is_said_with_its_cure(self) -> None:
        self.data.mkdir()
        self.file.touch()
        said = await self.type("doctor", status=2)
        assert "run `awt migrate`" in said
        self.file.unlink()
        shutil.copy(self.url.removeprefix("sqlite:///"), self.file)
        assert f"database: reached, schema {newest()}\n" in await self.type("doctor")

    async def test_a_database_that_is_down_is_said(self) -> None:
        self.settings(f'[database]\nurl = "mysql://u:p@127.0.0.1:{free_port()}/awt"')
        said = await self.type("doctor", status=3)
        assert said.startswith("awt: database: (2003, ")
        assert said.endswith("; start it, or put database.url right\n")

    async def test_a_data_directory_that_is_none_is_said(self) -> None:
        self.data.write_text("")
        said = await self.type("doctor", status=2)
        assert f"awt: data_dir: {self.data} is no directory (set AWT_DATA_DIR)\n" in said

    async def test_all_problems_are_said(self) -> None:
        self.data.write_text("")
        self.settings(f'[database]\nurl = "mysql://u:p@127.0.0.1:{free_port()}/awt"')
        said = await self.type("doctor", status=3)
        assert [line.split(": ")[1] for line in said.splitlines()] == ["data_dir", "database"]

    async def test_a_node_without_a_site_needs_no_port(self) -> None:
        self.settings('parts = ["gc"]')
        assert "web.listen: no part of this node\n" in await self.type("doctor")


def test_the_tests_see_no_configuration_of_their_own() -> None:
    """Else commands in this process would heed it."""
    names = [name for name in os.environ if name.startswith("AWT_")]
    assert set(names) <= {"AWT_TEST_SCALE"}
