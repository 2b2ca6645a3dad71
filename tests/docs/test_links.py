"""Links between documents lead somewhere."""

import re

import pytest

from tests.docs.documents import DOCUMENTS, ROOT, anchors, prose, read

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_and_headings_that_are_there(document: str) -> None:
    path = ROOT / document
    for link in LINK.findall(prose(read(document))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert ROOT in target.parents
        if anchor:
            assert anchor in anchors(target.read_text()), link


def test_every_document_is_reached_from_the_readme() -> None:
    linked = set(LINK.findall(read("README.md")))
    assert {name for name in DOCUMENTS if name.startswith("docs/")} <= linked
