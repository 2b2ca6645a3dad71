"""The language of a browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.model.status import LANGS
from awt.text.catalog import pick_language


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("de,en;q=0.5,ru;q=0.4", "en"),
        ("en;q=0.1, ru;q=0.9", "ru"),
        ("RU", "ru"),
        ("ru;q=0, en", "en"),
        ("de, fr", None),
        ("", None),
        ("ru;q=lots", None),
        ("*", None),
    ],
)
def test_the_language_that_the_browser_likes_most_is_picked(header: str, lang: str | None) -> None:
    assert pick_language(header) == lang


@given(st.text(max_size=300))
def test_any_header_is_a_language_or_none(header: str) -> None:
    assert pick_language(header) in (None, *LANGS)
