"""What a broker has to know of a node: its vhost, its user and the rights of that, for RabbitMQ to import.

Made of the node's own configuration and of `awt.amqp.topology`: there is nothing to keep in step by hand.
"""

import hashlib
from base64 import b64encode
from typing import Any, Final

from awt.amqp.link import Address
from awt.amqp.topology import ALL, exchanges, rights
from awt.config import Config

IMS: Final = {"xmpp": "jabber"}
"""Part -> the IM that it speaks for."""
SALT: Final = 4
"""Bytes of a salt, as the broker takes it."""


def definitions(config: Config, *, salt: bytes) -> dict[str, Any]:
    """Return the definitions of a node with an ``amqp.url``; importing them twice changes nothing.

    ``salt`` are `SALT` random bytes; of the password only a hash is in what is returned.
    """
    address = Address.parse(config.amqp_url)
    granted = ALL
    if not config.has_database:
        parts = config.parts_to_run
        ims = [IMS[part] for part in parts if part in IMS]
        granted = rights(services=[config.service], ims=ims, w1="w1" in parts)
    whose = {"user": address.user, "vhost": address.vhost}
    keys = {"write": granted.write_keys, "read": granted.read_keys}
    return {
        "vhosts": [{"name": address.vhost}],
        "users": [
            {
                "name": address.user,
                "password_hash": _hash(address.password, salt),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
                "limits": {},
            }
        ],
        "permissions": [
            whose | {"configure": granted.configure, "write": granted.write, "read": granted.read}
        ],
        "topic_permissions": [whose | {"exchange": exchange} | keys for exchange in exchanges()],
    }


def _hash(password: str, salt: bytes) -> str:
    return b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
