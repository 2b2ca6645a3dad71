"""A start that cannot succeed says why in one line for each reason, and ends with a status that tells."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awt.testing.ports import free_port
from awt.testing.process import PATIENCE
from awt.testing.site import RunningNode

TWISTD = Path(sys.executable).with_name("twistd")


def start(
    folder: Path, *, seconds: float = PATIENCE, **settings: str
) -> tuple[int, list[str], str]:
    """Start a node that is to fail; return its status, its lines on stderr and its stdout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWT_")}
    environment |= {
        "HOME": str(folder),
        "AWT_DATA_DIR": str(folder / "data"),
        "AWT_WEB_LISTEN": f"tcp:{free_port()}:interface=127.0.0.1",
    }
    environment |= {f"AWT_{name}": value for name, value in settings.items()}
    ended = subprocess.run(
        [TWISTD, "--nodaemon", "--pidfile=", "awt", "--role=all"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.returncode, ended.stderr.splitlines(), ended.stdout


def test_a_data_directory_and_a_port_that_cannot_be_had_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
        status, lines, _ = start(tmp_path, DATA_DIR=str(tmp_path / "file/data"), WEB_LISTEN=listen)
    assert status == 2
    directory, port = lines
    assert directory.startswith(f"awt: data_dir: {tmp_path}/file/data cannot be written")
    assert port.startswith(f"awt: web.listen: cannot listen on {listen}: Address already in use")


def test_every_bad_setting_is_named_at_once(tmp_path: Path) -> None:
    status, lines, _ = start(
        tmp_path,
        WEB_LISTEN="nowhere",
        SITE_URL="ftp://example.org",
        EXECUTOR_SLOTS="many",
        LIMITS_MAX_ACTIONS="0",
        TEST_ALLOW_PRIVATE_ADDRESSES="10.0.0.0/8, everywhere",
        DATABASE_URL="oracle://example.org",
    )
    assert status == 2
    names = sorted(line.split(":")[1].strip() for line in lines)
    assert names == [
        "database.url",
        "executor.slots",
        "limits.max_actions",
        "site_url",
        "test.allow_private_addresses",
        "web.listen",
    ]


def test_a_database_that_is_newer_than_the_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data/awt.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()
    status, lines, _ = start(tmp_path)
    assert status == 2
    [line] = lines
    assert "9999" in line
    assert "newer" in line


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/awt.db").write_bytes(b"This is not a database. " * 1000)
    status, lines, _ = start(tmp_path)
    assert status == 3
    [line] = lines
    assert "not a database" in line


def test_a_database_server_that_is_down_is_one_line(tmp_path: Path) -> None:
    url = f"mysql://awt:secret@127.0.0.1:{free_port()}/awt"
    status, lines, _ = start(tmp_path, DATABASE_URL=url)
    assert status == 3
    [line] = lines
    assert "database" in line
    assert "secret" not in line


def test_a_start_that_fails_later_ends_with_a_status_too(tmp_path: Path) -> None:
    status, lines, output = start(
        tmp_path, WEB_LISTEN="tcp:80:interface=192.0.2.1", SITE_URL="http://127.0.0.1"
    )
    assert status in {2, 3}
    assert len(lines) == 1, (lines, output)


@pytest.fixture
def node() -> Iterator[RunningNode]:
    with RunningNode() as running:
        yield running


def test_a_second_node_by_mistake_is_told_of_directory_and_port(
    node: RunningNode, tmp_path: Path
) -> None:
    listen = f"tcp:{node.port}:interface=127.0.0.1"
    status, lines, _ = start(tmp_path, DATA_DIR=str(node.data), WEB_LISTEN=listen)
    assert status == 2
    assert lines == [
        f"awt: data_dir: another node works in {node.data} (set AWT_DATA_DIR)",
        f"awt: web.listen: cannot listen on {listen}: Address already in use (set AWT_WEB_LISTEN)",
    ]
    assert node.running
