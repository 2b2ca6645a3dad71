"""What RabbitMQ is told of a node."""

import base64
import hashlib
from typing import Any

from awt import config
from awt.amqp.definitions import definitions
from awt.amqp.topology import exchanges, rights

CLIENT = {
    "AWT_ROLE": "client",
    "AWT_SERVICE": "base",
    "AWT_AMQP_URL": "amqp://an%20n:p%2Fw@127.0.0.1/a%2Fb",
    "AWT_SERVER_URL": "https://awt.example",
    "AWT_SERVER_TOKEN": "token",
    "AWT_XMPP_COMPONENT": "tcp:127.0.0.1:5347",
    "AWT_XMPP_DOMAIN": "awt.example",
    "AWT_XMPP_SECRET": "secret",
}


def made(**environ: str) -> dict[str, Any]:
    return definitions(config.load(environ=environ), salt=b"salt")


def test_a_client_node_has_the_rights_of_its_parts() -> None:
    found = made(**CLIENT)
    granted = rights(services=["base"], ims=["jabber"])
    assert found["vhosts"] == [{"name": "a/b"}]
    assert found["permissions"] == [
        {
            "user": "an n",
            "vhost": "a/b",
            "configure": granted.configure,
            "write": granted.write,
            "read": granted.read,
        }
    ]
    assert [line["exchange"] for line in found["topic_permissions"]] == exchanges()
    assert {line["write"] for line in found["topic_permissions"]} == {granted.write_keys}


def test_a_node_with_w1_reads_what_people_said() -> None:
    found = made(**CLIENT, AWT_PARTS="xmpp,w1")
    assert (
        found["permissions"][0]["read"] == rights(services=["base"], ims=["jabber"], w1=True).read
    )


def test_a_server_node_may_do_everything_in_its_vhost() -> None:
    found = made(
        AWT_ROLE="server",
        AWT_DATABASE_URL="mysql://awt:x@127.0.0.1/awt",
        AWT_AMQP_URL="amqp://server:secret@127.0.0.1/awt",
    )
    [line] = found["permissions"]
    assert (line["configure"], line["write"], line["read"]) == (".*", ".*", ".*")


def test_the_password_is_there_as_a_hash_that_the_broker_knows() -> None:
    found = made(**CLIENT)
    [user] = found["users"]
    raw = base64.b64decode(user["password_hash"])
    assert raw == b"salt" + hashlib.sha256(b"saltp/w").digest()
    assert "p/w" not in str(found)
