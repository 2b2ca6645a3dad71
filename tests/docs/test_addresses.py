"""Every address of the site is in its document."""

from pathlib import Path

from twisted.internet.task import Clock

from awt import config
from awt.node import Node
from awt.resources import ServerResources
from awt.web.routes import Routes
from tests.docs.documents import codes, read


def test_every_address_of_the_site_is_named(tmp_path: Path) -> None:
    found = config.load(environ={"AWT_DATA_DIR": str(tmp_path)})
    node = Node(config=found, reactor=Clock())  # not started
    assert isinstance(node.resources, ServerResources)
    rules = {rule.rule for rule in Routes(node.resources).app().url_map.iter_rules()}
    assert rules
    named = {word for code in codes(read("docs/site.md")) for word in code.split()}
    assert rules - named == set()
