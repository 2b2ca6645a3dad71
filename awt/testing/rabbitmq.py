"""A private RabbitMQ on free ports, for tests that need the real one.

The broker process itself is the child, so that ``kill`` and ``freeze`` hit it and no script in between.
Its port mapper (epmd) is a private process on the same leash: by itself it would stay for ever.
"""

import itertools
import os
import secrets
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from awt.amqp.topology import ALL, Rights
from awt.testing.ports import free_port
from awt.testing.process import Server, ServerError, program

HOME: Final = Path("/usr/lib/rabbitmq")
"""Where Debian has RabbitMQ."""

LEFT_OUT: Final = (
    "rabbitmq_",
    "amqp10_client",
    "cowboy",
    "cowlib",
    "gun",
    "jose",
    "eetcd",
    "prometheus",
)
"""Beginnings of the names of plugins, and of what only they need: without them the start is quicker."""
CALLS: Final = 20
"""How often the broker is asked for something before it counts as not there."""
NEEDED: Final = ("rabbitmq_prelaunch",)


class PortMapper(Server):
    """The port mapper of Erlang, which tells where nodes listen."""

    def __init__(self, *, directory: Path | None = None) -> None:
        super().__init__(directory=directory)
        self.port = free_port()

    def command(self) -> Sequence[str]:
        """Return the command line."""
        epmd = program("epmd", package="erlang-base")
        return [epmd, "-port", str(self.port), "-address", "127.0.0.1"]

    def ready(self) -> bool:
        """Tell whether it listens."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class RabbitMQ(Server):
    """A broker with the core plugins only; it starts in about three seconds.

    Queues and messages survive ``kill``. ``certificate`` (a PEM file with a key inside) makes it
    listen with TLS too, on ``tls_port``; ``settings`` are further lines of its configuration file, an
    empty one takes a line out.
    """

    start_seconds: float = 120

    def __init__(
        self,
        *,
        certificate: Path | None = None,
        settings: Mapping[str, str] | None = None,
        directory: Path | None = None,
        port: int | None = None,
    ) -> None:
        super().__init__(directory=directory)
        self.port = port or free_port()
        self.tls_port = free_port()
        self._dist_port = free_port()
        self._certificate = certificate
        self._settings = dict(settings or {})
        self._mapper = PortMapper(directory=directory and directory / "epmd")
        self._node = f"awt{'' if directory else self.port}@localhost"  # what is kept is under it
        self._cookie = secrets.token_hex(16)
        self._is_prepared = False
        self._numbers = itertools.count(1)

    def begin(self) -> None:
        """Start the broker, the first time an empty one."""
        if not self._mapper.running:
            self._mapper.start()
        if not self._is_prepared:
            self._prepare()
            self._is_prepared = True
        super().begin()

    def kill(self) -> None:
        """End the broker as a power cut does, once it has written down which queues it has.

        It leaves the name of a new quorum queue in memory for up to 3 seconds; killed in these, it has
        another, empty queue of that name afterwards, which never elects a leader (RabbitMQ's issue
        15725). That is no fault of who uses it, and no test of ours can do anything about it.
        """
        self._ask("[dets:sync(T) || T <- dets:all()]")
        super().kill()

    def stop(self) -> None:
        """End the broker and its port mapper, and remove their directories."""
        if self.running:
            super().kill()
        super().stop()
        self._mapper.stop()

    def vhost(self) -> str:
        """Make an empty vhost with a user who may do everything in it; return its URL."""
        name = f"test_{next(self._numbers)}"
        self._ask(f'ok = rabbit_vhost:add(<<"{name}">>, <<"awt">>)')
        return self.user(f"server_{name}", vhost=name)

    def user(self, name: str, rights: Rights = ALL, *, vhost: str) -> str:
        """Make a user with rights in a vhost (all by default) and return its URL."""
        password = secrets.token_hex(8)
        texts = (rights.configure, rights.write, rights.read)
        who = f"{_text(name)}, {_text(vhost)}"
        self._ask(
            f'rabbit_auth_backend_internal:add_user({_text(name)}, {_text(password)}, <<"awt">>)',
            f"rabbit_auth_backend_internal:set_permissions({who}, "
            f'{", ".join(map(_text, texts))}, <<"awt">>)',
        )
        if (rights.write_keys, rights.read_keys) != (".*", ".*"):
            self.topic_rights(name, rights, vhost=vhost)
        return f"amqp://{name}:{password}@127.0.0.1:{self.port}/{vhost}"

    def topic_rights(self, name: str, rights: Rights, *, vhost: str) -> None:
        """Limit the routing keys of a user at every topic exchange that the vhost has now."""
        keys = f"{_text(rights.write_keys)}, {_text(rights.read_keys)}"
        self._ask(
            "[rabbit_auth_backend_internal:set_topic_permissions("
            f'{_text(name)}, {_text(vhost)}, element(4, element(2, X)), {keys}, <<"awt">>)'
            f" || X <- rabbit_exchange:list({_text(vhost)}), element(3, X) =:= topic]"
        )

    def depth(self, vhost: str, queue: str) -> int:
        """Return how many messages of a queue wait for a consumer."""
        said = self._ask(
            "{ok, Q} = rabbit_amqqueue:lookup("
            f"rabbit_misc:r({_text(vhost)}, queue, {_text(queue)})), "
            "{ok, Ready, _} = rabbit_amqqueue:stat(Q), Ready"
        )
        return int(said)

    def forget(self, vhost: str, queue: str) -> None:
        """Take a quorum queue its consumers away, without a word to them."""
        self._ask(
            "{ok, Q} = rabbit_amqqueue:lookup("
            f"rabbit_misc:r({_text(vhost)}, queue, {_text(queue)}))",
            "[ra:process_command(amqqueue:get_pid(Q), rabbit_fifo:make_checkout("
            "{element(2, C), element(1, C)}, cancel, #{})) || C <- rabbit_amqqueue:consumers(Q)]",
        )

    def hang(self, vhost: str, queue: str, *, hung: bool = True) -> None:
        """Let a quorum queue stand still, as one without a leader does, or go on."""
        verb = "suspend" if hung else "resume"
        self._ask(f'sys:{verb}(list_to_atom("{vhost}_{queue}"))')

    def publish(self, vhost: str, queue: str, body: bytes) -> None:
        """Put something into a working queue that none of our nodes would."""
        self._ask(
            f'rabbit_basic:publish(rabbit_misc:r({_text(vhost)}, exchange, <<"work">>), '
            f"{_text(queue)}, [], <<{','.join(map(str, body))}>>)"
        )

    def alarm(self, *, on: bool) -> None:
        """Let the broker believe that its memory is full, or free again: it blocks who publishes."""
        verb = "set" if on else "clear"
        source = "{resource_limit, memory, node()}"
        self._ask(f"rabbit_alarm:{verb}_alarm({'{' + source + ', []}' if on else source})")

    def command(self) -> Sequence[str]:
        """Return the command line."""
        if not HOME.exists():
            message = "rabbitmq-server is not installed: apt-get install rabbitmq-server"
            raise ServerError(message)
        return [str(self.directory / "home" / "sbin" / "rabbitmq-server")]

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the process."""
        own = self.directory
        kept = {k: v for k, v in super().environment().items() if not k.startswith("RABBITMQ_")}
        return kept | {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper.port),
            "RABBITMQ_CONFIG_FILE": str(own / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(own / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(own / "generated"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(own),
            "RABBITMQ_MNESIA_BASE": str(own / "data"),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_PID_FILE": str(own / "pid"),
            "RABBITMQ_PLUGINS_DIR": str(own / "home" / "plugins"),
            "RABBITMQ_SCRIPTS_DIR": str(own / "home" / "sbin"),
            # two threads are enough for tests, and leave the machine to them; nobody from outside gets in
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +A 8 +sbwt none"
            " -kernel inet_dist_use_interface {127,0,0,1}",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the broker
        }

    def ready(self) -> bool:
        """Tell whether the broker greets with ``connection.start``."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                start = connection.recv(11)
        except OSError:
            return False
        return start[7:11] == struct.pack("!HH", 10, 10)

    def _prepare(self) -> None:
        """Lay out the directory: the configuration, the cookie, a home with the core plugins."""
        real = (HOME / "bin" / "rabbitmq-server").resolve().parent.parent
        shutil.rmtree(self.directory / "home", ignore_errors=True)  # links into another version
        plugins = self.directory / "home" / "plugins"
        plugins.mkdir(parents=True)
        for name in ("sbin", "escript"):
            (self.directory / "home" / name).symlink_to(real / name)
        for plugin in (real / "plugins").iterdir():
            if plugin.name.startswith(NEEDED) or not plugin.name.startswith(LEFT_OUT):
                (plugins / plugin.name).symlink_to(plugin)
        (self.directory / "enabled_plugins").write_text("[].\n")
        cookie = self.directory / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        cookie.write_text(self._cookie)
        cookie.chmod(0o400)
        lines = {
            "listeners.tcp.1": f"127.0.0.1:{self.port}",
            "loopback_users": "none",
            "default_user": "nobody",
            "default_pass": secrets.token_hex(16),
            "disk_free_limit.absolute": "1MB",
            "vm_memory_high_watermark.absolute": "1GB",
            "log.console.level": "warning",
            "raft.wal_max_size_bytes": "4000000",
        }
        if self._certificate is not None:
            lines |= {
                "listeners.ssl.1": f"127.0.0.1:{self.tls_port}",
                "ssl_options.certfile": str(self._certificate),
                "ssl_options.keyfile": str(self._certificate),
                "ssl_options.verify": "verify_none",
            }
        lines |= self._settings
        (self.directory / "rabbitmq.conf").write_text(
            "".join(f"{key} = {value}\n" for key, value in lines.items() if value)
        )

    def _ask(self, *expressions: str) -> str:
        """Evaluate expressions in the broker and return what the last one said."""
        erl_call = shutil.which("erl_call") or "/usr/lib/erlang/bin/erl_call"
        said = ""
        for _ in range(CALLS):  # two calls at the same moment may be in each other's way
            done = subprocess.run(
                [erl_call, "-sname", self._node, "-c", self._cookie, "-e"],
                input=", ".join(expressions) + ".\n",
                env={**self.environment(), "HOME": str(self.directory)},
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            if not done.returncode and done.stdout.startswith("{ok, "):
                return done.stdout.removeprefix("{ok, ").rstrip().removesuffix("}")
            said = f"{done.stdout} {done.stderr}"
            if "failed to connect" not in said:
                break
            time.sleep(0.1)
        message = f"{expressions}: {said}"
        raise ServerError(message)


def _text(value: str) -> str:
    """Return an Erlang binary of ASCII letters."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'<<"{quoted}">>'
