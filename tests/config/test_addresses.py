"""Addresses in the configuration: what cannot be one is a line, and a password may hold anything."""

from pathlib import Path

import pytest

from awt import config
from awt.db.engine import sqlalchemy_url
from awt.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("AWT_DATABASE_URL", "mysql://u:p@host:port/awt", "database.url: Port could not be cast"),
        ("AWT_DATABASE_URL", "mysql://[::/awt", "database.url: Invalid IPv6 URL"),
        ("AWT_SITE_URL", "http://[", "site_url: has to be"),
        ("AWT_SITE_URL", "http://host:port", "site_url: has to be"),
        ("AWT_SITE_URL", "http://:80", "site_url: has to be"),
    ],
)
def test_what_is_no_address_is_one_line(name: str, value: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(environ={name: value})
    [problem] = caught.value.problems
    assert problem.startswith(line)


@pytest.mark.parametrize("password", ["plain", "p@ss:w/rd", "100%", "%41", "a#b?c", "é б"])
def test_a_password_from_a_file_reaches_the_database_as_it_is(
    password: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{password}\n")
    found = config.load(
        environ={
            "AWT_DATABASE_URL": "mysql://awt@db.example:3307/awt",
            "AWT_DATABASE_PASSWORD_FILE": str(file),
        }
    )
    url = sqlalchemy_url(found.database_url)
    assert (url.username, url.password, url.host) == ("awt", password, "db.example")
    assert (url.port, url.database) == (3307, "awt")
