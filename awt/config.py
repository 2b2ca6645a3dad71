"""The configuration: TOML and ``AWT_*`` variables, checked whole, all problems reported together."""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import attrs
import msgspec
from attrs import field, frozen
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore

from awt.errors import ConfigError
from awt.model.settings import Limits, Money, Purge, Settings
from awt.roles import PARTS, ROLES


@frozen(kw_only=True)
class Web:
    """``[web]``: where the site listens."""

    listen: str = "tcp:8080:interface=127.0.0.1"
    behind_proxy: bool = False


@frozen(kw_only=True)
class DatabaseConfig:
    """``[database]``: where rows are kept; without a URL in a file of the data directory."""

    url: str = ""
    password_file: str = ""


@frozen(kw_only=True)
class AmqpConfig:
    """``[amqp]``: the broker; without a URL the queues are in the database."""

    url: str = ""
    password_file: str = ""
    ca_file: str = ""


@frozen(kw_only=True)
class Test:
    """``[test]``: what users' tests may reach."""

    __test__ = False
    allow_private_addresses: tuple[str, ...] = ()


@frozen(kw_only=True)
class Executor:
    """``[executor]``: how many tests run at once on this node."""

    slots: int = 8


@frozen(kw_only=True)
class Security:
    """``[security]``: how costly a password is to guess (bcrypt rounds, 4 to 16)."""

    bcrypt_rounds: int = 12


@frozen(kw_only=True)
class Config:
    """The whole configuration of a node."""

    role: str = "all"
    service: str = ""
    node: str = "local"
    site_url: str = ""
    data_dir: str = ""
    support: str = ""
    parts: tuple[str, ...] = ()
    """Parts to run instead of those of the role."""
    demo: bool = True
    """Role all: a paid sample service stands in the catalogue."""
    web: Web = field(factory=Web)
    database: DatabaseConfig = field(factory=DatabaseConfig)
    amqp: AmqpConfig = field(factory=AmqpConfig)
    limits: Limits = field(factory=Limits)
    money: Money = field(factory=Money)
    gc: Purge = field(factory=Purge)
    test: Test = field(factory=Test)
    executor: Executor = field(factory=Executor)
    security: Security = field(factory=Security)

    @property
    def directory(self) -> Path:
        """The data directory."""
        return Path(self.data_dir)

    @property
    def database_url(self) -> str:
        """The database's URL, with the password from its file."""
        url = self.database.url or f"sqlite:///{self.directory / 'awt.db'}"
        return _with_password(url, self.database.password_file)

    @property
    def amqp_url(self) -> str:
        """The broker's URL, with the password from its file."""
        return _with_password(self.amqp.url, self.amqp.password_file)

    @property
    def parts_to_run(self) -> tuple[str, ...]:
        """The parts that this node runs."""
        return self.parts or ROLES[self.role]

    def settings(self) -> Settings:
        """Return what rules may look at."""
        return Settings(
            site_url=self.site_url.rstrip("/"),
            support=self.support,
            limits=self.limits,
            money=self.money,
            purge=self.gc,
        )


TABLES: Final = {
    name: kind
    for name, kind in Config.__annotations__.items()
    if isinstance(kind, type) and attrs.has(kind)
}
"""Table name -> its class."""


def load(
    *,
    path: str | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
    reactor: IReactorCore | None = None,
) -> Config:
    """Return the configuration of a file, the environment and the command line, the last wins.

    Raises `ConfigError` with every problem that there is.
    """
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    values = _file(path, problems)
    for name, value in _environment(environ).items():
        table, _, key = name.rpartition(".")
        target = values.setdefault(table, {}) if table else values
        if isinstance(target, dict):
            target[key] = value
    values.update({key: value for key, value in (overrides or {}).items() if value})
    config = _convert(Config, values, "", problems)
    config = _with_defaults(config, environ)
    _check(config, problems, reactor)
    if problems:
        raise ConfigError(problems)
    return config


def _file(path: str | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path!r}: cannot be read: {getattr(error, 'strerror', None) or error}")
    except (ValueError, RecursionError) as error:  # no TOML, or such that nobody means it
        problems.append(f"{path!r}: {error}")
    return {}


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what ``AWT_<KEY>`` and ``AWT_<TABLE>_<KEY>`` say, by dotted key."""
    names = [name for name in Config.__annotations__ if name not in TABLES]
    names += [f"{t}.{key}" for t, kind in TABLES.items() for key in kind.__annotations__]
    found = {}
    for name in names:
        value = environ.get("AWT_" + name.replace(".", "_").upper())
        if value is not None:
            found[name] = value
    return found


def _convert(kind: Any, values: Mapping[str, Any], prefix: str, problems: list[str]) -> Any:
    """Return an instance of ``kind`` of the good values; note what is wrong with the others."""
    good: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if key not in kind.__annotations__:
            problems.append(f"{name}: there is no such key")
            continue
        wanted = kind.__annotations__[key]
        if isinstance(wanted, type) and attrs.has(wanted):
            if isinstance(value, Mapping):
                good[key] = _convert(wanted, value, f"{name}.", problems)
            else:
                problems.append(f"{name}: has to be a table")
            continue
        given = value
        if isinstance(value, str) and wanted == tuple[str, ...]:
            given = [part.strip() for part in value.split(",") if part.strip()]
        try:
            good[key] = msgspec.convert(given, wanted, strict=not isinstance(value, str))
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {str(error)[0].lower()}{str(error)[1:]}")
    return kind(**good)


def _with_defaults(config: Config, environ: Mapping[str, str]) -> Config:
    home = Path(environ.get("HOME") or "/")
    data_dir = Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "awt"
    return attrs.evolve(
        config,
        data_dir=config.data_dir or str(data_dir),
        site_url=(config.site_url or local_url(config.web.listen)).rstrip("/"),
    )


def local_url(listen: str) -> str:
    """Return where a site that listens there answers on this machine: what links begin with by default."""
    parts = listen.split(":")
    host = next((p.partition("=")[2] for p in parts if p.startswith("interface=")), "127.0.0.1")
    port = parts[1] if len(parts) > 1 and parts[1].isdigit() else "8080"
    if host in {"", "0.0.0.0", "\\", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{host}:{port}"


def _check(config: Config, problems: list[str], reactor: IReactorCore | None) -> None:
    if config.role not in ROLES:
        problems.append(f"role: {config.role!r} is none of {', '.join(ROLES)}")
    problems.extend(
        f"parts: {part!r} is none of {', '.join(PARTS)}"
        for part in config.parts
        if part not in PARTS
    )
    if len(set(config.parts)) < len(config.parts):
        problems.append("parts: one is named twice")
    if not _is_origin(config.site_url):
        problems.append("site_url: has to be http(s)://host[:port], without a path")
    for network in config.test.allow_private_addresses:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            problems.append(f"test.allow_private_addresses: {network!r} is no network")
    problems.extend(_database_problems(config.database))
    problems.extend(_amqp_problems(config.amqp))
    if "\0" in config.data_dir:
        problems.append("data_dir: cannot have the character NUL in it")
    problems.extend(_ranges(config))
    try:
        serverFromString(reactor, config.web.listen)
    except Exception as error:  # noqa: BLE001 - each kind of endpoint has its own ways to fail
        problems.append(f"web.listen: {config.web.listen!r} is no endpoint: {error}")


def _with_password(url: str, password_file: str) -> str:
    """Return a URL with the password that is in a file, if there is one."""
    if not password_file:
        return url
    parsed = urlsplit(url)
    password = Path(password_file).read_text().strip()
    host = parsed.netloc.rpartition("@")[2]
    netloc = f"{parsed.username or ''}:{quote(password, safe='')}@{host}"
    return parsed._replace(netloc=netloc).geturl()


def _amqp_problems(config: AmqpConfig) -> list[str]:
    found = []
    try:
        parsed = urlsplit(config.url)
        _ = parsed.port
    except ValueError as error:
        found.append(f"amqp.url: {error}")
    else:
        if config.url and (parsed.scheme not in {"amqp", "amqps"} or not parsed.hostname):
            found.append("amqp.url: has to be amqp(s)://user:password@host:port/vhost")
    for key in ("password_file", "ca_file"):
        path = getattr(config, key)
        if path and not Path(path).is_file():
            found.append(f"amqp.{key}: {path!r} is no file")
    return found


def _database_problems(config: DatabaseConfig) -> list[str]:
    found = []
    if config.url and not config.url.startswith(("sqlite:///", "mysql://")):
        found.append("database.url: has to begin with sqlite:/// or mysql://")
    elif config.url:
        try:
            parsed = urlsplit(config.url)
            _ = parsed.port
        except ValueError as error:
            found.append(f"database.url: {error}")
        else:
            no_host = parsed.scheme == "mysql" and not parsed.hostname
            if no_host or len(parsed.path) < len("/x") or "\0" in config.url:
                found.append("database.url: does not name a database")
    try:
        _ = Path(config.password_file or os.devnull).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        found.append(f"database.password_file: {config.password_file!r}: {what}")
    return found


def _is_origin(url: str) -> bool:
    """Tell whether a URL is ``http(s)://host[:port]``."""
    try:
        parsed = urlsplit(url)
        _ = parsed.port
    except ValueError:
        return False
    return (
        parsed.scheme in {"http", "https"}
        and bool(parsed.hostname)
        and parsed._replace(scheme="", netloc="").geturl() in {"", "/"}
        and "@" not in parsed.netloc
        and not any(char.isspace() or char in '?#\\<>"' for char in url)
    )


RANGES: Final = {
    "executor.slots": (1, 50),
    "security.bcrypt_rounds": (4, 16),
    "gc.interval_seconds": (1, 86400),
    "gc.purge_days": (1, 36500),
    "gc.ledger_days": (1, 36500),
    "limits.max_actions": (1, 1000),
    "limits.action_seconds": (1, 600),
    "limits.login_failures": (1, 1000),
    "limits.invites_per_day": (0, 10**6),
    "limits.registrations_per_hour": (0, 10**6),
}
"""What numbers may be. Those that are not named: prices from 0, the others from 1 to a year of seconds."""


def _ranges(config: Config) -> list[str]:
    found = []
    for table in ("limits", "money", "gc", "executor", "security"):
        for key, value in attrs.asdict(getattr(config, table)).items():
            if not isinstance(value, int):
                continue
            usual = (0, 10**9) if table == "money" else (1, 366 * 86400)
            least, most = RANGES.get(f"{table}.{key}", usual)
            if not least <= value <= most:
                found.append(f"{table}.{key}: has to be from {least} to {most}")
    return found
