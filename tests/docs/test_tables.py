"""Tables of the documents say what the code says."""

import re
from collections.abc import Iterable

import pytest

from awt.amqp import topology
from awt.api import operating
from awt.api.caller import Who
from awt.api.registry import Method
from awt.bus.inprocess import DELAYS
from awt.chat.commands import COMMANDS
from awt.config import TABLES
from awt.db import outbox, tasks
from awt.db.garbage import BY_DATE
from awt.errors import STATUS, status_of
from awt.methods import every_method
from awt.roles import PARTS, ROLES
from awt.text.catalog import Catalog
from tests.docs.documents import DOCUMENTS, ROOT, codes, read, table


def keys(area: str, prefix: str) -> set[str]:
    """Return what follows a prefix in the names of the messages of a catalogue."""
    text = read(f"awt/text/en/{area}.ftl")
    return set(re.findall(rf"^{prefix}([a-z0-9-]+) =", text, re.MULTILINE))


def names(rows: Iterable[list[str]], column: int = 0) -> list[str]:
    """Return the codes of a column."""
    return [name for row in rows for name in codes(row[column])]


def declared() -> dict[str, Method]:
    """Return the methods that are declared, by name."""
    return {method.name: method for method in [*every_method(), *operating.methods]}


def test_the_methods_are_all_there_with_their_callers() -> None:
    said = {
        codes(row[0])[0]: (row[1], row[2] == "yes")
        for row in table(read("docs/site.md"), "method", "callers")
    }
    assert said == {
        name: (
            "anyone"
            if method.callers == frozenset(Who)
            else ", ".join(who.value for who in Who if who in method.callers),
            method.read_only,
        )
        for name, method in declared().items()
    }


def test_the_kinds_of_caller_are_all_explained() -> None:
    section = read("docs/site.md").partition("## Methods")[2].partition("| method")[0]
    assert set(codes(section)) == {who.value for who in Who}


def test_the_commands_are_all_there_as_the_help_writes_them() -> None:
    catalog = Catalog()
    rows = table(read("docs/chat.md"), "command", "also")
    said = [(codes(row[0])[0], codes(row[1]), codes(row[2])) for row in rows]
    assert said == [
        (
            catalog("en", f"{command.name}-usage"),
            [f"#{alias}" for alias in command.aliases],
            [command.service] if command.service else [],
        )
        for command in COMMANDS
    ]


def test_commands_that_ask_first_say_so() -> None:
    asking = {c.name for c in COMMANDS if c.confirm}
    rows = table(read("docs/chat.md"), "command", "also")
    said = {codes(row[0])[0].split()[0][1:] for row in rows if "asks" in row[3]}
    assert said == asking


def test_the_error_codes_are_all_there_with_their_status() -> None:
    rows = table(read("docs/site.md"), "status", "code")
    said = {codes(row[1])[0]: int(row[0]) for row in rows}
    known = {key.replace("-", "_") for key in keys("errors", "error-") if key != "refused"}
    known = {code for code in known if not code.startswith("field_")}
    assert said == {code: status_of(code) for code in known | set(STATUS)}


def test_the_parts_and_roles_are_all_named() -> None:
    for document in ("ARCHITECTURE.md", "docs/operating.md"):
        assert {*PARTS, *ROLES} <= set(codes(read(document)))
    order = ", ".join(f"`{part}`" for part in ROLES["all"])
    assert order in " ".join(read("docs/operating.md").split())
    assert order in " ".join(read("ARCHITECTURE.md").split())


def test_the_rooms_are_all_named() -> None:
    rows = table(read("ARCHITECTURE.md"), "room", "what is in it")
    found = {
        f"awt/{path.name}"
        for path in (ROOT / "awt").iterdir()
        if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
    }
    assert {codes(row[0])[0] for row in rows} == found


def test_what_is_collected_is_all_named() -> None:
    said = {row[0].lower() for row in table(read("docs/garbage.md"), "what", "goes")}
    for kind in BY_DATE:
        assert any(what.startswith(kind) for what in said), kind


def test_the_movements_of_points_are_all_named() -> None:
    known = {key.upper().replace("-", "_") for key in keys("chat", "ledger-")}
    assert set(names(table(read("docs/money.md"), "type", "amount"))) == known


def test_the_reasons_of_failures_are_all_named() -> None:
    known = {key.replace("-", "_") for key in keys("cards", "card-reason-")} | {"text_missing"}
    rows = table(read("docs/testing-web.md"), "reason", "means")
    assert {codes(row[0])[0] for row in rows} == known


def test_the_states_of_tasks_are_all_named() -> None:
    known = {tasks.INITIAL, *tasks.CLAIMED, tasks.SUCCEEDED, tasks.FAILED, tasks.CANCELLED}
    assert set(names(table(read("docs/testing-web.md"), "`status`", "means"))) == known


def test_the_states_of_messages_are_all_named() -> None:
    states = {outbox.READY, outbox.DONE, outbox.DEAD, outbox.EXPIRED, outbox.DROPPED}
    assert states <= set(codes(read("docs/queues.md")))


def test_the_retries_are_those_of_the_bus() -> None:
    units = {60: "min", 1: "s"}

    def said(seconds: float) -> str:
        unit = next(size for size in units if seconds >= size)
        return f"{seconds / unit:g} {units[unit]}"

    assert ", ".join(map(said, DELAYS)) in read("docs/queues.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_keys_of_the_configuration_that_are_named_are_there(document: str) -> None:
    for name in codes(read(document)):
        found = re.fullmatch(r"([a-z]+)\.([a-z_]+)", name)
        if found and found[1] in TABLES and found[2] != "py":
            assert found[2] in TABLES[found[1]].__annotations__, name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_are_there(document: str) -> None:
    for name in codes(read(document)):
        if re.fullmatch(r"(awt|etc|docs|tools)/[\w./]+", name):
            assert (ROOT / name).exists(), name


def test_the_queues_at_the_broker_are_those_of_the_code() -> None:
    assert topology.table() in read("docs/queues.md")
