"""Whatever somebody writes, to whichever assistant, and whatever the network says of him."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from awt.chat.commands import COMMANDS
from awt.db import schema
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.address import BadAddress, normalise
from awt.model.names import clean_text
from awt.model.settings import Limits, Settings
from awt.model.status import BASE, KINDS
from awt.testing.scale import SCALE
from awt.testing.talk import World

WORDS = [word for command in COMMANDS for word in (command.name, *command.aliases)]
ARGUMENTS = ["", "base", "webtest", "demo", "ru", "en", "berlin", "help", "example.com", '"a b"']
COMMAND = st.builds(
    "{}{} {}".format,
    st.sampled_from("#/"),
    st.sampled_from(WORDS),
    st.sampled_from(ARGUMENTS) | st.text(max_size=20),
)
LINE = (
    COMMAND
    | st.sampled_from(["yes", "no", "1", "2", "3", "hello", "example.com", 'example.com "a b"'])
    | st.text(max_size=60)
    | st.text(alphabet=st.characters(), max_size=20)
)
SERVICES = (BASE, "webtest", "demo")
SERVICE = st.sampled_from(SERVICES)
LIMITLESS = Settings(
    site_url="https://awt.example",
    ims=KINDS,
    limits=Limits(messages_per_minute=10**9, resend_per_minute=10**9),
)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which somebody new comes with every example."""
    path: Path = tmp_path_factory.mktemp("crowd")
    with World(f"sqlite:///{path}/awt.db", settings=LIMITLESS) as world:
        yield world


def _is_address(kind: str, address: str) -> bool:
    try:
        return bool(normalise(kind, address))
    except BadAddress:
        return False


def _balanced(tx: Tx) -> bool:
    """Tell whether every balance is the sum of its movements."""
    sums: dict[int, int] = {}
    for user_id, amount in tx.conn.execute(select(schema.ledger.c.user_id, schema.ledger.c.amount)):
        sums[user_id] = sums.get(user_id, 0) + amount
    rows = tx.conn.execute(select(schema.user.c.id, schema.user.c.points))
    return all(sums.get(user_id, 0) == points for user_id, points in rows)


@given(
    kind=st.sampled_from(KINDS),
    address=st.text(max_size=40),
    service=st.text(max_size=10) | SERVICE,
    text=LINE,
)
def test_anybody_is_answered_or_refused(
    crowd: World, kind: str, address: str, service: str, text: str
) -> None:
    chat = crowd.chat(kind, address, service=service)
    try:
        answers = chat.say(text)
    except Refused:  # what only a node can do wrong
        assert service not in SERVICES or not _is_address(kind, address)
        return
    assert bool(answers) == bool(clean_text(text).strip())


@given(said=st.lists(st.tuples(SERVICE, LINE), min_size=1, max_size=8))
@settings(max_examples=40 * SCALE, suppress_health_check=[HealthCheck.too_slow])
def test_a_member_is_always_answered(crowd: World, said: list[tuple[str, str]]) -> None:
    address = f"ann-{crowd.next_id()}@example.org"
    crowd.member("jabber", address)
    for service, text in said:
        answers = crowd.chat("jabber", address, service=service).say(text)
        if not clean_text(text).strip():
            assert answers == []
            continue
        assert answers
        for answer in answers:
            assert answer.text.strip() or answer.kind == "delete"
            assert len(answer.choices) <= 9
            assert all(choice.label and choice.send for choice in answer.choices)
            assert (answer.link is None) == (
                "\ue000" not in answer.text and "salt=" not in answer.text
            )
    assert crowd.run(_balanced)
