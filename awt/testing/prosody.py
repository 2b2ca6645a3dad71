"""A private Prosody on free ports, for tests that need a real Jabber server."""

import os
import pwd
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from awt.testing.certificate import make_certificate
from awt.testing.ports import free_port
from awt.testing.process import Server, program

SECRET: Final = "component secret"
ROOMS: Final = "rooms"
"""Subdomain of a service with chat rooms."""

_CONFIG: Final = """\
daemonize = false
pidfile = "{directory}/pid"
data_path = "{directory}/data"
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
s2s_direct_tls_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
log = {{ {{ levels = {{ min = "{level}" }}, to = "console" }} }}
modules_enabled = {{
    "roster", "saslauth", "disco", "ping", "carbons", "presence", "message", "iq", "offline", "mam", {tls}
}}
modules_disabled = {{ "s2s", "limits" }}
c2s_require_encryption = false
{authentication}
default_archive_policy = true
archive_expires_after = "never"
network_settings = {{ opportunistic_writes = true }}

VirtualHost "{domain}"
Component "{rooms}.{domain}" "muc"
Include "{components}"
"""

_EVERYBODY: Final = """\
allow_unencrypted_plain_auth = true
authentication = "insecure"
insecure_open_authentication = "Yes please, I know what I'm doing!"
"""

_ACCOUNTS: Final = """\
authentication = "internal_plain"
"""

_TLS: Final = """\
ssl = {{ certificate = "{file}", key = "{file}" }}
"""

_COMPONENTS: Final = """\
component_ports = {{ {port} }}
component_conflict_resolve = "kick_old"
"""

_COMPONENT: Final = """\
Component "{name}.{domain}"
    component_secret = "{secret}"
"""


class Prosody(Server):
    """A server of the domain ``domain`` with a component for each of ``services``.

    Everybody has an account: any user name with any password; or, with ``accounts``, those who are in it,
    by user name. ``port`` takes clients, with ``tls`` those too who want to be encrypted; ``endpoint`` is
    what ``[xmpp]`` of the configuration wants as ``component``. ``components`` is a piece of configuration to
    include instead of ours, whose port is then ``component_port``. Chat rooms are at ``rooms.<domain>``. What
    is offline is kept, and an archive of all messages (XEP-0313), also through a ``kill``. As root it runs as
    the user of its package, which refuses to be root.
    """

    def __init__(
        self,
        *,
        domain: str = "localhost",
        services: Sequence[str] = ("base", "webtest", "demo"),
        secret: str = SECRET,
        level: str = "info",
        directory: Path | None = None,
        port: int | None = None,
        component_port: int | None = None,
        components: str = "",
        accounts: Mapping[str, str] | None = None,
        tls: bool = False,
    ) -> None:
        super().__init__(directory=directory)
        self.domain = domain
        self.secret = secret
        self.port = port or free_port()
        self.component_port = component_port or free_port()
        included = self.directory / "components.cfg.lua"
        authentication = _EVERYBODY if accounts is None else _ACCOUNTS
        if tls:
            authentication += _TLS.format(file=self.certificate)
        text = _CONFIG.format(
            directory=self.directory,
            port=self.port,
            level=level,
            domain=domain,
            rooms=ROOMS,
            components=included,
            authentication=authentication,
            tls='"tls"' if tls else "",
        )
        self._config = self.directory / "prosody.cfg.lua"
        self._config.write_text(text)
        included.write_text(components or self._components(services))
        self._data = self.directory / "data"
        for path in (self.directory, self._config, included):
            _give(path)
        if tls and not self.certificate.exists():
            _give(make_certificate(self.certificate, days=3650))
        self._make_data(accounts or {})

    def _components(self, services: Sequence[str]) -> str:
        every = [
            _COMPONENT.format(name=name, domain=self.domain, secret=self.secret)
            for name in services
        ]
        return "".join([_COMPONENTS.format(port=self.component_port), *every])

    def _make_data(self, accounts: Mapping[str, str]) -> None:
        """Make the folder of the users and give them their passwords."""
        folder = self._data
        for part in ("", quote(self.domain, safe="").replace(".", "%2e"), "accounts"):
            folder /= part
            folder.mkdir(exist_ok=True)
            _give(folder)
        for name, password in accounts.items():
            (folder / f"{name}.dat").write_text(f'return {{ ["password"] = "{password}" }};\n')
            _give(folder / f"{name}.dat")

    @property
    def certificate(self) -> Path:
        """Its certificate with its key, where it has one."""
        return self.directory / "certificate.pem"

    @property
    def endpoint(self) -> str:
        """Where components connect, as a Twisted endpoint."""
        return f"tcp:127.0.0.1:{self.component_port}"

    def bot(self, service: str) -> str:
        """Return the address of the assistant of a service."""
        return f"assistant@{service}.{self.domain}"

    def forget(self) -> None:
        """Remove all that users have: contacts, offline messages, archives. Only while it is down."""
        shutil.rmtree(self._data)
        self._make_data({})

    def command(self) -> Sequence[str]:
        """Return the command line. What changes its user has to be put on the leash again."""
        prosody = [program("prosody", package="prosody"), "-F", "--config", str(self._config)]
        if os.getuid() != 0:
            return prosody
        become = ("--reuid=prosody", "--regid=prosody", "--init-groups", "--pdeathsig", "KILL")
        return [program("setpriv", package="util-linux"), *become, "--", *prosody]

    def ready(self) -> bool:
        """Tell whether both ports are open."""
        return all(_open(port) for port in (self.port, self.component_port))


def _give(path: Path) -> None:
    """Let the user that the server runs as have a file."""
    if os.getuid() == 0:
        owner = pwd.getpwnam("prosody")
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
