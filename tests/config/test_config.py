"""The configuration: from a file, the environment and the command line, and everything wrong with it."""

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from awt.config import TABLES, Config, load
from awt.db.engine import sqlalchemy_url
from awt.errors import ConfigError
from awt.roles import PARTS, ROLES


def loaded(text: str, tmp_path: Path, **more: Any) -> Config:
    """Load a file with these lines, in an empty environment."""
    path = tmp_path / "awt.toml"
    path.write_text(text, encoding="utf-8")
    return load(path=str(path), **({"environ": {"HOME": "/home/ann"}} | more))


def problems(text: str, tmp_path: Path, **more: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(text, tmp_path, **more)
    return caught.value.problems


def test_nothing_has_to_be_configured() -> None:
    found = load(environ={"HOME": "/home/ann"})
    assert found.role == "all"
    networks = {"xmpp", "skype"}
    assert found.parts_to_run == tuple(part for part in ROLES["all"] if part not in networks)
    assert found.site_url == "http://127.0.0.1:8080"
    assert found.data_dir == "/home/ann/.local/share/awt"
    assert found.database_url == "sqlite:////home/ann/.local/share/awt/awt.db"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_DATA_HOME": "/data"}, "/data/awt"),
        ({"XDG_DATA_HOME": "/data", "AWT_DATA_DIR": "/var/lib/awt"}, "/var/lib/awt"),
        ({}, "/.local/share/awt"),
        ({"HOME": ""}, "/.local/share/awt"),
    ],
)
def test_the_data_has_a_place_in_every_environment(environ: dict[str, str], expected: str) -> None:
    assert load(environ=environ).data_dir == expected


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("tcp:9000:interface=127.0.0.1", "http://127.0.0.1:9000"),
        ("tcp:9000", "http://127.0.0.1:9000"),
        ("tcp:9000:interface=0.0.0.0", "http://127.0.0.1:9000"),
        ("tcp:80:interface=192.0.2.7", "http://192.0.2.7:80"),
        ("unix:/run/awt.sock", "http://127.0.0.1:8080"),
    ],
)
def test_links_begin_with_where_the_site_listens_unless_told_otherwise(
    listen: str, url: str
) -> None:
    assert load(environ={"AWT_WEB_LISTEN": listen}).site_url == url
    told = {"AWT_WEB_LISTEN": listen, "AWT_SITE_URL": "https://awt.example/"}
    assert load(environ=told).site_url == "https://awt.example"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    text = 'node = "file"\nsupport = "file"\nservice = "file"\n[limits]\nmax_actions = 7\n'
    found = loaded(
        text,
        tmp_path,
        environ={"AWT_SUPPORT": "environment", "AWT_SERVICE": "environment", "AWT_NODE": ""},
        overrides={"service": "command", "role": ""},
    )
    assert (found.support, found.service, found.role) == ("environment", "command", "all")
    assert found.limits.max_actions == 7


@pytest.mark.parametrize(
    ("name", "value", "path", "expected"),
    [
        ("AWT_LIMITS_MAX_ACTIONS", "50", "limits.max_actions", 50),
        ("AWT_PARTS", "web, gc,", "parts", ("web", "gc")),
        ("AWT_PARTS", "", "parts", ()),
        ("AWT_MEMCACHED_SERVERS", "a:1, [::1]:2", "memcached.servers", ("a:1", "[::1]:2")),
        ("AWT_DEMO", "false", "demo", False),
        ("AWT_DEMO", "1", "demo", True),
        ("AWT_WEB_BEHIND_PROXY", "true", "web.behind_proxy", True),
        ("AWT_SECURITY_BCRYPT_ROUNDS", "4", "security.bcrypt_rounds", 4),
        (
            "AWT_TEST_ALLOW_PRIVATE_ADDRESSES",
            "10.0.0.0/8,::1",
            "test.allow_private_addresses",
            ("10.0.0.0/8", "::1"),
        ),
    ],
)
def test_the_environment_says_everything_as_text(
    name: str, value: str, path: str, expected: object
) -> None:
    found: Any = load(environ={name: value})
    for key in path.split("."):
        found = getattr(found, key)
    assert found == expected


def test_lists_stand_in_the_file_as_lists_or_with_commas(tmp_path: Path) -> None:
    assert loaded('parts = ["web", "gc"]', tmp_path).parts == ("web", "gc")
    assert loaded('parts = "web, gc"', tmp_path).parts == ("web", "gc")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        """
        role = "king"
        colour = "red"
        demo = 7
        parts = ["web", "throne", "web"]
        site_url = "ftp://awt.example"
        limits = 3
        [executor]
        slots = 0
        sloths = 1
        [security]
        bcrypt_rounds = "many"
        [web]
        listen = "nowhere"
        [test]
        allow_private_addresses = ["10.0.0.1/8"]
        [remote]
        hosts = ["bots.example.com", "10.0.0.7:8000", "[::1]:80", "http://x", "a/b", "a b", ""]
        allow_private_addresses = ["10.0.0.1/8"]
        [database]
        url = "postgresql://db/awt"
        password_file = "/nowhere/password"
        """,
        tmp_path,
    )
    named = {problem.partition(":")[0] for problem in found}
    assert named == {
        "role",
        "colour",
        "demo",
        "parts",
        "site_url",
        "limits",
        "executor.slots",
        "executor.sloths",
        "security.bcrypt_rounds",
        "web.listen",
        "test.allow_private_addresses",
        "remote.hosts",
        "remote.allow_private_addresses",
        "database.url",
        "database.password_file",
    }
    # parts: one is none, one is named twice; hosts: four are none
    assert len(found) == len(named) + 1 + 3
    assert all("\n" not in problem for problem in found)


@pytest.mark.parametrize(
    "line",
    [
        "[executor]\nslots = 51",
        "[executor]\nslots = true",
        "[executor]\nslots = 1.5",
        '[executor]\nslots = "2"',
        "[security]\nbcrypt_rounds = 3",
        "[limits]\nactivation_seconds = 0",
        "[limits]\nactivation_seconds = 99999999999999999999",
        "[limits]\nresend_per_minute = 0",
        "[gc]\npurge_days = -1",
        "[gc]\ninterval_seconds = 0",
        "[money]\nsign_up_bonus = -1",
        "[money]\ncurrency = 1",
        'site_url = "https://awt.example/path"',
        'site_url = "https://awt.example?x"',
        'site_url = "https://ann@awt.example"',
        'site_url = "https://awt example"',
        'site_url = "http://[::1"',
        'site_url = "http://awt.example:99999"',
        'site_url = "//awt.example"',
        'data_dir = "/var/\\u0000"',
        "data_dir = 1979-05-27",
        'parts = ["web", 1]',
        'parts = "throne"',
        '[web]\nlisten = ""',
        '[web]\nlisten = "tcp:http:interface"',
        '[web]\nlisten = "ssl:443:privateKey=/etc/hostname"',
        '[database]\nurl = "sqlite://awt.db"',
        '[database]\nurl = "sqlite:///"',
        '[database]\nurl = "mysql://user@host"',
        '[database]\nurl = "mysql:///name"',
        '[database]\nurl = "mysql://user@host:port/name"',
        '[database]\npassword_file = "/"',
        "[[web]]",
        "[database.url]\nx = 1",
    ],
)
def test_each_of_these_is_one_problem_in_one_line(line: str, tmp_path: Path) -> None:
    if line.endswith('slots = "2"'):  # as in the environment
        assert loaded(line, tmp_path).executor.slots == 2
        return
    [problem] = problems(line, tmp_path)
    assert "\n" not in problem
    assert not problem.startswith("awt.toml")


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b'support = "\xe4"')
    for path in (tmp_path / "missing.toml", tmp_path, tmp_path / "latin", Path("\0")):
        with pytest.raises(ConfigError, match=r"cannot be read|null byte"):
            load(path=str(path), environ={})


@pytest.mark.parametrize(
    "text", ["x = ", "x = 1\nx = 2", "a = " + "[" * 5000, "n = " + "9" * 5000, "d = 2026-13-40"]
)
def test_a_file_that_is_no_toml_is_a_problem(text: str, tmp_path: Path) -> None:
    assert len(problems(text, tmp_path)) == 1


def test_a_password_in_a_file_may_hold_anything(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss/wörd:#?%\n", encoding="utf-8")
    found = loaded(
        f'[database]\nurl = "mysql://awt:old@db:3307/awt"\npassword_file = "{secret}"', tmp_path
    )
    url = sqlalchemy_url(found.database_url)
    assert (url.username, url.password, url.host, url.port) == (
        "awt",
        "p@ss/wörd:#?%",
        "db",
        3307,
    )


def test_rules_get_their_part_of_it() -> None:
    found = load(environ={"AWT_SITE_URL": "https://awt.example/", "AWT_MONEY_SIGN_UP_BONUS": "5"})
    assert found.settings().site_url == "https://awt.example"
    assert found.settings().money.sign_up_bonus == 5
    assert found.settings().contact == "https://awt.example/faq"


def test_every_part_of_a_role_is_known() -> None:
    assert all(part in PARTS for parts in ROLES.values() for part in parts)


scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["tcp:0", "unix:", "http://x", "sqlite:///x", "mysql://a/b", "web", "/", "~"]),
)
values = st.one_of(scalars, st.lists(scalars, max_size=3))
names = sorted({field.name for kind in TABLES.values() for field in attrs.fields(kind)})
keys = st.sampled_from([*Config.__annotations__, *names, "colour", ""])
tables = st.dictionaries(
    keys, st.one_of(values, st.dictionaries(keys, values, max_size=5)), max_size=8
)


def toml(values: dict[str, Any]) -> str:
    """Write TOML, values before tables."""

    def text(value: str) -> str:
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'

    def value_of(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return "[" + ", ".join(value_of(part) for part in value) + "]"
        return str(value)

    lines = [f"{text(k)} = {value_of(v)}" for k, v in values.items() if not isinstance(v, dict)]
    for key, table in values.items():
        if isinstance(table, dict):
            lines += [f"[{text(key)}]", *(f"{text(k)} = {value_of(v)}" for k, v in table.items())]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write and load again and again."""
    return tmp_path_factory.mktemp("config") / "awt.toml"


@given(drawn=tables)
@example({"web": {"listen": "ssl:1:privateKey=/etc/passwd"}})
def test_whatever_the_file_says_it_is_loaded_or_refused(file: Path, drawn: dict[str, Any]) -> None:
    written = toml(drawn)
    tomllib.loads(written)
    file.write_text(written, encoding="utf-8")
    with suppress(ConfigError):
        found = load(path=str(file), environ={})
        assert found.parts_to_run
        assert found.database_url
        assert found.settings().site_url


@given(
    environ=st.dictionaries(
        st.sampled_from(
            [f"AWT_{name.upper()}" for name in Config.__annotations__]
            + [f"AWT_{t}_{f.name}".upper() for t, k in TABLES.items() for f in attrs.fields(k)]
        ),
        st.one_of(st.text(max_size=20), st.integers().map(str)),
        max_size=5,
    )
)
def test_whatever_the_environment_says_it_is_loaded_or_refused(environ: dict[str, str]) -> None:
    with suppress(ConfigError):
        load(environ=environ)


def test_a_server_node_needs_a_broker_and_a_database(tmp_path: Path) -> None:
    assert problems('role = "server"', tmp_path) == [
        "amqp.url: role server needs it",
        "database.url: role server needs it",
    ]


def test_a_client_node_needs_a_service_a_broker_and_a_server_and_no_database(
    tmp_path: Path,
) -> None:
    text = 'role = "client"\nparts = ["web", "w1"]\n[database]\nurl = "mysql://h/n"'
    assert problems(text, tmp_path) == [
        "service: role client needs it",
        "amqp.url: role client needs it",
        "server.url: role client needs it",
        "server.token: role client needs it",
        "database.url: a client node has no database",
        "parts: a client node has no database for 'web'",
    ]


def test_a_client_node_runs_what_is_configured_for_its_service(tmp_path: Path) -> None:
    text = """
        role = "client"
        service = "SERVICE"
        [amqp]
        url = "amqp://u:p@h/v"
        [server]
        url = "https://awt.example"
        token = "t"
        [xmpp.base]
        component = "tcp:127.0.0.1:5347"
        domain = "awt.example"
        secret = "s"
    """
    found = loaded(text.replace("SERVICE", "base"), tmp_path)
    assert (found.parts_to_run, found.has_database) == (("xmpp",), False)
    assert found.site_url == "https://awt.example"
    assert loaded(text.replace("SERVICE", "webtest"), tmp_path).parts_to_run == ("executor",)
    [problem] = problems(text.replace("SERVICE", "demo"), tmp_path)
    assert problem.startswith("parts: nothing to run")


XMPP = """
[xmpp]
component = "tcp:127.0.0.1:5347"
domain = "example.org"
secret = "of all"
[xmpp.webtest]
secret = "of one"
domain = "example.com"
"""


def test_a_server_for_assistants_switches_them_on_each_with_what_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "awt.toml"
    path.write_text(XMPP)
    found = load(path=str(path), environ={"HOME": "/home/ann"})
    assert found.parts_to_run == tuple(part for part in ROLES["all"] if part != "skype")
    base, webtest = found.xmpp.of("base"), found.xmpp.of("webtest")
    assert (base.component, base.domain, base.password) == (
        "tcp:127.0.0.1:5347",
        "example.org",
        "of all",
    )
    assert (webtest.component, webtest.domain, webtest.password) == (
        "tcp:127.0.0.1:5347",
        "example.com",
        "of one",
    )
    assert "of all" not in repr(found)
    settings = found.settings()
    assert settings.ims == ("webchat", "jabber")
    assert settings.jabber("base") == "assistant@base.example.org"
    assert settings.jabber("webtest") == "assistant@webtest.example.com"


def test_a_secret_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    environ = {
        "HOME": "/home/ann",
        "AWT_XMPP_COMPONENT": "tcp:127.0.0.1:5347",
        "AWT_XMPP_DOMAIN": "example.org",
        "AWT_XMPP_SECRET_FILE": str(secret),
    }
    assert load(environ=environ).xmpp.of("base").password == "hush"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[xmpp]\ncomponent = "tcp:1:2:3:4"', "xmpp.component: 'tcp:1:2:3:4' is no endpoint"),
        ('[xmpp]\ncomponent = "tcp:127.0.0.1:1"', "xmpp.domain: has to be"),
        ('[xmpp]\ncomponent = "tcp:127.0.0.1:1"\ndomain = "x"', "xmpp.secret: has to be"),
        (
            '[xmpp]\ncomponent = "tcp:h:1"\nsecret_file = "/no"',
            "xmpp.secret_file: '/no' is no file",
        ),
        ('[xmpp]\noverrides = "x"', "xmpp.overrides: there is no such key"),
        ("[xmpp.base]\ncolour = 1", "xmpp.base.colour: there is no such key"),
    ],
)
def test_what_is_wrong_with_a_server_for_assistants_is_said(
    text: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "awt.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(path=str(path), environ={"HOME": "/home/ann"})
    assert any(line.startswith(problem) for line in raised.value.problems), raised.value.problems


@pytest.mark.parametrize("server", ["localhost", ":11211", "a:port", "a:0", "a:65536", "a:"])
def test_a_memcached_is_a_host_and_a_port(server: str, tmp_path: Path) -> None:
    found = problems(f'[memcached]\nservers = ["ok:1", "{server}"]\nprefix = "a b"', tmp_path)
    assert found == [
        f"memcached.servers: {server!r} is not host:port",
        "memcached.prefix: has to be 1 to 64 ASCII characters without a space",
    ]


SKYPE = """
[skype]
base_url = "https://skype.example/api"
user = "awt.base"
password = "of base"
[skype.webtest]
user = "awt.webtest"
password = "of webtest"
[skype.demo]
user = "awt.demo"
"""


def test_accounts_on_skype_are_of_one_assistant_each(tmp_path: Path) -> None:
    found = loaded(SKYPE, tmp_path)
    assert "skype" in found.parts_to_run
    every = [found.skype.of(name) for name in ("base", "webtest", "demo", "other")]
    assert [(of.base_url, of.user, of.secret, of.is_carried) for of in every] == [
        ("https://skype.example/api", "awt.base", "of base", True),
        ("https://skype.example/api", "awt.webtest", "of webtest", True),
        ("https://skype.example/api", "awt.demo", "", False),
        ("https://skype.example/api", "", "", False),
    ]
    assert "of base" not in repr(found)
    assert "of webtest" not in repr(found)
    settings = found.settings()
    assert settings.ims == ("webchat", "skype")
    assert [place.address for place in settings.places("webtest")] == ["awt.webtest"]
    assert settings.places("other") == ()


def test_a_node_without_the_password_says_where_an_assistant_is_and_does_not_sign_in(
    tmp_path: Path,
) -> None:
    found = loaded('[skype]\nbase_url = "https://skype.example"\nuser = "awt"', tmp_path)
    assert "skype" not in found.parts_to_run
    assert found.settings().skype_accounts == (("base", "awt"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        *(
            (f'base_url = "{url}"', "skype.base_url: has to be http(s)://host[:port][/path]")
            for url in (
                "skype.example",
                "ftp://x",
                "http://",
                "http://[",
                "http://x:y/",
                "http://a:b@x",
            )
        ),
        ('base_url = "https://api.skype.com"', "skype.base_url: api.skype.com was closed in 2025"),
        ('base_url = "https://skype.com"', "skype.base_url: skype.com was closed in 2025"),
        ('user = "a"\npassword = "x"', "skype.base_url: has to be the address of a compatible"),
        ('base_url = "http://x"\npassword = "x"', "skype.user: has to be the account"),
        ('password_file = "/no"', "skype.password_file: '/no': No such file"),
        ("contacts_seconds = 0", "skype.contacts_seconds: has to be from 1 to 3600"),
        (
            'base_url = "http://x"\nuser = "A"\n[skype.webtest]\nuser = "a"',
            "skype.user: each assistant needs an account of its own",
        ),
    ],
)
def test_what_is_wrong_with_accounts_on_skype_is_said(
    text: str, problem: str, tmp_path: Path
) -> None:
    found = problems(f"[skype]\n{text}", tmp_path)
    assert any(line.startswith(problem) for line in found), found


def test_the_authority_of_the_server_node_is_a_file_with_a_certificate(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for name, problem in ((str(empty), "no certificate in it"), ("/nowhere.pem", "No such file")):
        [found] = problems(f'[server]\nca_file = "{name}"', tmp_path)
        assert found.startswith("server.ca_file: ")
        assert problem in found


def test_a_node_that_is_a_proxy_needs_those_whom_it_lets_in_and_nothing_else(
    tmp_path: Path,
) -> None:
    assert problems('role = "proxy"', tmp_path) == [
        "proxy.users: part proxy needs them, or proxy.users_file"
    ]
    file = tmp_path / "users"
    file.write_text("# nodes\n\nc2-1:a-secret-of-another\n")
    users = '"c1-1:a-secret-of-mine:x", "c1-1:the-next-secret"'
    text = f'role = "proxy"\n[proxy]\nusers = [{users}]\nusers_file = "{file}"'
    found = loaded(text, tmp_path)
    assert found.parts_to_run == ("proxy",)
    assert found.proxy.passwords == (
        ("c1-1", "a-secret-of-mine:x"),
        ("c1-1", "the-next-secret"),
        ("c2-1", "a-secret-of-another"),
    )
    assert "a-secret" not in repr(found)
    assert not found.has_database


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[proxy]\nusers = ["c1-1:short"]', "proxy.users: 'c1-1' has to be NAME:PASSWORD"),
        ('[proxy]\nusers = [":long-enough-to-be-one"]', "proxy.users: '' has to be NAME:PASSWORD"),
        ('[proxy]\nusers = ["secret-without-colon"]', "proxy.users: number 1 has to be NAME:"),
        (
            '[proxy]\nusers = ["c1-1:PROXY-PASSWORD"]',
            "proxy.users: 'c1-1': PROXY-PASSWORD is to be",
        ),
        ('[proxies]\nus = "http://me:PROXY-PASSWORD@p1"', "proxies.us: PROXY-PASSWORD is to be"),
        ('[proxies]\nus = "http://p1:0"', "proxies.us: has to be http(s)://"),
        ('[proxies]\nus = "http://пример:1"', "proxies.us: has to be http(s)://"),
        ('[proxy]\nusers_file = "/nowhere"', "proxy.users_file: '/nowhere': No such file"),
        ('[proxy]\nlisten = "tcp:x"', "proxy.listen: 'tcp:x' is no endpoint"),
        ("[proxy]\nconnections = 0", "proxy.connections: has to be from 1 to 100000"),
        ('[proxies]\nus = "socks5://p1:1"', "proxies.us: has to be http(s)://"),
        ('[proxies]\nus = "http://p1:99999"', "proxies.us: has to be http(s)://"),
        ('[proxies]\nfr = "http://p1/path"', "proxies.fr: has to be http(s)://"),
        ('[proxies]\nfr = "http://"', "proxies.fr: has to be http(s)://"),
        ('[proxies]\nde = "http://p1"', "proxies.de: there is no such key"),
        ('[proxies]\npassword_file = "/nowhere"', "proxies.password_file: '/nowhere': No such"),
    ],
)
def test_what_is_wrong_with_proxies_is_said(text: str, problem: str, tmp_path: Path) -> None:
    [said] = problems(text, tmp_path)
    assert said.startswith(problem)


def test_a_node_that_is_a_proxy_runs_nothing_else(tmp_path: Path) -> None:
    text = 'role = "proxy"\nparts = ["proxy", "gc"]\n[proxy]\nusers = ["a:long-enough-to-be-one"]'
    assert problems(text, tmp_path) == ["parts: a node of role proxy runs nothing else"]


def test_the_password_of_proxies_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("w@rd\n")
    found = loaded(
        '[proxies]\nus = "https://m%40e@p1.example:3128"\nfr = "p2.example"\ncn = "http://me:own@p3"\n'
        f'password_file = "{file}"',
        tmp_path,
    )
    assert found.proxies.by_region == {
        "us": "https://m%40e:w%40rd@p1.example:3128",
        "fr": "p2.example",
        "cn": "http://me:own@p3",
    }
    assert found.settings().regions == ("us", "fr", "cn")
