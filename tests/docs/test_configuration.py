"""The example of the configuration has every key, with its default and a line about it."""

import re
import tomllib
from typing import Any

import attrs

from awt import config
from awt.config import TABLES, Config
from tests.docs.documents import ROOT, blocks, codes, read, table

EXAMPLE = ROOT / "etc" / "awt.example.toml"


def defaults() -> dict[str, Any]:
    """Return keys and defaults of the configuration, as TOML has them."""
    found = attrs.asdict(Config(), filter=_is_key, value_serializer=_as_toml)
    return {key: found[key] for key in Config.__annotations__}


def _is_key(attribute: Any, _value: Any) -> bool:
    return str(attribute.name) != "overrides"  # tables of a service each, not a key


def _as_toml(_owner: object, _field: object, value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_the_example_has_every_key_with_its_default_and_no_other() -> None:
    assert tomllib.loads(EXAMPLE.read_text()) == defaults()


def test_the_example_has_the_types_of_the_defaults() -> None:
    def types(value: Any) -> Any:
        return {k: types(v) for k, v in value.items()} if isinstance(value, dict) else type(value)

    assert types(tomllib.loads(EXAMPLE.read_text())) == types(defaults())


def test_the_example_changes_nothing() -> None:
    home = {"HOME": "/home/ann"}
    assert config.load(path=str(EXAMPLE), environ=home) == config.load(environ=home)


def test_every_key_of_the_example_has_a_comment() -> None:
    for line in EXAMPLE.read_text().splitlines():
        if re.match(r"\w+ = ", line):
            assert re.search(r"  # \w.{9,}$", line), line


def test_the_variables_of_the_readme_are_the_keys_of_their_names() -> None:
    rows = table(read("README.md"), "variable", "default")
    names = [codes(row[0])[0] for row in rows]
    assert names == ["AWT_DATA_DIR", "AWT_WEB_LISTEN", "AWT_SITE_URL"]
    given = {"HOME": "/home/ann"} | dict.fromkeys(names, "http://127.0.0.1:1")
    given["AWT_WEB_LISTEN"] = "tcp:1:interface=127.0.0.1"
    found = config.load(environ=given)
    assert (found.data_dir, found.site_url) == ("http://127.0.0.1:1", "http://127.0.0.1:1")
    assert found.web.listen == "tcp:1:interface=127.0.0.1"
    assert Config().web.listen in codes(rows[1][1])


def test_pieces_of_configuration_in_the_documents_can_be_used() -> None:
    for text in blocks(read("docs/operating.md"), "toml"):
        for key, value in tomllib.loads(text).items():
            assert key in Config.__annotations__
            if key in TABLES:
                assert set(value) <= set(TABLES[key].__annotations__)
