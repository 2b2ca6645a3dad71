"""Times inside and outside."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from awt.model.times import DAY, HOUR, MINUTE, SECOND, iso, iso_or_none


def test_a_time_is_shown_in_utc_to_the_second() -> None:
    assert iso(1_795_318_593_999) == "2026-11-22T03:36:33Z"


def test_a_missing_time_stays_missing() -> None:
    assert iso_or_none(None) is None
    assert iso_or_none(0) == "1970-01-01T00:00:00Z"


@given(st.integers(min_value=0, max_value=250_000_000_000_000))
def test_a_shown_time_is_the_second_that_it_was_in(at: int) -> None:
    shown = datetime.strptime(iso(at), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert int(shown.timestamp()) == at // SECOND


def test_units_are_made_of_each_other() -> None:
    assert (MINUTE, HOUR, DAY) == (60 * SECOND, 60 * MINUTE, 24 * HOUR)
