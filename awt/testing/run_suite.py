"""The whole suite on this machine, for trying out: ``python -m awt.testing.run_suite``.

Private servers, a server node and a client node for each service, each a process of its own, until Ctrl-C. All
of them keep what they have in one directory, so that the next start goes on from there. What ends by itself,
or is killed to see what happens, is started again.
"""

import argparse
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from awt import __version__, config
from awt.amqp.definitions import SALT, definitions
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.ports import free_port, is_free
from awt.testing.process import Server, ServerError
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ

DOMAIN: Final = "localhost"
SERVICES: Final = ("base", "webtest")
USERS: Final = ("ann", "bob")
USUAL: Final = {"site": 8080, "xmpp": 5222}
"""The ports that one would expect; taken where they are free at the first start."""
PORTS: Final = (*USUAL, "components", "mariadb", "memcached", "rabbitmq")
ENDS: Final = 3
"""How often a process may end within `BRIEFLY` seconds before that is no accident."""
BRIEFLY: Final = 20.0
ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST: Final = 70
"""Longest path of the directory: the sockets in it may have names of 107 bytes."""


class TryOutError(Exception):
    """The suite cannot start, or go on."""


class Node(Server):
    """A node with a configuration file; ready when it says that it works."""

    def __init__(self, *arguments: str, directory: Path, **settings: str) -> None:
        super().__init__(directory=directory)
        self._arguments = arguments
        self._settings = settings
        self._starts = 0

    def command(self) -> Sequence[str]:
        """Return twistd's command line."""
        twistd = str(Path(sys.executable).with_name("twistd"))
        return [twistd, "--nodaemon", "--pidfile=", "awt", *self._arguments]

    def environment(self) -> Mapping[str, str]:
        """Return the environment, in which nothing stands against the configuration file."""
        return clean(super().environment()) | self._settings

    def ready(self) -> bool:
        """Tell whether it said so, in this life."""
        return self.log.count(" works: ") > self._starts

    def begin(self) -> None:
        """Start it."""
        self._starts = self.log.count(" works: ")
        super().begin()


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without settings of awt."""
    return {name: value for name, value in environment.items() if not name.startswith("AWT_")}


class TryOut:
    """The servers and nodes of one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = self._prepare()
        self._ports = self._noted("ports.json", dict.fromkeys(PORTS, 0) | USUAL)
        self._choose_ports()
        names = ("mariadb", "component", "server", *SERVICES, *USERS)
        self._secrets = self._noted("secrets.json", {name: secrets.token_hex(8) for name in names})
        self._note("secrets.json", self._secrets)
        self.running: dict[str, Server] = {}
        """What has been started, in order, by its name."""

    # --- Its directory

    def _prepare(self) -> IO[bytes]:
        """Make the directory and return its lock, which is free again when this process ends."""
        own = self._directory
        if len(os.fsencode(own)) > LONGEST:
            raise TryOutError(f"{own}: too long, sockets could not be named (--directory=...)")
        try:
            own.mkdir(parents=True, exist_ok=True)
            # Prosody, which refuses to be root, has to get through to its part.
            own.chmod(0o711 if os.getuid() == 0 else 0o700)
            lock = (own / "lock").open("wb")
        except OSError as error:
            raise TryOutError(f"{own}: {error.strerror} (--directory=...)") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TryOutError(f"{own}: another suite runs here (--directory=...)") from None
        return lock

    def _noted(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        path = self._directory / name
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return default | found

    def _note(self, name: str, value: Mapping[str, Any] | str) -> Path:
        """Write a file that only this user may read."""
        path = self._directory / name
        path.touch(mode=0o600)
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n")
        return path

    def _choose_ports(self) -> None:
        """Take free ports at the first start, and the same ones ever after."""
        ports, noted = self._ports, self._directory / "ports.json"
        if not noted.exists():
            for name, port in ports.items():
                if not port or not is_free(port):
                    ports[name] = free_port()
            self._note("ports.json", ports)
        taken = [
            f"port {port} of {name} is taken: see who listens there, or change {noted}"
            for name, port in ports.items()
            if not is_free(port)
        ]
        if taken:
            raise TryOutError("\n".join(taken))

    # --- Configuration

    @property
    def site(self) -> str:
        """Address of the site, without a slash at the end."""
        return f"http://127.0.0.1:{self._ports['site']}"

    def _config(self, name: str) -> Path:
        return self._directory / f"{name}.toml"

    def _broker(self, user: str) -> str:
        return f"amqp://{user}:{self._secrets[user]}@127.0.0.1:{self._ports['rabbitmq']}/awt"

    def _configure(self) -> None:
        """Write the configuration files, and what the broker has to know of the nodes."""
        database = f"mysql://awt:{self._secrets['mariadb']}@127.0.0.1:{self._ports['mariadb']}/awt"
        self._note(
            "server.toml",
            f'role = "server"\nsite_url = "{self.site}"\nims = ["webchat", "jabber"]\n'
            f'data_dir = "{self._directory}/server"\n'
            f'[web]\nlisten = "tcp:{self._ports["site"]}:interface=127.0.0.1"\n'
            f'[database]\nurl = "{database}"\n'
            f'[amqp]\nurl = "{self._broker("server")}"\n'
            f'[xmpp]\ndomain = "{DOMAIN}"\n',
        )
        for service in SERVICES:
            token = self._directory / f"{service}.token"
            token.touch(mode=0o600)
            self._note(
                f"{service}.toml",
                f'role = "client"\nservice = "{service}"\n'
                f'data_dir = "{self._directory}/{service}"\n'
                f'[amqp]\nurl = "{self._broker(service)}"\n'
                f'[server]\nurl = "{self.site}"\ntoken_file = "{token}"\n'
                f'[xmpp]\ncomponent = "tcp:127.0.0.1:{self._ports["components"]}"\n'
                f'domain = "{DOMAIN}"\nsecret = "{self._secrets["component"]}"\n'
                # Its own site is the one page that is always there to be checked.
                f'[test]\nallow_private_addresses = ["127.0.0.0/8"]\n',
            )
        (self._directory / "definitions").mkdir(exist_ok=True)
        for name in ("server", *SERVICES):
            found = config.load(path=str(self._config(name)), environ={})
            made = definitions(found, salt=secrets.token_bytes(SALT))
            self._note(f"definitions/{name}.json", made)

    def _awt(self, *words: str) -> str:
        """Run the command ``awt`` on the server node's installation and return what it prints."""
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("awt")),
                *words,
                f"--config={self._config('server')}",
            ],
            env=clean(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise TryOutError(f"awt {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    # --- Start and stop

    def start(self) -> None:
        """Start the servers, then the nodes."""
        own, ports = self._directory, self._ports
        self._configure()
        database = MariaDB(
            directory=own / "mariadb",
            port=ports["mariadb"],
            password=self._secrets["mariadb"],
        )
        broker = RabbitMQ(
            directory=own / "rabbitmq",
            port=ports["rabbitmq"],
            settings={"load_definitions": str(own / "definitions")},
        )
        jabber = Prosody(
            directory=own / "prosody",
            domain=DOMAIN,
            services=SERVICES,
            secret=self._secrets["component"],
            port=ports["xmpp"],
            component_port=ports["components"],
            accounts={name: self._secrets[name] for name in USERS},
            tls=True,
        )
        self._begin("mariadb", database)
        self._begin("memcached", Memcached(directory=own / "memcached", port=ports["memcached"]))
        self._begin("rabbitmq", broker)
        self._begin("prosody", jabber)
        self._wait("mariadb")
        database.database("awt")
        self._awt("migrate")
        self._wait("memcached", "rabbitmq", "prosody")
        self._begin("server", self._node("server", "--role=server"))
        self._introduce()
        self._wait("server")
        for service in SERVICES:
            self._begin(service, self._node(service, "--role=client", f"--service={service}"))
        self._wait(*SERVICES)

    def _begin(self, name: str, server: Server) -> None:
        """Start something; those that begin one after the other start side by side."""
        print(f"{name} starts", flush=True)
        self.running[name] = server
        try:
            server.begin()
        except ServerError as error:
            raise TryOutError(f"{name}: {error}") from None

    def _wait(self, *names: str) -> None:
        """Return when all of these are ready."""
        for name in names:
            try:
                self.running[name].wait()
            except ServerError as error:
                raise TryOutError(f"{name}: {error}") from None

    def _node(self, name: str, *arguments: str) -> "Node":
        return Node(
            *arguments,
            f"--config={self._config(name)}",
            directory=self._directory / name,
            AWT_MEMCACHED_SERVERS=f"127.0.0.1:{self._ports['memcached']}",
        )

    def _introduce(self) -> None:
        """Give the client nodes their tokens, the first time."""
        tokens = {service: self._directory / f"{service}.token" for service in SERVICES}
        missing = [service for service, token in tokens.items() if not token.stat().st_size]
        if not missing:
            return
        known = {node["name"] for node in json.loads(self._awt("node", "list", "--json"))["nodes"]}
        for service in missing:
            words = ["token", service]
            if service not in known:
                words = ["add", service, f"--service={service}", "--im=jabber"]
            tokens[service].write_text(self._awt("node", *words).split()[-1] + "\n")

    def welcome(self) -> str:
        """Return what somebody who tries it out has to know."""
        own = self._directory
        link = self._awt("admin", "create", "admin").split()[-1]
        accounts = [f"  {name}@{DOMAIN}, password {self._secrets[name]}" for name in USERS]
        bots = [f"  assistant@{service}.{DOMAIN}" for service in SERVICES]
        lines = [
            f"awt {__version__} works, {len(self.running)} processes: {self.site}/",
            "Become the administrator (once, within a day):",
            f"  {link}",
            f"Jabber, for any client on this machine: server 127.0.0.1, port {self._ports['xmpp']}",
            *accounts,
            f"Unencrypted, or with the certificate {own / 'prosody' / 'certificate.pem'}",
            "Write to an assistant:",
            *bots,
            f"Data: {own}",
            f"Logs: {own}/NAME/log, NAME being {', '.join(self.running)}",
            "Ctrl-C stops all of it; the next start goes on from here.",
        ]
        return "\n".join(lines)

    def watch(self) -> None:
        """Start again what ends, for ever."""
        ends: dict[str, list[float]] = {name: [] for name in self.running}
        while True:
            time.sleep(0.2)
            for name, server in self.running.items():
                if server.running:
                    continue
                ends[name] = [*ends[name], time.monotonic()][-ENDS:]
                if len(ends[name]) == ENDS and ends[name][-1] - ends[name][0] < BRIEFLY:
                    raise TryOutError(f"{name} does not stay:\n{server.log[-2000:]}")
                print(f"{name} ended and starts again", flush=True)
                try:
                    server.restart()
                except ServerError as error:
                    raise TryOutError(f"{name}: {error}") from None

    def stop(self) -> None:
        """End everything, the last first."""
        with ExitStack() as stack:
            for server in self.running.values():
                stack.callback(server.stop)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    """End, once: make and terminals tell it twice, and who stops everything must not be stopped."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Run until Ctrl-C; return the exit status: 0, or 3 when something did not start or go on."""
    parser = argparse.ArgumentParser(prog="run-suite", description="Run the whole suite.")
    home = Path.home() / ".local/share/awt-suite"
    parser.add_argument("--directory", type=Path, default=home, help=f"keep all there ({home})")
    arguments = parser.parse_args()
    for ending in ENDINGS:
        signal.signal(ending, _interrupt)
    with ExitStack() as stack:
        try:
            suite = TryOut(arguments.directory.absolute())
            stack.callback(suite.stop)
            suite.start()
            print(suite.welcome(), flush=True)
            suite.watch()
        except TryOutError as error:
            for line in str(error).splitlines():
                print(f"awt: {line}", file=sys.stderr)
            return 3
        except KeyboardInterrupt:
            print("awt stops", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
