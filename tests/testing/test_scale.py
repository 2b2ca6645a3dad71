import pytest

from awt.testing.scale import scale


def test_the_scale_is_the_number_of_the_environment() -> None:
    assert scale("25") == 25


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "many", "٣", " 1"])
def test_a_mistyped_scale_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="AWT_TEST_SCALE"):
        scale(text)
