"""The names at the broker, and who may use which."""

import re

import pytest

from awt.amqp.link import Address
from awt.amqp.topology import ALL, DEAD, DELAYS, common, rights, table, working


def test_each_queue_is_made_by_the_one_rule() -> None:
    for name in ("api", "user_op.base.xmpp", "spamer.webtest.skype", "remote.shop"):
        work, suspect = working(name)
        assert (work.key, suspect.key) == (name, name)
        assert suspect.name == f"{name}.suspect"
        assert work.arguments["x-dead-letter-exchange"] == suspect.exchange
        assert suspect.arguments["x-dead-letter-exchange"] == DEAD
        single = work.arguments.get("x-single-active-consumer", False)
        assert single == name.startswith(("user_op", "spamer"))
    assert [q.arguments.get("x-message-ttl") for q in common()] == [
        *(int(seconds * 1000) for seconds in DELAYS),
        None,
    ]


def test_the_table_names_every_queue() -> None:
    said = table()
    for name in ("`api`", "`user_op.SERVICE.IM`", "`remote.SERVICE.suspect`", "`delay.1800s`"):
        assert name in said
    assert said.count("\n") == 2 + 2 * 4 + len(DELAYS) + 1


@pytest.mark.parametrize(
    ("kind", "name", "allowed"),
    [
        ("configure", "user_op.base.xmpp", True),
        ("configure", "user_op.base.xmpp.suspect", True),
        ("configure", "user_op.base.skype", False),
        ("configure", "user_op.base.xmpp.x", False),
        ("configure", "user_opxbase.xmpp", False),
        ("configure", "work", False),
        ("configure", "api", False),
        ("write", "work", True),
        ("write", "delay.30s", True),
        ("write", "amq.default", False),
        ("write", "amq.topic", False),
        ("read", "spamer.web.xmpp", True),
        ("read", "api", False),
        ("read", "dead", False),
        ("write_keys", "api", True),
        ("write_keys", "user_op.web.xmpp", True),
        ("write_keys", "user_op.other.xmpp", False),
        ("read_keys", "api", False),
    ],
)
def test_a_client_node_may_do_what_it_needs(kind: str, name: str, allowed: bool) -> None:  # noqa: FBT001
    granted = rights(services=["base", "web"], ims=["xmpp"])
    assert bool(re.search(getattr(granted, kind), name)) == allowed


def test_a_client_node_with_w1_may_read_what_people_said() -> None:
    granted = rights(services=["base"], ims=["xmpp"], w1=True)
    for name in ("api", "api.suspect", "remote.shop"):
        assert re.search(granted.read, name)
        assert re.search(granted.configure, name)
    assert re.search(ALL.configure, "anything")


def test_an_address_is_read_from_its_url() -> None:
    address = Address.parse("amqps://an%20n:p%2Fw@broker.example/a%2Fb")
    assert (address.host, address.port, address.tls) == ("broker.example", 5671, True)
    assert (address.user, address.password, address.vhost) == ("an n", "p/w", "a/b")
    assert "p/w" not in repr(address)
    assert Address.parse("amqp://localhost").vhost == "/"
    for url in ("http://x", "amqp:", "nonsense"):
        with pytest.raises(ValueError, match="has to be amqp"):
            Address.parse(url)
