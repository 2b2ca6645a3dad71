"""The configuration: TOML and ``AWT_*`` variables, checked whole, all problems reported together."""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import attrs
import msgspec
from attrs import field, frozen
from twisted.internet.endpoints import clientFromString, serverFromString
from twisted.internet.interfaces import IReactorCore

from awt.errors import ConfigError
from awt.model.loopback import LOCAL, LOOPBACK
from awt.model.remote import is_host
from awt.model.settings import Limits, Money, Purge, Settings
from awt.model.status import KINDS
from awt.roles import PARTS, ROLES, TESTS, WITH_DATABASE, WITHOUT_DATABASE


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
    connections: int = 8
    timeout_seconds: int = 10


@frozen(kw_only=True)
class Test:
    """``[test]``: what users' tests may reach."""

    __test__ = False
    allow_private_addresses: tuple[str, ...] = ()


@frozen(kw_only=True)
class RemoteServices:
    """``[remote]``: where services that are other programs may be."""

    hosts: tuple[str, ...] = ()
    allow_private_addresses: tuple[str, ...] = ()


@frozen(kw_only=True)
class Executor:
    """``[executor]``: how many tests run at once on this node, and in which browser."""

    slots: int = 8
    browser: str = ""
    browser_user: str = "nobody"


@frozen(kw_only=True)
class Webdriver:
    """``[webdriver]``: a W3C endpoint whose browsers run tests: a driver, a Selenium Grid, a cloud."""

    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    capabilities: dict[str, Any] = field(factory=lambda: {"browserName": "chrome"}, repr=False)
    proxy_address: str = ""
    proxy_interface: str = ""
    unfiltered: bool = False

    @property
    def secret(self) -> str:
        """The password, from its file if it has one."""
        return _secret(self.password_file, self.password)

    @property
    def browser(self) -> str:
        """The name of the browser."""
        return str(self.capabilities.get("browserName", ""))

    @property
    def announced(self) -> str:
        """This node as the browser sees it; empty where its way to the network is not ours."""
        if self.unfiltered:
            return ""
        return self.proxy_address or (LOCAL if _host_of(self.url) in LOOPBACK else "")


@frozen(kw_only=True)
class Proxies:
    """``[proxies]``: where the action `proxy` goes, by region: ``host:port`` or ``http(s)://host:port``."""

    us: str = field(default="", repr=False)  # they may have a password
    fr: str = field(default="", repr=False)
    cn: str = field(default="", repr=False)
    ru: str = field(default="", repr=False)
    default: str = field(default="", repr=False)
    password_file: str = ""

    @property
    def by_region(self) -> dict[str, str]:
        """Those that are set, with the password of the file where they have a user and no password."""
        named = {name: getattr(self, name) for name in REGIONS}
        return {name: self._whole(url) for name, url in named.items() if url}

    def _whole(self, url: str) -> str:
        if not self.password_file:
            return url
        parsed = urlsplit(url if "://" in url else f"http://{url}")
        if not parsed.username or parsed.password is not None:
            return url
        return _with_password(parsed.geturl(), self.password_file)


REGIONS: Final = ("us", "fr", "cn", "ru", "default")
"""The keys of ``[proxies]`` that are regions."""


@frozen(kw_only=True)
class ProxyConfig:
    """``[proxy]``: the part `proxy`, which the executors of other machines send requests through."""

    listen: str = "tcp:3128"
    users: tuple[str, ...] = field(default=(), repr=False)
    users_file: str = ""
    connections: int = 400

    @property
    def passwords(self) -> tuple[tuple[str, str], ...]:
        """Names, each with a password, also from the file. While one is renewed, a name has two."""
        text = Path(self.users_file).read_text(encoding="utf-8") if self.users_file else ""
        lines = [line.strip() for line in text.splitlines()]
        every = [*self.users, *(line for line in lines if line and not line.startswith("#"))]
        return tuple((name, word) for name, _, word in (each.partition(":") for each in every))


@frozen(kw_only=True)
class Security:
    """``[security]``: how costly a password is to guess (bcrypt rounds, 4 to 16)."""

    bcrypt_rounds: int = 12


@frozen(kw_only=True)
class Xmpp:
    """``[xmpp]``: the server that assistants are connected to; ``[xmpp.<service>]`` for one of them."""

    component: str = ""
    domain: str = ""
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    overrides: dict[str, "Xmpp"] = field(factory=dict)
    """What ``[xmpp.<service>]`` says, by service."""

    def of(self, service: str) -> "Xmpp":
        """Return what holds for a service."""
        own = self.overrides.get(service, Xmpp())
        secret = own if own.secret or own.secret_file else self
        return Xmpp(
            component=own.component or self.component,
            domain=own.domain or self.domain,
            secret=secret.secret,
            secret_file=secret.secret_file,
        )

    @property
    def password(self) -> str:
        """The secret, from its file if it has one."""
        return _secret(self.secret_file, self.secret)


@frozen(kw_only=True)
class Skype:
    """``[skype]``: a server that speaks Skype's HTTP API; ``[skype.<service>]`` for an assistant's account.

    Off without an address: the network that this API was made for was closed in 2025.
    """

    base_url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    contacts_seconds: int = 10
    """How often contacts are looked at: the network tells of none that asks, agrees or leaves."""
    overrides: dict[str, "Skype"] = field(factory=dict)
    """What ``[skype.<service>]`` says, by service. An account serves one assistant."""

    def of(self, service: str) -> "Skype":
        """Return what holds for a service: ``[skype]`` itself names the account of ``base``."""
        own = self.overrides.get(service) or (self if service == "base" else Skype())
        return Skype(
            base_url=own.base_url or self.base_url,
            user=own.user,
            password=own.password,
            password_file=own.password_file,
            contacts_seconds=self.contacts_seconds,
        )

    @property
    def is_carried(self) -> bool:
        """Whether this node signs in to the account: without a password it only knows of it."""
        return bool(self.base_url and self.user and (self.password or self.password_file))

    @property
    def secret(self) -> str:
        """The account's password, from its file if it has one."""
        return _secret(self.password_file, self.password)


@frozen(kw_only=True)
class AmqpConfig:
    """``[amqp]``: the broker; without a URL role ``all`` keeps its queues in the database."""

    url: str = field(default="", repr=False)
    password_file: str = ""
    ca_file: str = ""


@frozen(kw_only=True)
class MemcachedConfig:
    """``[memcached]``: where server nodes count together; without servers each counts in its process."""

    servers: tuple[str, ...] = ()
    prefix: str = "awt"


@frozen(kw_only=True)
class Server:
    """``[server]``: the server node that a client node calls, and the token that it shows there."""

    url: str = ""
    token: str = field(default="", repr=False)
    token_file: str = ""
    ca_file: str = ""

    @property
    def secret(self) -> str:
        """The token, from its file if it has one."""
        return _secret(self.token_file, self.token)


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
    ims: tuple[str, ...] = ()
    """Kinds of IM that the installation carries; empty: webchat, and those that are configured."""
    demo: bool = True
    """Role all: a paid sample service stands in the catalogue."""
    web: Web = field(factory=Web)
    database: DatabaseConfig = field(factory=DatabaseConfig)
    amqp: AmqpConfig = field(factory=AmqpConfig)
    memcached: MemcachedConfig = field(factory=MemcachedConfig)
    server: Server = field(factory=Server)
    xmpp: Xmpp = field(factory=Xmpp)
    skype: Skype = field(factory=Skype)
    limits: Limits = field(factory=Limits)
    money: Money = field(factory=Money)
    gc: Purge = field(factory=Purge)
    test: Test = field(factory=Test)
    remote: RemoteServices = field(factory=RemoteServices)
    executor: Executor = field(factory=Executor)
    webdriver: Webdriver = field(factory=Webdriver)
    proxies: Proxies = field(factory=Proxies)
    proxy: ProxyConfig = field(factory=ProxyConfig)
    security: Security = field(factory=Security)

    @property
    def directory(self) -> Path:
        """The data directory."""
        return Path(self.data_dir)

    @property
    def shots_directory(self) -> Path:
        """Where screenshots lie."""
        return self.directory / "shots"

    @property
    def database_url(self) -> str:
        """The database's URL, with the password from its file."""
        url = self.database.url or f"sqlite:///{self.directory / 'awt.db'}"
        return _with_password(url, self.database.password_file)

    @property
    def amqp_url(self) -> str:
        """The broker's URL, with the password from its file; empty where there is no broker."""
        return _with_password(self.amqp.url, self.amqp.password_file)

    @property
    def has_database(self) -> bool:
        """Whether this node works on the database itself."""
        return self.role not in WITHOUT_DATABASE

    @property
    def parts_to_run(self) -> tuple[str, ...]:
        """The parts that this node runs."""
        if self.parts:
            return self.parts
        return tuple(part for part in ROLES[self.role] if self._is_wanted(part))

    def _is_wanted(self, part: str) -> bool:
        if part == "xmpp":
            return bool(self.xmpp.of(self.service).component)
        if part == "skype":
            names = [name for name, _ in self.skype_accounts(self.service)]
            return any(self.skype.of(name).is_carried for name in names)
        return part != "executor" or self.role != "client" or self.service == TESTS

    def skype_accounts(self, service: str = "") -> tuple[tuple[str, str], ...]:
        """Return the accounts of assistants on Skype, of one service or of all that have one."""
        names = {service} if service else {"base", *self.skype.overrides}
        found = {name: self.skype.of(name) for name in sorted(names)}
        return tuple((name, of.user) for name, of in found.items() if of.base_url and of.user)

    def _ims(self) -> tuple[str, ...]:
        """Return the kinds of IM that there are where nothing else is said."""
        jabber = ("jabber",) if self.xmpp.domain else ()
        return ("webchat", *jabber, *(("skype",) if self.skype_accounts() else ()))

    def _xmpp_domains(self) -> tuple[tuple[str, str], ...]:
        if not self.xmpp.domain:
            return ()
        own = {name: of.domain for name, of in self.xmpp.overrides.items() if of.domain}
        return (("", self.xmpp.domain), *own.items())

    def settings(self) -> Settings:
        """Return what rules may look at."""
        return Settings(
            site_url=self.site_url.rstrip("/"),
            support=self.support,
            ims=self.ims or self._ims(),
            xmpp_domains=self._xmpp_domains(),
            skype_accounts=self.skype_accounts(),
            remote_hosts=self.remote.hosts,
            regions=tuple(self.proxies.by_region),
            limits=self.limits,
            money=self.money,
            purge=self.gc,
        )


def _secret(file: str, written: str) -> str:
    """Return a secret, from its file if it has one."""
    return Path(file).read_text().strip() if file else written


def _with_password(url: str, file: str) -> str:
    """Return a URL with the password of a file."""
    if not file:
        return url
    parsed = urlsplit(url)
    password = _secret(file, "")
    host = parsed.netloc.rpartition("@")[2]
    netloc = f"{quote(unquote(parsed.username or ''), safe='')}:{quote(password, safe='')}@{host}"
    return parsed._replace(netloc=netloc).geturl()


TABLES: Final = {
    name: kind
    for name, kind in Config.__annotations__.items()
    if isinstance(kind, type) and attrs.has(kind)
}
"""Table name -> its class."""


OVERRIDDEN: Final = ("xmpp", "skype")
"""Tables with a table for each service inside."""


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
    for kind in OVERRIDDEN:
        names.remove(f"{kind}.overrides")
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
        if prefix.removesuffix(".") in OVERRIDDEN and isinstance(value, Mapping):
            own = _convert(kind, value, f"{name}.", problems)
            good.setdefault("overrides", {})[key] = own
            continue
        if key not in kind.__annotations__ or key == "overrides":
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
            if isinstance(value, str) and wanted == dict[str, Any]:
                given = msgspec.json.decode(value)
            good[key] = msgspec.convert(given, wanted, strict=not isinstance(value, str))
        except msgspec.DecodeError as error:  # a ValidationError is one too
            problems.append(f"{name}: {str(error)[0].lower()}{str(error)[1:]}")
    return kind(**good)


def _with_defaults(config: Config, environ: Mapping[str, str]) -> Config:
    home = Path(environ.get("HOME") or "/")
    data_dir = Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "awt"
    return attrs.evolve(
        config,
        data_dir=config.data_dir or str(data_dir),
        site_url=(
            config.site_url
            or (config.role == "client" and config.server.url)
            or local_url(config.web.listen)
        ).rstrip("/"),
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
    for table in ("test", "remote"):
        for network in getattr(config, table).allow_private_addresses:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                problems.append(f"{table}.allow_private_addresses: {network!r} is no network")
    problems.extend(
        f"remote.hosts: {host!r} has to be host or host:port"
        for host in config.remote.hosts
        if not is_host(host)
    )
    problems.extend(
        f"ims: {kind!r} is none of {', '.join(KINDS)}" for kind in config.ims if kind not in KINDS
    )
    problems.extend(_role_problems(config))
    problems.extend(_database_problems(config.database))
    problems.extend(_amqp_problems(config.amqp))
    problems.extend(_memcached_problems(config.memcached))
    problems.extend(_server_problems(config.server))
    if "\0" in config.data_dir:
        problems.append("data_dir: cannot have the character NUL in it")
    problems.extend(_ranges(config))
    problems.extend(_xmpp(config.xmpp, reactor))
    problems.extend(_skype(config.skype))
    problems.extend(_webdriver(config.webdriver))
    problems.extend(_proxies_problems(config.proxies))
    problems.extend(_proxy_problems(config))
    for table in ("web", "proxy"):
        listen = getattr(config, table).listen
        try:
            serverFromString(reactor, listen)
        except Exception as error:  # noqa: BLE001 - each kind of endpoint has its own ways to fail
            problems.append(f"{table}.listen: {listen!r} is no endpoint: {error}")


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
    return found + _file_problems("database.password_file", config.password_file)


def _file_problems(key: str, name: str) -> list[str]:
    """Say when the file that a key names cannot be read."""
    try:
        _ = Path(name or os.devnull).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        return [f"{key}: {name!r}: {what}"]
    return []


def _only_tests(config: Config) -> str:
    """Say so where a node does nothing but run tests: it needs no broker."""
    alone = config.role in ROLES and config.parts_to_run == ("executor",)
    return "executor" if alone else ""


def _role_problems(config: Config) -> list[str]:
    """Say what a role needs and has not, or has and must not have."""
    role = config.role
    needed = {
        "server": {"amqp.url": config.amqp.url, "database.url": config.database.url},
        "client": {
            "service": config.service,
            "amqp.url": config.amqp.url or _only_tests(config),
            "server.url": config.server.url,
            "server.token": config.server.token or config.server.token_file,
        },
    }
    found = [
        f"{key}: role {role} needs it" for key, value in needed.get(role, {}).items() if not value
    ]
    if role == "client":
        if config.database.url:
            found.append("database.url: a client node has no database")
        found += [
            f"parts: a client node has no database for {part!r}"
            for part in config.parts
            if part in WITH_DATABASE
        ]
        if config.service and not config.parts_to_run:
            found.append(
                "parts: nothing to run: this client node has neither xmpp.component nor tests"
            )
    elif config.server.url:
        found.append(f"server.url: is for client nodes, and this is role {role}")
    if role == "proxy" and set(config.parts) - {"proxy"}:
        found.append("parts: a node of role proxy runs nothing else")
    return found


def _amqp_problems(config: AmqpConfig) -> list[str]:
    found = []
    if config.url:
        try:
            parsed = urlsplit(config.url)
            _ = parsed.port
        except ValueError as error:
            found.append(f"amqp.url: {error}")
        else:
            if parsed.scheme not in {"amqp", "amqps"} or not parsed.hostname:
                found.append("amqp.url: has to be amqp(s)://user:password@host:port/vhost")
    found += _file_problems("amqp.password_file", config.password_file)
    return found + _file_problems("amqp.ca_file", config.ca_file)


def _memcached_problems(config: MemcachedConfig) -> list[str]:
    found = []
    for server in config.servers:
        host, _, port = server.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
            found.append(f"memcached.servers: {server!r} is not host:port")
    if not re.fullmatch(r"[!-~]{1,64}", config.prefix):
        found.append("memcached.prefix: has to be 1 to 64 ASCII characters without a space")
    return found


def _server_problems(config: Server) -> list[str]:
    found = []
    if config.url and not _is_origin(config.url):
        found.append("server.url: has to be http(s)://host[:port], without a path")
    if any(not 32 < ord(char) < 127 for char in config.token):  # noqa: PLR2004 - a header takes no other
        found.append("server.token: has to be what `awt node add` printed")
    found += _file_problems("server.token_file", config.token_file)
    return found + _authority_problems("server.ca_file", config.ca_file)


def _proxies_problems(config: Proxies) -> list[str]:
    found = _file_problems("proxies.password_file", config.password_file)
    for region in REGIONS:
        url = getattr(config, region)
        if url and not _is_proxy(url):
            found.append(f"proxies.{region}: has to be http(s)://user:password@host:port")
        elif f":{PLACEHOLDER}@" in url:
            found.append(f"proxies.{region}: {_PLACEHELD}")
    return found


def _is_proxy(url: str) -> bool:
    """Tell whether the action `proxy` can go there."""
    try:
        parsed = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parsed.hostname, parsed.port
    except ValueError:
        return False
    bare = parsed.path in {"", "/"} and not (parsed.query or parsed.fragment)
    known = parsed.scheme in {"http", "https"}
    return bool(host) and str(host).isascii() and port != 0 and bare and known


def _proxy_problems(config: Config) -> list[str]:
    """Say who cannot be let in by the part `proxy`."""
    found = _file_problems("proxy.users_file", config.proxy.users_file)
    if found:
        return found
    passwords = config.proxy.passwords
    runs = config.role in ROLES and "proxy" in config.parts_to_run
    if runs and not passwords:
        found.append("proxy.users: part proxy needs them, or proxy.users_file")
    for number, (name, password) in enumerate(passwords, 1):
        # What has no colon may be a password.
        which = repr(name) if password else f"number {number}"
        if password == PLACEHOLDER:
            found.append(f"proxy.users: {which}: {_PLACEHELD}")
        elif not name or len(password) < LEAST_SECRET:
            found.append(
                f"proxy.users: {which} has to be NAME:PASSWORD, with {LEAST_SECRET} characters or more"
            )
    return found


PLACEHOLDER: Final = "PROXY-PASSWORD"
"""What stands for a password at a proxy in files that everybody can read."""
_PLACEHELD: Final = (
    f"{PLACEHOLDER} is to be changed, everybody knows it; `openssl rand -hex 16` makes a good one"
)
LEAST_SECRET: Final = 12
"""Characters of a password that a machine shows to another: nobody has to remember it."""


def _authority_problems(key: str, name: str) -> list[str]:
    """Say when the file that a key names has no certificate in it."""
    found = _file_problems(key, name)
    if name and not found and "-----BEGIN CERTIFICATE-----" not in Path(name).read_text():
        found.append(f"{key}: {name!r}: there is no certificate in it")
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
    "database.connections": (1, 64),
    "database.timeout_seconds": (2, 300),
    "executor.slots": (1, 50),
    "proxy.connections": (1, 100_000),
    "security.bcrypt_rounds": (4, 16),
    "skype.contacts_seconds": (1, 3600),
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


def _xmpp(config: Xmpp, reactor: IReactorCore | None) -> list[str]:
    found = []
    every = {"xmpp": config} | {f"xmpp.{name}": config.of(name) for name in config.overrides}
    for table, one in every.items():
        if not one.component:
            continue
        try:
            clientFromString(reactor, one.component)
        except Exception as error:  # noqa: BLE001 - each kind of endpoint has its own ways to fail
            found.append(f"{table}.component: {one.component!r} is no endpoint: {error}")
        if not one.domain:
            found.append(
                f"{table}.domain: has to be the server's domain where there is a component"
            )
        if not one.secret and not one.secret_file:
            found.append(f"{table}.secret: has to be what the server calls component_secret")
        if one.secret_file and not Path(one.secret_file).is_file():
            found.append(f"{table}.secret_file: {one.secret_file!r} is no file")
    return found


def _skype(config: Skype) -> list[str]:
    found = []
    every = {"skype": config} | {f"skype.{name}": config.of(name) for name in config.overrides}
    for table, one in every.items():
        host = _host_of(one.base_url)
        if one.base_url and not host:
            found.append(f"{table}.base_url: has to be http(s)://host[:port][/path]")
        if f".{host}".endswith((".skype.com", ".live.com", ".microsoft.com")):
            found.append(f"{table}.base_url: {host} was closed in 2025; name a compatible server")
        if one.user and not one.base_url:
            found.append(f"{table}.base_url: has to be the address of a compatible server")
        if (one.password or one.password_file) and not one.user:
            found.append(f"{table}.user: has to be the account of the password")
        found += _file_problems(f"{table}.password_file", one.password_file)
    users = [config.of(name).user.casefold() for name in {"base", *config.overrides}]
    users = [user for user in users if user]
    if len(set(users)) < len(users):
        found.append("skype.user: each assistant needs an account of its own")
    return found


FILTERED: Final = ("chrome", "MicrosoftEdge")
"""Browsers, by ``browserName``, that can be kept to a proxy whatever a page does."""
OWN: Final = ("--proxy", "proxy", "--no-proxy", "no-proxy", "--host-resolver", "host-resolver")
"""How switches begin that only this node may set."""


def _webdriver(config: Webdriver) -> list[str]:
    if not config.url:
        return []
    found = []
    if not _host_of(config.url):
        found.append(
            "webdriver.url: has to be http(s)://host[:port][/path]; user and password are keys"
        )
    if (config.password or config.password_file) and not config.user:
        found.append("webdriver.user: has to be whose password this is")
    found += _file_problems("webdriver.password_file", config.password_file)
    if not config.browser:
        found.append('webdriver.capabilities: have to name a browser: { browserName = "chrome" }')
    misshapen = _misshapen(config.capabilities)
    found += misshapen
    for key, address in (
        ("proxy_address", config.proxy_address),
        ("proxy_interface", config.proxy_interface),
    ):
        if config.unfiltered and address:
            found.append(f"webdriver.{key}: there is no proxy where webdriver.unfiltered is true")
    if config.proxy_interface and not _is_address(config.proxy_interface):
        found.append(f"webdriver.proxy_interface: {config.proxy_interface!r} is no IP address")
    elif config.announced and not config.proxy_interface and not _is_address(config.announced):
        found.append(
            "webdriver.proxy_interface: has to be the IP address of webdriver.proxy_address here"
        )
    if not config.unfiltered and not misshapen:
        found += _unassured(config)
    return found


def _misshapen(capabilities: Mapping[str, Any]) -> list[str]:
    """Say which options of browsers are not as this node, which adds its own, has to find them."""
    found = []
    for name, options in capabilities.items():
        if not isinstance(options, dict):
            if name.endswith("Options"):
                found.append(f"webdriver.capabilities: {name} has to be a table")
            continue
        switches = options.get("args", [])
        if not isinstance(switches, list) or not all(isinstance(each, str) for each in switches):
            found.append(f"webdriver.capabilities: {name}: args has to be a list of strings")
    return found


def _unassured(config: Webdriver) -> list[str]:
    """Say why it is not sure that what a test may not reach is kept from it at the endpoint."""
    found = []
    cure = "or webdriver.unfiltered = true, and tests reach all that the browser can"
    if not config.announced:
        found.append(
            "webdriver.proxy_address: has to be the address of this node at which the browser"
            f" reaches it, {cure}"
        )
    if config.browser and config.browser not in FILTERED:
        found.append(
            f"webdriver.capabilities: {config.browser} may go round a proxy: take"
            f" {' or '.join(FILTERED)}, {cure}"
        )
    if "proxy" in config.capabilities:
        found.append(f"webdriver.capabilities: proxy is set by this node: leave it out, {cure}")
    for name, options in config.capabilities.items():
        switches = options.get("args", ()) if isinstance(options, dict) else ()
        found += [
            f"webdriver.capabilities: {name}: {switch} is set by this node: leave it out, {cure}"
            for switch in switches
            if switch.startswith(OWN)
        ]
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _host_of(url: str) -> str:
    """Return the host of http(s)://host[:port][/path]; empty for what is no such address."""
    try:
        parsed = urlsplit(url)
        _ = parsed.port
    except ValueError:
        return ""
    plain = not (parsed.username or parsed.password or parsed.query or parsed.fragment)
    return (parsed.hostname or "") if plain and parsed.scheme in {"http", "https"} else ""


def _ranges(config: Config) -> list[str]:
    found = []
    for table in (
        "database",
        "limits",
        "money",
        "gc",
        "executor",
        "proxy",
        "security",
        "skype",
    ):
        for key, value in attrs.asdict(getattr(config, table)).items():
            if not isinstance(value, int):
                continue
            usual = (0, 10**9) if table == "money" else (1, 366 * 86400)
            least, most = RANGES.get(f"{table}.{key}", usual)
            if not least <= value <= most:
                found.append(f"{table}.{key}: has to be from {least} to {most}")
    return found
