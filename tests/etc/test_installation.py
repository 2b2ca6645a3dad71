"""The files of etc/, in a suite that is made of them."""

import configparser
import json
import re
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from OpenSSL import SSL
from twisted.internet.endpoints import serverFromString

from awt import config
from awt.amqp.topology import exchanges, rights
from awt.testing.certificate import make_certificate
from awt.testing.memcached import Memcached
from awt.testing.process import PATIENCE, user
from awt.testing.site import Browser
from awt.testing.website import Website
from awt.testing.xmpp_user import XmppUser
from tests.etc.files import ETC
from tests.etc.installation import USERS, Installation, may_change_user

EXAMPLES = sorted(path for path in ETC.glob("*.example.toml") if path.name != "awt.example.toml")


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation() as made:
        yield made


def filled(path: Path, tmp_path: Path) -> Path:
    """Return an example with a password and certificates that there are."""
    for name in ("cert.pem", "chain.pem"):
        make_certificate(tmp_path / name)
    shutil.copy(tmp_path / "cert.pem", tmp_path / "privkey.pem")
    file = tmp_path / path.name
    text = path.read_text().replace("PROXY-PASSWORD", "for-machines-to-show")
    file.write_text(re.sub(r"/etc/awt/(\w+\.pem)", rf"{tmp_path}/\1", text))
    return file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_of_a_configuration_can_be_used_with_a_password(
    path: Path, tmp_path: Path
) -> None:
    found = config.load(path=str(filled(path, tmp_path)), environ={})
    assert found.role == tomllib.loads(path.read_text())["role"]
    assert found.parts_to_run


@pytest.mark.filterwarnings("ignore:Passing pyOpenSSL")  # the endpoint of Twisted does
def test_a_proxy_elsewhere_shows_the_certificates_between_its_own_and_the_authority(
    tmp_path: Path,
) -> None:
    example = filled(ETC / "proxy.example.toml", tmp_path)
    listen = config.load(path=str(example), environ={}).proxy.listen
    context = serverFromString(None, listen)._sslContextFactory.getContext()
    server, client = SSL.Connection(context), SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    server.set_accept_state()
    client.set_connect_state()
    for one, other in ((client, server), (server, client), (client, server)):
        with suppress(SSL.WantReadError):
            one.do_handshake()
        other.bio_write(one.bio_read(2**16))
    assert len(client.get_peer_cert_chain() or ()) == 2


def test_places_to_be_changed_are_named_at_the_top_of_each_file() -> None:
    places = re.compile(r"[A-Z]+-(?:PASSWORD|SECRET|TOKEN)\b")
    for path in [*EXAMPLES, ETC / "prosody/awt.cfg.lua", ETC / "mariadb/awt.sql"]:
        head, _, rest = path.read_text().partition("\n\n")
        if path.suffix == ".sql":
            head, _, rest = path.read_text().partition("\nCREATE")
        assert set(places.findall(rest)) == set(places.findall(head)) != set(), path


def test_a_stranger_becomes_a_member_and_checks_a_page(installation: Installation) -> None:
    prosody = installation.prosody
    with Website() as website, XmppUser("ann@example.com", port=prosody.port) as ann:
        ann.say(prosody.bot("base"), "hello")
        link = ann.expect(prosody.bot("base"), "http").link
        assert Browser(installation.site).click(link).status == 303
        ann.say(prosody.bot("webtest"), f"#check {website.url}/")
        assert website.url in ann.expect(prosody.bot("webtest"), "200", seconds=PATIENCE).body


def test_each_node_is_a_user_of_its_own_and_nobody_else_may_read_its_configuration(
    installation: Installation,
) -> None:
    for name, node in installation.nodes.items():
        status = Path(f"/proc/{node.pid}/status").read_text()
        [uid] = set(re.findall(r"^Uid:\s+(.+)$", status, re.MULTILINE)[0].split())
        file = (installation.etc / f"{name}.toml").stat()
        assert int(uid) == file.st_uid
        assert file.st_mode & 0o777 == 0o600
        if may_change_user():
            assert int(uid) == USERS[name]
            assert re.findall(r"^CapBnd:\s+(\w+)$", status, re.MULTILINE) == ["0" * 16]


def test_nodes_write_lines_of_json_without_a_secret(installation: Installation) -> None:
    for node in installation.nodes.values():
        assert node.lines()
        secret = re.compile("|".join(installation._secret.values()))
        assert not secret.search(node.log)
        assert b"password" not in Path(f"/proc/{node.pid}/cmdline").read_bytes()


def test_the_broker_gives_a_node_the_rights_of_the_topology_however_often_it_is_told(
    installation: Installation,
) -> None:
    document = installation.awt("base", "broker")
    assert installation._secret["base"] not in document
    installation.rabbitmqctl("import_definitions", said=document)
    granted = rights(services=["base"], ims=["jabber"])
    said = installation.rabbitmqctl("-q", "--formatter=json", "list_user_permissions", "base")
    assert json.loads(said) == [
        {
            "vhost": "awt",
            "configure": granted.configure,
            "write": granted.write,
            "read": granted.read,
        }
    ]
    said = installation.rabbitmqctl("-q", "--formatter=json", "list_user_topic_permissions", "base")
    found = {line["exchange"]: (line["write"], line["read"]) for line in json.loads(said)}
    assert found == dict.fromkeys(exchanges(), (granted.write_keys, granted.read_keys))


def test_mariadb_is_as_its_file_says(installation: Installation) -> None:
    parser = configparser.ConfigParser()
    parser.read(ETC / "mariadb" / "awt.cnf")
    wanted = {key.replace("-", "_"): value for key, value in parser["mariadbd"].items()}
    with installation.mariadb.connect() as connection, connection.cursor() as cursor:
        for name, value in wanted.items():
            variable = "tx_isolation" if name == "transaction_isolation" else name
            cursor.execute(f"SELECT @@GLOBAL.{variable}")
            assert str(cursor.fetchone()[0]) == value, name  # type: ignore[index]
        cursor.execute("SHOW GRANTS FOR awt@'127.0.0.1'")
        grants = " ".join(line for (line,) in cursor.fetchall())
    assert "ALL PRIVILEGES" not in grants
    assert "ON *.*" not in grants.replace("GRANT USAGE ON *.*", "")


def test_memcached_starts_with_its_file_and_listens_on_this_machine_without_udp() -> None:
    lines = [
        line.split(maxsplit=1) for line in (ETC / "memcached/awt.conf").read_text().splitlines()
    ]
    options = {line[0]: line[1] for line in lines if line and line[0].startswith("-")}

    class AsInTheFile(Memcached):
        def command(self) -> list[str]:
            ours = {"-p": str(self.port), "-u": user(), "-P": str(self.directory / "pid")}
            assert set(ours) <= set(options)
            words = [word for pair in (options | ours).items() for word in pair]
            return [super().command()[0], *words]

    with AsInTheFile() as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            connection.sendall(b"stats settings\r\n")
            said = connection.recv(10000).decode()
    assert "STAT inter 127.0.0.1\r\n" in said
    assert "STAT udpport 0\r\n" in said


def test_nginx_asks_the_server_node_where_that_listens() -> None:
    text = (ETC / "nginx" / "awt.conf").read_text()
    bare = re.sub(r"#.*", "", text)
    assert bare.count("{") == bare.count("}")
    listens = config.load(path=str(ETC / "server.example.toml"), environ={})
    port = listens.web.listen.split(":")[1]
    assert set(re.findall(r"proxy_pass http://127\.0\.0\.1:(\d+);", bare)) == {port}
    assert listens.web.behind_proxy
    assert listens.site_url.removeprefix("https://") in re.findall(r"server_name (\S+);", bare)


def test_nginx_logs_no_token_of_a_link() -> None:
    bare = re.sub(r"^#.*", "", (ETC / "nginx" / "awt.conf").read_text(), flags=re.MULTILINE)
    [logged] = re.findall(r"^log_format awt '(.*)';$", bare, re.MULTILINE)
    assert set(re.findall(r"\$\w+", logged)) == {
        "$remote_addr",
        "$time_iso8601",
        "$request_method",
        "$awt_path",
        "$status",
        "$body_bytes_sent",
    }
    logs = set(re.findall(r"^ *(?:access_log|error_log) (.*);$", bare, re.MULTILINE))
    assert logs == {"/var/log/nginx/awt.log awt", "/var/log/nginx/awt.error.log crit"}
    [(pattern, shown)] = re.findall(r'"~(\^.*)" "(.*)";', bare)

    def path(uri: str) -> str:
        return re.sub(pattern, shown.replace("$1", r"\1"), uri)

    assert path("/shared/TOKEN") == "/shared/***"
    assert path("/shared/TOKEN/shots/1") == "/shared/***/shots/1"
    assert path("/tests/1") == "/tests/1"


def test_no_file_of_ours_starts_as_root() -> None:
    done = subprocess.run(["grep", "-rlE", "^User=root", str(ETC)], check=False)
    assert done.returncode == 1
