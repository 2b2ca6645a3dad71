"""An installation made of the files of etc/, by the steps of the documents."""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

from awt.testing.certificate import make_certificate
from awt.testing.mariadb import MariaDB
from awt.testing.ports import free_port
from awt.testing.process import PATIENCE, Server, until
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
from tests.etc.files import ETC, changed, link, replaced
from tests.etc.test_systemd import unit

USERS: Final = {"server": 64501, "base": 64502, "webtest": 64503}
"""Ids of the system users, who need no names, where this process may become another."""
LEFT_OUT: Final = ("awt", "__editable__", "mypy", "ruff", "selenium", "hypothesis", "pip")
"""Beginnings of the names of packages that no node needs."""


def may_change_user() -> bool:
    return os.getuid() == 0


def own(path: Path, user: str) -> None:
    if may_change_user():
        os.chown(path, USERS[user], USERS[user])


def become(user: str) -> list[str]:
    """Return the beginning of a command that runs as a system user, without any right of root."""
    if not may_change_user():
        return []
    who = (f"--reuid={USERS[user]}", f"--regid={USERS[user]}", "--clear-groups")
    rights = ("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
    return ["setpriv", *who, *rights, "--pdeathsig", "KILL", "--"]


def find_python() -> str:
    """Return a Python of this version that a system user can start: ours may be at home in /root."""
    here = Path(sys.executable).resolve()
    for path in (here, Path("/usr/bin") / here.name):
        tried = subprocess.run([*become("base"), str(path), "-c", ""], cwd="/", check=False)
        if tried.returncode == 0:
            return str(path)
    raise LookupError(f"no system user can start {here}")


class Program:
    """The project in a folder that everybody may read, as ``/opt/awt/venv`` is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = find_python()
        packages = Path(sysconfig.get_path("purelib"))
        for entry in packages.iterdir():
            if entry.name.startswith(LEFT_OUT):
                continue
            if entry.is_dir():
                shutil.copytree(entry, folder / entry.name, copy_function=link)
            else:
                link(entry, folder / entry.name)
        for name in ("awt", "twisted"):
            ignored = shutil.ignore_patterns("__pycache__", "dropin.cache")
            shutil.copytree(ETC.parent / name, folder / name, dirs_exist_ok=True, ignore=ignored)
        for name in ("awt", "twistd"):
            shutil.copy(Path(sys.executable).with_name(name), folder / f"{name}.py")

    def command(self, name: str, *words: str, user: str) -> list[str]:
        """Return the command line of ``awt`` or ``twistd`` as a system user."""
        return [*become(user), self._python, "-P", str(self._folder / f"{name}.py"), *words]

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(self._folder), "HOME": "/"}


class InstalledNode(Server):
    """A node, started by the command of its unit."""

    def __init__(self, program: Program, *, user: str, command: list[str]) -> None:
        super().__init__()
        own(self.directory, user)
        self._environment = program.environment()
        self._command = program.command("twistd", *command, user=user)

    def command(self) -> Sequence[str]:
        return self._command

    def environment(self) -> Mapping[str, str]:
        return self._environment

    def ready(self) -> bool:
        return " works: " in self.log

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def connected(self, bot: str) -> None:
        until(
            lambda: f"{bot} is connected" in self.log, seconds=PATIENCE, what=f"{bot}: {self.log}"
        )


class Installation:
    """Servers and nodes; a context manager. ``etc`` is what ``/etc/awt`` would be."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._secret = {name: secrets.token_hex(8) for name in ("database", "component", *USERS)}
        self.nodes: dict[str, InstalledNode] = {}
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in reversed(self.nodes.values()):
            node.stop()
        self._stack.close()

    def _start(self) -> None:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="awt-etc-")))
        folder.chmod(0o755)
        self.etc = folder / "etc"
        self._data = folder / "data"
        for path in (self.etc, self._data, folder / "program"):
            path.mkdir(mode=0o755)
        self._program = Program(folder / "program")
        self._certificate = make_certificate(folder / "broker.pem")
        self._authority = folder / "authority.pem"
        pem = self._certificate.read_text()
        self._authority.write_text(pem.partition("-----BEGIN PRIVATE")[0])
        self._start_servers()
        self._start_server_node()
        clients = ("base", "webtest")
        for service in clients:
            self._configure_client_node(service)
        self.nodes["server"].wait()
        for service in clients:
            self._begin_node(service, "awt@.service")
        for service in clients:
            self.nodes[service].wait().connected(self.prosody.bot(service))

    def _start_servers(self) -> None:
        """Start them side by side."""
        component_port = free_port()
        snippet = changed("prosody/awt.cfg.lua", COMPONENT_SECRET=self._secret["component"])
        self.mariadb = MariaDB(defaults=ETC / "mariadb" / "awt.cnf", password="")
        self.rabbitmq = RabbitMQ(certificate=self._certificate, settings=self._broker_settings())
        self.prosody = Prosody(
            domain="example.com",
            components=replaced(snippet, {"5347": str(component_port)}),
            component_port=component_port,
        )
        servers: tuple[Server, ...] = (self.rabbitmq, self.mariadb, self.prosody)
        for server in servers:
            self._stack.callback(server.stop)
            server.begin()
        for server in servers:
            server.wait()
        self.sql(changed("mariadb/awt.sql", DATABASE_PASSWORD=self._secret["database"]))

    def _broker_settings(self) -> dict[str, str]:
        """Return what the file says but for its addresses and files, which are ours."""
        text = (ETC / "rabbitmq" / "awt.conf").read_text()
        lines = [line.split(" = ") for line in text.splitlines() if line and line[0] != "#"]
        ours = ("listeners.", "ssl_options.certfile", "ssl_options.keyfile")
        return {key: value for key, value in lines if not key.startswith(ours)}

    def sql(self, script: str) -> None:
        """Run a script as the administrator of MariaDB."""
        command = ["mariadb", "--no-defaults", f"--socket={self.mariadb.socket}", "--user=root"]
        subprocess.run(command, input=script, text=True, check=True)

    def rabbitmqctl(self, *words: str, said: str = "") -> str:
        """Run rabbitmqctl, which reads ``said``, and return what it prints."""
        done = subprocess.run(
            [str(self.rabbitmq.directory / "home" / "sbin" / "rabbitmqctl"), *words],
            env=self.rabbitmq.environment(),
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def awt(self, user: str, *words: str) -> str:
        """Run the command ``awt`` as a system user, with the configuration of his node."""
        done = subprocess.run(
            self._program.command("awt", *words, f"--config={self.etc / user}.toml", user=user),
            env=self._program.environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _configure(self, user: str, places: dict[str, str], pairs: dict[str, str]) -> None:
        """Write a configuration file that only its user may read, and tell the broker of it."""
        file = self.etc / f"{user}.toml"
        file.touch(mode=0o600)
        text = changed(f"{user}.example.toml", BROKER_PASSWORD=self._secret[user], **places)
        data = self._data / user
        data.mkdir(mode=0o700)
        own(data, user)
        file.write_text(
            re.sub(
                r'^data_dir = ".*"',
                f'data_dir = "{data}"',
                replaced(text, pairs),
                flags=re.MULTILINE,
            )
        )
        own(file, user)
        self.rabbitmqctl("import_definitions", said=self.awt(user, "broker"))

    def _begin_node(self, user: str, unit_name: str) -> None:
        words = shlex.split(unit(ETC / "systemd" / unit_name)["Service"]["ExecStart"])[1:]
        places = {"%i": user, "${SERVICE}": user, "/etc/awt": str(self.etc)}
        command = [w for word in words for w in [_filled(word, places)]]
        self.nodes[user] = InstalledNode(self._program, user=user, command=command)
        self.nodes[user].begin()

    def _start_server_node(self) -> None:
        self._configure(
            "server",
            {"DATABASE_PASSWORD": self._secret["database"]},
            {
                "https://awt.example.com": self.site,
                "tcp:8080:": f"tcp:{self.port}:",
                "127.0.0.1:3306": f"127.0.0.1:{self.mariadb.port}",
                "127.0.0.1:5672": f"127.0.0.1:{self.rabbitmq.port}",
            },
        )
        self.awt("server", "migrate")
        self._begin_node("server", "awt-server.service")

    def _configure_client_node(self, service: str) -> None:
        said = self.awt("server", "node", "add", service, "--service", service, "--im", "jabber")
        pairs = {
            "https://awt.example.com": self.site,
            "awt.example.com:5671": f"localhost:{self.rabbitmq.tls_port}",
            "[server]": f'ca_file = "{self._authority}"\n\n[server]',
            "tcp:127.0.0.1:5347": self.prosody.endpoint,
        }
        if service == "webtest":
            pairs["[executor]"] = '[test]\nallow_private_addresses = ["127.0.0.0/8"]\n\n[executor]'
        places = {"NODE_TOKEN": said.split()[-1], "COMPONENT_SECRET": self._secret["component"]}
        self._configure(service, places, pairs)


def _filled(word: str, places: dict[str, str]) -> str:
    for old, new in places.items():
        word = word.replace(old, new)
    return word
