"""The table of requirements names code and tests that are there."""

import re
from collections.abc import Iterator

from tests.docs.documents import ROOT, codes, read, table

HEAD = ("the paper wants", "where", "shown by")


def rows() -> Iterator[list[str]]:
    return iter(table(read("docs/requirements.md"), *HEAD))


def test_every_requirement_has_its_place_and_its_test() -> None:
    for wish, where, shown in rows():
        assert codes(where), wish
        assert codes(shown), wish


def test_the_tests_that_are_named_are_there() -> None:
    for wish, _, shown in rows():
        for name in codes(shown):
            path, _, function = name.partition("::")
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"def {function}\(", text), (wish, name)
